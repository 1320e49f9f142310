/*
 * build_secret: the section [secrets], which says in which file a secret is. Part of build.
 */
#ifndef CONFIG_BUILD_SECRET_H
#define CONFIG_BUILD_SECRET_H

#include "config/sheet.h"
#include "provider/profile.h"

/* Every value of the section is written file:PATH; the message begins with FILE:LINE. */
bool build_secrets_check(const struct sheet *s, struct err *e) MUST_CHECK;

/* Looks for the value of a secret, in the places of provider/secret.h. *out as there. Blocks on its
 * file. */
void build_secret(const struct sheet *s, const char *folder, const char *name,
                  struct profile_secret *out);

#endif
