/* build_limit.c: see build_limit.h. */
#include "config/build_limit.h"

#include <string.h>

#include "config/value.h"

static const struct key *limited_key(const struct setting *setting) {
    return key_find(SECTION_ACCOUNT, setting->name + strlen(KEY_LIMIT_PREFIX));
}

bool build_limit(const struct setting *setting, const char *folder, int64_t *out, struct err *e) {
    struct config_account scratch = {.name = NULL};
    const struct key *key = limited_key(setting);
    *out = -1;
    if (!key)
        return true;
    if (!value_store(key, &scratch, setting->value, folder, e))
        return sheet_blame(setting, 0, e);
    memcpy(out, (char *)&scratch + key->offset, sizeof *out);
    return true;
}

struct limit_search {
    const struct sheet *sheet;
    const struct config *config;
    const char *folder;
    const char *account;
};

/* The profile's setting that binds most among the account's profiles;
 * NULL when none says anything. */
static bool find_limit(const struct limit_search *s, const struct key *key,
                       const struct setting **out, struct err *e) {
    bool lowest = strcmp(key->choices, "lowest") == 0;
    int64_t best = 0;
    *out = NULL;
    for (size_t i = 0; i < s->config->profile_count; i++) {
        const struct profile *p = s->config->profiles[i];
        struct effective effective;
        int64_t value;
        if (strcmp(p->account, s->account) != 0)
            continue;
        if (!build_effective(s->sheet, sheet_section(s->sheet, SECTION_PROFILE, p->name),
                             &effective, e))
            return false;
        const struct setting *setting = build_setting(&effective, key->name);
        if (!setting)
            continue;
        if (!build_limit(setting, s->folder, &value, e))
            return false;
        if (!*out || (lowest ? value < best : value > best)) {
            *out = setting;
            best = value;
        }
    }
    return true;
}

bool build_limits(const struct sheet *s, const struct sheet_section *section, const char *folder,
                  const struct config *c, struct config_account *account, struct err *e) {
    const struct limit_search search = {
        .sheet = s, .config = c, .folder = folder, .account = account->name};
    const struct section_keys *table = &section_table[SECTION_PROFILE];
    for (size_t i = 0; i < table->key_count; i++) {
        const struct key *key = &table->keys[i];
        if (key->type != KEY_LIMIT)
            continue;
        const struct setting *setting;
        if (!find_limit(&search, key, &setting, e))
            return false;
        const struct key *limited = setting ? limited_key(setting) : NULL;
        if (limited && !sheet_setting(section, limited, limited->name) &&
            !value_store(limited, account, setting->value, folder, e))
            return sheet_blame(setting, 0, e);
    }
    return true;
}
