/* inherit.c: the part of build.h that follows `inherit`. */
#include <string.h>
#include <strings.h>

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

static bool same_header(const char *a, const char *b) {
    size_t at;
    size_t a_bytes = sheet_header_name(a, &at);
    size_t b_bytes = sheet_header_name(b, &at);
    return a_bytes == b_bytes && strncasecmp(a, b, a_bytes) == 0;
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

static bool take_header(struct effective *f, const struct setting *setting, struct err *e) {
    for (size_t i = 0; i < f->header_count; i++) {
        if (!same_header(f->headers[i]->value, setting->value))
            continue;
        f->headers[i] = setting;
        return true;
    }
    if (f->header_count == PROFILE_HEADERS_MAX) {
        (void)err_set(e, ERR_CONFIG, "more than %d headers", PROFILE_HEADERS_MAX);
        return sheet_blame(setting, 0, e);
    }
    f->headers[f->header_count++] = setting;
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

/* What one section of the chain adds to its ancestors': drops first, then its own. */
static bool take_section(struct effective *f, const struct sheet_section *section, struct err *e) {
    for (size_t i = 0; i < section->setting_count; i++)
        if (section->settings[i].key->type == KEY_DROP)
            drop_headers(f, section->settings[i].value);
    for (size_t i = 0; i < section->setting_count; i++) {
        const struct setting *setting = &section->settings[i];
        if (setting->key->type == KEY_HEADER && !take_header(f, setting, e))
            return false;
        if (setting->key->type != KEY_HEADER && setting->key->type != KEY_DROP &&
            !take_setting(f, setting, e))
            return false;
    }
    return true;
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
    for (size_t i = 0; i < effective->setting_count; i++)
        if (strcmp(effective->settings[i]->name, "account") == 0)
            return false;
    return true;
}
