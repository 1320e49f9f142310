/* inherit.c: the part of build.h that follows `inherit`. */
#include <string.h>

#include "base/nearest.h"
#include "config/build.h"

#define HINT_BYTES 160

static const struct setting *find_setting(const struct sheet_section *section, const char *name) {
    return sheet_setting(section, key_find(SECTION_PROFILE, name), name);
}

static bool fail_parent(const struct sheet *s, const struct setting *inherit, struct err *e) {
    struct nearest near;
    nearest_init(&near, inherit->value);
    for (size_t i = 0; i < s->section_count; i++)
        if (s->sections[i].kind == SECTION_PROFILE)
            nearest_offer(&near, s->sections[i].name);
    char hint[HINT_BYTES];
    (void)err_set(e, ERR_CONFIG, "there is no profile %.60s%s", inherit->value,
                  nearest_hint(&near, hint, sizeof hint));
    return sheet_blame(inherit, 0, e);
}

static bool check_circle(const struct effective *f, const struct sheet_section *parent,
                         const struct setting *inherit, struct err *e) {
    for (size_t i = 0; i < f->chain_count; i++) {
        if (f->chain[i] != parent)
            continue;
        (void)err_set(e, ERR_CONFIG, "profiles inherit in a circle: %s is its own ancestor",
                      parent->name);
        return sheet_blame(inherit, 0, e);
    }
    if (f->chain_count < BUILD_CHAIN_MAX)
        return true;
    (void)err_set(e, ERR_CONFIG, "more than %d profiles inherit from each other", BUILD_CHAIN_MAX);
    return sheet_blame(inherit, 0, e);
}

static bool follow_chain(const struct sheet *s, const struct sheet_section *section,
                         struct effective *f, struct err *e) {
    while (section) {
        f->chain[f->chain_count++] = section;
        const struct setting *inherit = find_setting(section, "inherit");
        if (!inherit)
            return true;
        section = sheet_section(s, SECTION_PROFILE, inherit->value);
        if (!section)
            return fail_parent(s, inherit, e);
        if (!check_circle(f, section, inherit, e))
            return false;
    }
    return true;
}

static void drop_headers(struct effective *f, const char *words) {
    size_t kept = 0;
    for (size_t i = 0; i < f->header_count; i++) {
        size_t at;
        const char *value = f->headers[i]->value;
        if (!sheet_drop_names(words, value, sheet_header_name(value, &at)))
            f->headers[kept++] = f->headers[i];
    }
    f->header_count = kept;
}

/* One of a list in which each has a name of its own: takes the place of an inherited one. */
static bool take_named(const struct setting **list, size_t *count, size_t max,
                       const struct setting *setting, struct err *e) {
    for (size_t i = 0; i < *count; i++) {
        if (!sheet_same_name(list[i]->key, list[i]->value, setting->value))
            continue;
        list[i] = setting;
        return true;
    }
    if (*count == max) {
        (void)err_set(e, ERR_CONFIG, "more than %zu of them in one profile", max);
        return sheet_blame(setting, 0, e);
    }
    list[(*count)++] = setting;
    return true;
}

static bool take_rule(struct effective *f, size_t place, const struct setting *setting,
                      struct err *e) {
    if (f->rule_count == PROFILE_RULES_MAX) {
        (void)err_set(e, ERR_CONFIG, "more than %d rules in one profile", PROFILE_RULES_MAX);
        return sheet_blame(setting, 0, e);
    }
    memmove(&f->rules[place + 1], &f->rules[place], (f->rule_count - place) * sizeof f->rules[0]);
    f->rules[place] = setting;
    f->rule_count++;
    return true;
}

static bool take_setting(struct effective *f, const struct setting *setting, struct err *e) {
    for (size_t i = 0; i < f->setting_count; i++) {
        if (strcmp(f->settings[i]->name, setting->name) != 0)
            continue;
        f->settings[i] = setting;
        return true;
    }
    if (f->setting_count == BUILD_SETTINGS_MAX) {
        (void)err_set(e, ERR_CONFIG, "more than %d settings in one profile", BUILD_SETTINGS_MAX);
        return sheet_blame(setting, 0, e);
    }
    f->settings[f->setting_count++] = setting;
    return true;
}

/* In the order of their file, before all that were there. */
static bool take_rules(struct effective *f, const struct sheet_section *section, struct err *e) {
    const char *file = NULL;
    size_t place = 0;
    for (size_t i = 0; i < section->setting_count; i++) {
        const struct setting *setting = &section->settings[i];
        if (setting->key->type != KEY_RULE)
            continue;
        if (setting->file != file)
            place = 0;
        file = setting->file;
        if (!take_rule(f, place++, setting, e))
            return false;
    }
    return true;
}

static bool take_any(struct effective *f, const struct setting *setting, struct err *e) {
    if (setting->key->type == KEY_HEADER)
        return take_named(f->headers, &f->header_count, PROFILE_HEADERS_MAX, setting, e);
    if (setting->key->type == KEY_SET)
        return take_named(f->sets, &f->set_count, PROFILE_SETS_MAX, setting, e);
    if (setting->key->type == KEY_QUERY)
        return take_named(f->queries, &f->query_count, PROFILE_QUERIES_MAX, setting, e);
    if (setting->key->type == KEY_RULE || setting->key->type == KEY_DROP)
        return true;
    return take_setting(f, setting, e);
}

/* What one section of the chain adds to its ancestors: drops first, then its own. */
static bool take_section(struct effective *f, const struct sheet_section *section, struct err *e) {
    for (size_t i = 0; i < section->setting_count; i++)
        if (section->settings[i].key->type == KEY_DROP)
            drop_headers(f, section->settings[i].value);
    for (size_t i = 0; i < section->setting_count; i++)
        if (!take_any(f, &section->settings[i], e))
            return false;
    return take_rules(f, section, e);
}

const struct setting *build_setting(const struct effective *effective, const char *name) {
    for (size_t i = 0; i < effective->setting_count; i++)
        if (strcmp(effective->settings[i]->name, name) == 0)
            return effective->settings[i];
    return NULL;
}

bool build_effective(const struct sheet *s, const struct sheet_section *section,
                     struct effective *out, struct err *e) {
    *out = (struct effective){0};
    if (!follow_chain(s, section, out, e))
        return false;
    for (size_t i = out->chain_count; i-- > 0;)
        if (!take_section(out, out->chain[i], e))
            return false;
    return true;
}

const char *build_account_name(const struct effective *effective) {
    const struct sheet_section *family = effective->chain[0];
    for (size_t i = 0; i < effective->chain_count; i++)
        if (!effective->chain[i]->built_in)
            family = effective->chain[i];
    return family->name;
}

bool build_is_base(const struct sheet_section *section, const struct effective *effective) {
    if (!section->built_in)
        return false;
    return !build_setting(effective, "account");
}
