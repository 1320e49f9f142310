/* build_profile.c: see build_profile.h. */
#include "config/build_profile.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "config/build_limit.h"
#include "config/build_secret.h"
#include "config/value.h"
#include "provider/audio_place.h"
#include "provider/check.h"
#include "provider/decode.h"
#include "provider/members.h"
#include "provider/template.h"

struct building {
    const struct sheet *sheet;
    const struct sheet_section *section;
    const struct effective *effective;
    const char *folder;
    struct profile *profile;
};

static const struct setting *find(const struct building *b, const char *name) {
    return build_setting(b->effective, name);
}

static void *field(const struct building *b, const struct key *key) {
    return (char *)b->profile + key->offset;
}

static bool store_template(const struct building *b, const struct setting *setting, struct err *e) {
    struct template **out = field(b, setting->key);
    size_t at = 0;
    return template_parse(setting->value, out, &at, e) || sheet_blame_at(setting, at, e);
}

static bool read_facts(const struct building *b, const struct key *key, const char *text,
                       size_t *at, struct err *e) {
    enum fact_as usual = FACT_TEXT;
    ASSERT(fact_as_parse(key->choices, &usual));
    return fact_list_parse(&b->profile->wanted, text, usual, field(b, key), at, e);
}

static bool store_facts(const struct building *b, const struct setting *setting, struct err *e) {
    size_t at = 0;
    return read_facts(b, setting->key, setting->value, &at, e) || sheet_blame_at(setting, at, e);
}

static bool store_audio(const struct building *b, const struct setting *setting, struct err *e) {
    size_t at = 0;
    return audio_place_parse(setting->value, &b->profile->audio, &at, e) ||
           sheet_blame_at(setting, at, e);
}

static bool store_ok(const struct building *b, const struct setting *setting, struct err *e) {
    struct profile *p = b->profile;
    size_t at = 0;
    return rule_conditions_parse(&p->wanted, setting->value, &p->ok, &p->ok_count, &at, e) ||
           sheet_blame_at(setting, at, e);
}

/* What counts is looked up when accounts are built; here it only has to be readable. */
static bool check_limit(const struct building *b, const struct setting *setting, struct err *e) {
    int64_t value;
    return build_limit(setting, b->folder, &value, e);
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
    return true; /* the chain has been followed already; samples are for people */
}

static bool store_settings(const struct building *b, struct err *e) {
    static bool (*const special[])(const struct building *, const struct setting *,
                                   struct err *) = {
        [KEY_TEMPLATE] = store_template,
        [KEY_VARIABLE] = add_variable,
        [KEY_OWN] = add_variable,
        [KEY_FACTS] = store_facts,
        [KEY_AUDIO] = store_audio,
        [KEY_OK] = store_ok,
        [KEY_LIMIT] = check_limit,
        [KEY_INHERIT] = skip,
        [KEY_SAMPLE] = skip,
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

static void store_fallback(const struct building *b, const struct key *key) {
    struct err e;
    size_t at;
    if (key->type == KEY_FACTS)
        ASSERT(build_setting(b->effective, key->name) ||
               read_facts(b, key, key->fallback, &at, &e));
    else if (key->type != KEY_AUDIO) /* its default is all zeros */
        ASSERT(value_store(key, b->profile, key->fallback, b->folder, &e));
}

static void store_fallbacks(const struct building *b) {
    const struct section_keys *table = &section_table[SECTION_PROFILE];
    for (size_t i = 0; i < table->key_count; i++)
        if (table->keys[i].fallback)
            store_fallback(b, &table->keys[i]);
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
        return sheet_blame_at(setting, value_at + at, e);
    struct profile *p = b->profile;
    p->headers[p->header_count++] =
        (struct profile_header){.name = ensure_strndup(setting->value, name_bytes), .value = value};
    return true;
}

static bool add_headers(const struct building *b, struct err *e) {
    for (size_t i = 0; i < b->effective->header_count; i++)
        if (!add_header(b, b->effective->headers[i], e))
            return false;
    return true;
}

static bool add_set(const struct building *b, const struct setting *setting, struct err *e) {
    size_t at = 0;
    struct profile *p = b->profile;
    if (!members_parse_set(setting->value, &p->sets[p->set_count], &at, e))
        return sheet_blame_at(setting, at, e);
    p->set_count++;
    return true;
}

static bool add_query(const struct building *b, const struct setting *setting, struct err *e) {
    size_t at = 0;
    struct profile *p = b->profile;
    if (!members_parse_query(setting->value, &p->queries[p->query_count], &at, e))
        return sheet_blame_at(setting, at, e);
    p->query_count++;
    return true;
}

static bool add_rule(const struct building *b, const struct setting *setting, struct err *e) {
    size_t at = 0;
    struct profile *p = b->profile;
    if (!rule_parse(&p->wanted, setting->value, &p->rules[p->rule_count], &at, e))
        return sheet_blame_at(setting, at, e);
    p->rule_count++;
    return true;
}

static bool add_each(const struct building *b, const struct setting *const *list, size_t count,
                     bool (*add)(const struct building *, const struct setting *, struct err *),
                     struct err *e) {
    for (size_t i = 0; i < count; i++)
        if (!add(b, list[i], e))
            return false;
    return true;
}

static void *zeroed(size_t count, size_t bytes) {
    void *out = count ? ensure_alloc(count * bytes) : NULL;
    if (out)
        memset(out, 0, count * bytes);
    return out;
}

static bool add_lists(const struct building *b, struct err *e) {
    const struct effective *f = b->effective;
    struct profile *p = b->profile;
    p->sets = zeroed(f->set_count, sizeof *p->sets);
    p->queries = zeroed(f->query_count, sizeof *p->queries);
    p->rules = zeroed(f->rule_count, sizeof *p->rules);
    return add_each(b, f->sets, f->set_count, add_set, e) &&
           add_each(b, f->queries, f->query_count, add_query, e) &&
           add_each(b, f->rules, f->rule_count, add_rule, e);
}

static bool add_secret(const struct building *b, const char *name, struct err *e) {
    struct profile *p = b->profile;
    if (profile_secret(p, name))
        return true;
    if (p->secret_count == PROFILE_SECRETS_MAX)
        return err_set(e, ERR_CONFIG, "more than %d secrets in one profile", PROFILE_SECRETS_MAX);
    build_secret(b->sheet, b->folder, name, &p->secrets[p->secret_count++]);
    return true;
}

static bool add_sign_secrets(const struct building *b, struct err *e) {
    static const char *const names[] = {PROFILE_SIGN_USER, PROFILE_SIGN_PASSWORD,
                                        PROFILE_SIGN_TOKEN};
    for (size_t i = 0; b->profile->sign && i < sizeof names / sizeof *names; i++)
        if (!add_secret(b, names[i], e))
            return sheet_blame(find(b, "sign"), 0, e);
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
    return add_sign_secrets(b, e);
}

static bool blame_section(const struct building *b, struct err *e) {
    return err_prefix(e, "%s:%d", b->section->file, b->section->line);
}

static const struct setting *setting_of_variable(const struct building *b, const char *name) {
    for (size_t i = 0; i < b->effective->setting_count; i++) {
        const struct setting *setting = b->effective->settings[i];
        size_t prefix = setting->key->type == KEY_OWN ? strlen(KEY_OWN_PREFIX) : 0;
        if ((prefix || setting->key->type == KEY_VARIABLE) &&
            strcmp(setting->name + prefix, name) == 0)
            return setting;
    }
    return NULL;
}

/* The setting that a spot is in, and where in its value the part begins that the spot
 * counts from. */
static const struct setting *setting_of(const struct building *b, const struct profile_spot *spot,
                                        size_t *value_at) {
    const struct effective *f = b->effective;
    const struct setting *setting = NULL;
    *value_at = 0;
    switch (spot->part) {
    case PROFILE_PART_URL:
        return find(b, "url");
    case PROFILE_PART_BODY:
        return find(b, "body");
    case PROFILE_PART_SIGN:
        return find(b, "sign");
    case PROFILE_PART_HEADER:
        setting = f->headers[spot->index];
        (void)sheet_header_name(setting->value, value_at);
        return setting;
    case PROFILE_PART_SET:
        setting = f->sets[spot->index];
        *value_at = members_set_value_at(setting->value);
        return setting;
    case PROFILE_PART_QUERY:
        setting = f->queries[spot->index];
        *value_at = members_query_value_at(setting->value);
        return setting;
    case PROFILE_PART_RULE:
        return f->rules[spot->index];
    case PROFILE_PART_VARIABLE:
        return setting_of_variable(b, b->profile->vars[spot->index].name);
    case PROFILE_PART_NONE:
        break;
    }
    return NULL;
}

static bool blame_spot(const struct building *b, const struct profile_spot *spot, struct err *e) {
    size_t value_at;
    const struct setting *setting = setting_of(b, spot, &value_at);
    if (!setting)
        return blame_section(b, e);
    if (spot->exact)
        (void)sheet_blame_at(setting, value_at + spot->at, e);
    else
        (void)sheet_blame(setting, 0, e);
    /* an inherited template: also say which profile lacks what it needs */
    return strcmp(setting->file, b->section->file) == 0
               ? false
               : err_prefix(e, "%s:%d: profile %s", b->section->file, b->section->line,
                            b->section->name);
}

/* A rule that never decides, because one before it, in the same section of the same file, always
 * does first. One that stands before an inherited rule may well be meant to replace it. */
static bool check_rules(const struct building *b, struct err *e) {
    const struct setting *const *settings = b->effective->rules;
    const struct profile *p = b->profile;
    for (size_t i = 0; i < p->rule_count; i++) {
        if (rule_contradicts_itself(&p->rules[i])) {
            (void)err_set(e, ERR_CONFIG, "two conditions of this rule can never hold together");
            return sheet_blame(settings[i], 0, e);
        }
        for (size_t k = 0; k < i; k++) {
            if (settings[k]->file != settings[i]->file ||
                settings[k]->section != settings[i]->section ||
                !rule_shadows(&p->rules[k], &p->rules[i]))
                continue;
            (void)err_set(e, ERR_CONFIG,
                          "this rule never decides: the one in line %d fits whenever it does and "
                          "comes first; put the narrower one first",
                          settings[k]->lines[0].line);
            return sheet_blame(settings[i], 0, e);
        }
    }
    return true;
}

static bool check_method(const struct building *b, struct err *e) {
    const char *method = b->profile->method;
    const struct setting *setting = find(b, "method");
    PRE(method != NULL); /* the key has a fallback */
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

static bool apply_factor(const struct building *b, struct err *e) {
    struct profile *p = b->profile;
    if (p->price.price.micros == 0 || price_multiply(&p->price.price, p->price_factor))
        return true;
    (void)err_set(e, ERR_CONFIG, "times the price is more than can be counted");
    const struct setting *setting = find(b, "price.factor");
    return setting ? sheet_blame(setting, 0, e) : blame_section(b, e);
}

static bool check(const struct building *b, struct err *e) {
    struct profile_spot spot;
    return check_method(b, e) && check_limits(b, e) && apply_factor(b, e) && check_rules(b, e) &&
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
    if (!store_settings(&b, e) || !add_headers(&b, e) || !add_lists(&b, e) || !add_secrets(&b, e) ||
        !check(&b, e)) {
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
