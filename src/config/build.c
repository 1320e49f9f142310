/* build.c: see build.h. [ttsq] and accounts; profiles are in build_profile.c. */
#include "config/build.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/nearest.h"
#include "base/words.h"
#include "config/build_limit.h"
#include "config/build_profile.h"
#include "config/build_secret.h"
#include "config/value.h"
#include "provider/fingerprint.h"

#define HINT_BYTES 160

static bool store_setting(const struct setting *setting, void *base, const char *folder,
                          struct err *e) {
    char *own = sheet_folder_of(setting, folder);
    bool ok = value_store(setting->key, base, setting->value, own, e);
    free(own);
    return ok || sheet_blame(setting, 0, e);
}

static void store_fallback(const struct key *key, void *base, const char *folder) {
    struct err e;
    if (key->fallback)
        ASSERT(value_store(key, base, key->fallback, folder, &e));
}

/* Every key of the section's table: as set, else its default. */
static bool store_section(const struct sheet_section *section, enum section_kind kind, void *base,
                          const char *folder, struct err *e) {
    const struct section_keys *table = &section_table[kind];
    for (size_t i = 0; i < table->key_count; i++) {
        const struct key *key = &table->keys[i];
        const struct setting *setting = sheet_setting(section, key, key->name);
        if (!setting)
            store_fallback(key, base, folder);
        else if (!store_setting(setting, base, folder, e))
            return false;
    }
    return true;
}

/* ---- accounts -------------------------------------------------------------------------------- */

static bool add_account(const struct sheet *s, const struct sheet_section *section,
                        const char *name, const char *folder, struct config *c, struct err *e) {
    if (config_account(c, name))
        return true;
    if (c->account_count == CONFIG_ACCOUNTS_MAX)
        return err_set(e, ERR_CONFIG, "more than %d accounts", CONFIG_ACCOUNTS_MAX);
    struct config_account *account = &c->accounts[c->account_count++];
    *account = (struct config_account){.name = ensure_strdup(name)};
    return store_section(section, SECTION_ACCOUNT, account, folder, e) &&
           build_limits(s, section, folder, c, account, e);
}

/* Is it some profile's account? */
static bool is_used(const struct config *c, const char *account) {
    for (size_t i = 0; i < c->profile_count; i++)
        if (strcmp(c->profiles[i]->account, account) == 0)
            return true;
    return false;
}

static bool add_accounts(const struct sheet *s, const char *folder, struct config *c,
                         struct err *e) {
    for (size_t i = 0; i < s->section_count; i++) {
        const struct sheet_section *section = &s->sections[i];
        if (section->kind == SECTION_ACCOUNT && (!section->built_in || is_used(c, section->name)) &&
            !add_account(s, section, section->name, folder, c, e))
            return false;
    }
    for (size_t i = 0; i < c->profile_count; i++)
        if (!add_account(s, NULL, c->profiles[i]->account, folder, c, e))
            return false;
    return true;
}

/* A profile that is built in and not in service: remembered, with what to do about it. */
static void put_aside(struct config *c, const char *name, struct err *why) {
    (void)err_prefix(why, "the profile '%s' is built in", name);
    if (c->aside_count < CONFIG_PROFILES_MAX)
        c->aside[c->aside_count++] =
            (struct config_aside){.name = ensure_strdup(name), .problem = ensure_strdup(why->msg)};
}

static void put_in_service(struct config *c, struct profile *p) {
    fingerprint_take(p);
    c->profiles[c->profile_count++] = p;
}

static void add_preset(const struct sheet *s, const struct sheet_section *section,
                       const struct effective *effective, const char *folder, struct config *c) {
    struct profile *p;
    struct err e;
    if (build_is_base(section, effective)) {
        (void)err_set(&e, ERR_CONFIG, "[profile:%s] in your ttsq.ini puts it in service",
                      section->name);
        put_aside(c, section->name, &e);
        return;
    }
    if (!build_profile(s, section, effective, folder, &p, &e)) {
        (void)err_prefix(&e, "[profile:%s] in your ttsq.ini has to say more", section->name);
        put_aside(c, section->name, &e);
        return;
    }
    const struct profile_secret *missing = profile_missing_secret(p);
    if (!missing) {
        put_in_service(c, p);
        return;
    }
    (void)err_set(&e, ERR_CONFIG, "it serves when the secret %s is there", missing->name);
    put_aside(c, section->name, &e);
    profile_free(p);
}

static bool add_profile(const struct sheet *s, const struct sheet_section *section,
                        const char *folder, struct config *c, struct err *e) {
    struct effective effective;
    if (!build_effective(s, section, &effective, e))
        return false;
    if (c->profile_count == CONFIG_PROFILES_MAX)
        return err_set(e, ERR_CONFIG, "more than %d profiles", CONFIG_PROFILES_MAX);
    if (section->built_in && strcmp(section->name, c->profile) != 0) {
        add_preset(s, section, &effective, folder, c);
        return true;
    }
    struct profile *p;
    if (!build_profile(s, section, &effective, folder, &p, e))
        return false;
    put_in_service(c, p);
    return true;
}

static bool add_profiles(const struct sheet *s, const char *folder, struct config *c,
                         struct err *e) {
    for (size_t i = 0; i < s->section_count; i++)
        if (s->sections[i].kind == SECTION_PROFILE &&
            !add_profile(s, &s->sections[i], folder, c, e))
            return false;
    return true;
}

/* An account counts in one currency: that of its budget, else of the first price. */
static bool take_currency(const struct sheet *s, const struct profile *p,
                          struct config_account *account, struct err *e) {
    if (p->price.price.micros == 0)
        return true;
    if (!account->currency[0])
        memcpy(account->currency, p->price.currency, sizeof account->currency);
    if (strcmp(account->currency, p->price.currency) == 0)
        return true;
    const struct sheet_section *section = sheet_section(s, SECTION_PROFILE, p->name);
    return err_set(e, ERR_CONFIG,
                   "%s:%d: profile %s: its price is in %s, but account %s counts in %s; let them "
                   "agree, or use another account",
                   section->file, section->line, p->name, p->price.currency, account->name,
                   account->currency);
}

static bool find_currencies(const struct sheet *s, struct config *c, struct err *e) {
    for (size_t i = 0; i < c->account_count; i++) {
        struct config_account *account = &c->accounts[i];
        memcpy(account->currency, account->budget.currency, sizeof account->currency);
        for (size_t k = 0; k < c->profile_count; k++)
            if (strcmp(c->profiles[k]->account, account->name) == 0 &&
                !take_currency(s, c->profiles[k], account, e))
                return false;
    }
    return true;
}

/* A slip in the name would make calls beside the cap and the budget that are meant for them. An
 * account that has no section, and no name like another's, is one with the defaults. */
static bool check_account_name(const struct sheet *s, const struct setting *setting,
                               struct err *e) {
    const char *name = setting->value;
    if (sheet_section(s, SECTION_ACCOUNT, name))
        return true;
    struct nearest near;
    nearest_init(&near, name);
    for (size_t i = 0; i < s->section_count; i++)
        if (s->sections[i].kind == SECTION_ACCOUNT)
            nearest_offer(&near, s->sections[i].name);
    if (!near.best[0])
        return true;
    (void)err_set(e, ERR_CONFIG,
                  "there is no [account:%s]; did you mean %s? If not, write that section", name,
                  near.best);
    return sheet_blame(setting, 0, e);
}

static bool check_account_names(const struct sheet *s, struct err *e) {
    const struct key *key = key_find(SECTION_PROFILE, "account");
    for (size_t i = 0; i < s->section_count; i++) {
        const struct setting *setting = s->sections[i].kind == SECTION_PROFILE
                                            ? sheet_setting(&s->sections[i], key, key->name)
                                            : NULL;
        if (setting && !setting->built_in && !check_account_name(s, setting, e))
            return false;
    }
    return true;
}

static bool check_default_profile(const struct sheet *s, const struct config *c, struct err *e) {
    if (config_profile(c, c->profile))
        return true;
    struct nearest near;
    nearest_init(&near, c->profile);
    for (size_t i = 0; i < c->profile_count; i++)
        nearest_offer(&near, c->profiles[i]->name);
    char hint[HINT_BYTES];
    (void)err_set(e, ERR_CONFIG, "there is no profile %s%s", c->profile,
                  nearest_hint(&near, hint, sizeof hint));
    const struct sheet_section *section = sheet_section(s, SECTION_TTSQ, "");
    const struct setting *setting =
        sheet_setting(section, key_find(SECTION_TTSQ, "profile"), "profile");
    return setting ? sheet_blame(setting, 0, e) : false;
}

/* ---- what the end of a batch sets off -------------------------------------------------------- */

static bool blame_ttsq(const struct sheet *s, const char *key, struct err *e) {
    const struct sheet_section *section = sheet_section(s, SECTION_TTSQ, "");
    const struct setting *setting = sheet_setting(section, key_find(SECTION_TTSQ, key), key);
    e->code = ERR_CONFIG;
    return setting ? sheet_blame(setting, 0, e) : false;
}

static bool check_command(const char *line, struct err *e) {
    char **words;
    if (!words_split(line, &words, e))
        return false;
    bool ok = words[0][0] == '/' ||
              err_set(e, ERR_CONFIG, "the program %.60s needs its whole path", words[0]);
    words_free(words);
    return ok;
}

static bool take_ending(const struct sheet *s, const char *folder, struct config_ending *ending,
                        struct err *e) {
    if (ending->on_done && !check_command(ending->on_done, e))
        return blame_ttsq(s, "on_done", e);
    if (ending->notify && strncmp(ending->notify, "https://", 8) != 0 &&
        strncmp(ending->notify, "http://", 7) != 0) {
        (void)err_set(e, ERR_CONFIG, "%.60s is not a URL that begins with https://",
                      ending->notify);
        return blame_ttsq(s, "notify", e);
    }
    if (ending->notify_secret)
        build_secret(s, folder, ending->notify_secret, &ending->secret);
    return true;
}

bool build_config(const struct sheet *s, const char *folder, struct config *c, struct err *e) {
    return store_section(sheet_section(s, SECTION_TTSQ, ""), SECTION_TTSQ, c, folder, e) &&
           build_secrets_check(s, e) && take_ending(s, folder, &c->ending, e) &&
           add_profiles(s, folder, c, e) && add_accounts(s, folder, c, e) &&
           find_currencies(s, c, e) && check_account_names(s, e) && check_default_profile(s, c, e);
}
