/*
 * build_profile: one profile out of the settings that count for it. Part of build.
 */
#ifndef CONFIG_BUILD_PROFILE_H
#define CONFIG_BUILD_PROFILE_H

#include "config/build.h"

bool build_profile(const struct sheet *s, const struct sheet_section *section,
                   const struct effective *effective, const char *folder, struct profile **out,
                   struct err *e) MUST_CHECK;

#endif
