/*
 * value: the text of one setting into the type its key has. Messages say what is allowed, the
 * caller adds where the setting stood.
 */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include "base/err.h"
#include "config/keys.h"

/* Stores `text` at base + key->offset; an owned string already there is replaced. `folder` is what
 * relative paths are taken from (absolute). Only for types that are stored in a struct. */
bool value_store(const struct key *key, void *base, const char *text, const char *folder,
                 struct err *e) MUST_CHECK;

/* "10/s", "600/min", "5000/h" as the time between two, rounded up; false = no rate. */
bool value_rate_us(const char *text, int64_t *interval_us);

/* `path`, or folder/path when it is relative; to be freed. */
char *value_path(const char *folder, const char *path);

/* Names of accounts, profiles and secrets: 1 … PROFILE_NAME_MAX letters, digits, '.', '_', '-'. */
bool value_is_name(const char *text);

#endif
