/*
 * build_limit: limits that profiles suggest to their account, limit.NAME. Part of build.
 */
#ifndef CONFIG_BUILD_LIMIT_H
#define CONFIG_BUILD_LIMIT_H

#include "config/build.h"

/* A profile's limit.NAME as the account's NAME would be stored;
 * -1 when accounts have no such key. */
bool build_limit(const struct setting *setting, const char *folder, int64_t *out,
                 struct err *e) MUST_CHECK;

/* What the account's section (NULL = it has none) does not set itself, the profiles of *c may
 * suggest: of several, the one that binds most. The message begins with FILE:LINE. */
bool build_limits(const struct sheet *s, const struct sheet_section *section, const char *folder,
                  const struct config *c, struct config_account *account, struct err *e) MUST_CHECK;

#endif
