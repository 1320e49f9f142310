/*
 * build: makes accounts and profiles out of a sheet: defaults, inheritance, templates, checks.
 */
#ifndef CONFIG_BUILD_H
#define CONFIG_BUILD_H

#include "config/config.h"
#include "config/sheet.h"

#define BUILD_CHAIN_MAX 16 /* profiles inheriting from each other */
#define BUILD_SETTINGS_MAX 160

/* What counts for one profile after inheritance, in the order of the key table. */
struct effective {
    const struct sheet_section *chain[BUILD_CHAIN_MAX]; /* the profile, its parent, … */
    size_t chain_count;
    const struct setting *settings[BUILD_SETTINGS_MAX]; /* one for each key and own variable */
    size_t setting_count;
    const struct setting *headers[PROFILE_HEADERS_MAX];
    size_t header_count;
    const struct setting *sets[PROFILE_SETS_MAX];
    size_t set_count;
    const struct setting *queries[PROFILE_QUERIES_MAX];
    size_t query_count;
    const struct setting *rules[PROFILE_RULES_MAX]; /* own ones before inherited ones, what a later
                                                       file says before what an earlier one says */
    size_t rule_count;
};

/* The setting of this name that counts for the profile, or NULL. */
const struct setting *build_setting(const struct effective *effective, const char *name);

/* Fails on an unknown parent, a circle, too many settings; the message begins with FILE:LINE. */
bool build_effective(const struct sheet *s, const struct sheet_section *section,
                     struct effective *out, struct err *e) MUST_CHECK;

/* The account of a profile that names none: its own name, or that of the file's profile it inherits
 * from, so that profiles of one family count together. */
const char *build_account_name(const struct effective *effective);

/* A base is only there to inherit from: built in, and without an account. */
bool build_is_base(const struct sheet_section *section, const struct effective *effective);

/* Reads [ttsq], all accounts and all profiles of *s into *c. Blocks on the files of secrets. */
bool build_config(const struct sheet *s, const char *folder, struct config *c,
                  struct err *e) MUST_CHECK;

#endif
