/* build_profile.c: see build_profile.h. */
#include "config/build_profile.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "config/value.h"
#include "provider/check.h"
#include "provider/decode.h"
#include "provider/secret.h"
#include "provider/template.h"

struct building {
    const struct sheet *sheet;
    const struct sheet_section *section;
    const struct effective *effective;
    const char *folder;
    struct profile *profile;
};

static const struct setting *find(const struct building *b, const char *name) {
    for (size_t i = 0; i < b->effective->setting_count; i++)
        if (strcmp(b->effective->settings[i]->name, name) == 0)
            return b->effective->settings[i];
    return NULL;
}

static bool store_template(const struct building *b, const struct setting *setting, struct err *e) {
    struct template **out = (struct template **)(void *)((char *)b->profile + setting->key->offset);
    size_t at = 0;
    return template_parse(setting->value, out, &at, e) || sheet_blame(setting, at, e);
}

static bool add_variable(const struct building *b, const struct setting *setting, struct err *e) {
    struct profile *p = b->profile;
    const char *name = setting->name;
    if (setting->key->type == KEY_OWN)
        name += strlen(KEY_OWN_PREFIX);
    if (strstr(setting->value, "${")) {
        (void)err_set(e, ERR_CONFIG,
                      "a variable is plain text; ${…} goes into url, body and header");
        return sheet_blame(setting, 0, e);
    }
    if (p->var_count == PROFILE_VARS_MAX || !value_is_name(name) || profile_var(p, name)) {
        (void)err_set(e, ERR_CONFIG, "not a new variable (of at most %d)", PROFILE_VARS_MAX);
        return sheet_blame(setting, 0, e);
    }
    p->vars[p->var_count++] =
        (struct profile_var){.name = ensure_strdup(name), .value = ensure_strdup(setting->value)};
    return true;
}

static bool store_plain(const struct building *b, const struct setting *setting, struct err *e) {
    return value_store(setting->key, b->profile, setting->value, b->folder, e) ||
           sheet_blame(setting, 0, e);
}

static bool skip(const struct building *b, const struct setting *setting, struct err *e) {
    (void)b;
    (void)setting;
    (void)e;
    return true; /* the chain has been followed already */
}

static bool store_settings(const struct building *b, struct err *e) {
    static bool (*const special[])(const struct building *, const struct setting *,
                                   struct err *) = {
        [KEY_TEMPLATE] = store_template,
        [KEY_VARIABLE] = add_variable,
        [KEY_OWN] = add_variable,
        [KEY_INHERIT] = skip,
        [KEY_FILE] = NULL,
    };
    for (size_t i = 0; i < b->effective->setting_count; i++) {
        const struct setting *setting = b->effective->settings[i];
        bool (*store)(const struct building *, const struct setting *, struct err *) =
            special[setting->key->type] ? special[setting->key->type] : store_plain;
        if (!store(b, setting, e))
            return false;
    }
    return true;
}

static void store_fallbacks(const struct building *b) {
    const struct section_keys *table = &section_table[SECTION_PROFILE];
    struct err e;
    for (size_t i = 0; i < table->key_count; i++)
        if (table->keys[i].fallback)
            ASSERT(
                value_store(&table->keys[i], b->profile, table->keys[i].fallback, b->folder, &e));
}

static bool add_header(const struct building *b, const struct setting *setting, struct err *e) {
    size_t value_at;
    size_t name_bytes = sheet_header_name(setting->value, &value_at);
    if (name_bytes == 0) {
        (void)err_set(e, ERR_CONFIG, "is written Name: value");
        return sheet_blame(setting, 0, e);
    }
    size_t at = 0;
    struct template *value;
    if (!template_parse(setting->value + value_at, &value, &at, e))
        return sheet_blame(setting, value_at + at, e);
    struct profile *p = b->profile;
    p->headers[p->header_count++] =
        (struct profile_header){.name = strndup(setting->value, name_bytes), .value = value};
    return true;
}

static bool add_headers(const struct building *b, struct err *e) {
    for (size_t i = 0; i < b->effective->header_count; i++)
        if (!add_header(b, b->effective->headers[i], e))
            return false;
    return true;
}

/* The file that [secrets] names for this secret, absolute; NULL = none. To be freed. */
static char *secret_file(const struct building *b, const char *name) {
    const struct sheet_section *section = sheet_section(b->sheet, SECTION_SECRETS, "");
    const struct setting *setting = sheet_setting(section, key_find(SECTION_SECRETS, name), name);
    if (!setting)
        return NULL;
    char *folder = build_folder(setting, b->folder);
    char *path = value_path(folder, setting->value + strlen(BUILD_SECRET_PREFIX));
    free(folder);
    return path;
}

static bool add_secret(const struct building *b, const char *name, struct err *e) {
    struct profile *p = b->profile;
    if (profile_secret(p, name))
        return true;
    if (p->secret_count == PROFILE_SECRETS_MAX)
        return err_set(e, ERR_CONFIG, "more than %d secrets in one profile", PROFILE_SECRETS_MAX);
    char *file = secret_file(b, name);
    struct secret_places places = {
        .credentials = getenv("CREDENTIALS_DIRECTORY"), .file = file, .environment = getenv(name)};
    secret_find(name, &places, &p->secrets[p->secret_count++]);
    free(file);
    return true;
}

static bool add_secrets(const struct building *b, struct err *e) {
    for (size_t i = 0; i < b->profile->header_count; i++) {
        const struct template *value = b->profile->headers[i].value;
        for (size_t k = 0; k < value->count; k++)
            if (value->pieces[k].kind == TEMPLATE_SECRET &&
                !add_secret(b, value->pieces[k].text, e))
                return sheet_blame(b->effective->headers[i], 0, e);
    }
    return true;
}

static bool blame_section(const struct building *b, struct err *e) {
    return err_prefix(e, "%s:%d", b->section->file, b->section->line);
}

static bool blame_spot(const struct building *b, const struct profile_spot *spot, struct err *e) {
    size_t at = spot->exact ? spot->at : 0;
    const struct setting *setting = NULL;
    size_t value_at = 0;
    switch (spot->part) {
    case PROFILE_PART_URL:
        setting = find(b, "url");
        break;
    case PROFILE_PART_BODY:
        setting = find(b, "body");
        break;
    case PROFILE_PART_HEADER:
        setting = b->effective->headers[spot->header];
        (void)sheet_header_name(setting->value, &value_at);
        break;
    case PROFILE_PART_NONE:
        break;
    }
    if (!setting)
        return blame_section(b, e);
    (void)sheet_blame(setting, value_at + at, e);
    /* an inherited template: also say which profile lacks what it needs */
    return strcmp(setting->file, b->section->file) == 0
               ? false
               : err_prefix(e, "%s:%d: profile %s", b->section->file, b->section->line,
                            b->section->name);
}

static bool check_method(const struct building *b, struct err *e) {
    const char *method = b->profile->method;
    const struct setting *setting = find(b, "method");
    if (strcmp(method, "POST") == 0)
        return true;
    if (strcmp(method, "GET") != 0)
        (void)err_set(e, ERR_CONFIG, "%.20s is neither POST nor GET", method);
    else if (b->profile->body)
        (void)err_set(e, ERR_CONFIG, "GET sends no body, but the profile has one");
    else
        return true;
    return setting ? sheet_blame(setting, 0, e) : blame_section(b, e);
}

static bool check_limits(const struct building *b, struct err *e) {
    const struct profile *p = b->profile;
    if (p->retry_cap_ms >= p->retry_base_ms)
        return true;
    (void)err_set(e, ERR_CONFIG, "profile %s: retry.cap_ms is smaller than retry.base_ms", p->name);
    const struct setting *setting = find(b, "retry.cap_ms");
    setting = setting ? setting : find(b, "retry.base_ms");
    return setting ? sheet_blame(setting, 0, e) : blame_section(b, e);
}

static bool check(const struct building *b, struct err *e) {
    struct profile_spot spot;
    return check_method(b, e) && check_limits(b, e) &&
           (profile_check(b->profile, &spot, e) || blame_spot(b, &spot, e));
}

bool build_profile(const struct sheet *s, const struct sheet_section *section,
                   const struct effective *effective, const char *folder, struct profile **out,
                   struct err *e) {
    struct profile *p = ensure_alloc(sizeof *p);
    *p = (struct profile){.name = ensure_strdup(section->name)};
    struct building b = {
        .sheet = s, .section = section, .effective = effective, .folder = folder, .profile = p};
    store_fallbacks(&b);
    if (!store_settings(&b, e) || !add_headers(&b, e) || !add_secrets(&b, e) || !check(&b, e)) {
        profile_free(p);
        return false;
    }
    if (!decode_plan_of_profile(p, &p->decode, e)) {
        profile_free(p);
        return blame_section(&b, e);
    }
    if (!p->account)
        p->account = ensure_strdup(build_account_name(effective));
    *out = p;
    return true;
}
