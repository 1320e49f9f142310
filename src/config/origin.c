/* origin.c: config_print_origin, see config.h. */
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "config/build.h"
#include "config/config.h"
#include "config/sheet.h"

#define HIDDEN "(hidden)"

/* A key that someone wrote straight into a header is not to be shown either. */
static bool is_hidden(const struct setting *setting) {
    static const char *const words[] = {"authorization", "key", "token", "secret", "cookie"};
    if (setting->key->type != KEY_HEADER || strstr(setting->value, "${secret:"))
        return false;
    size_t at;
    char name[64] = "";
    size_t bytes = sheet_header_name(setting->value, &at);
    if (bytes >= sizeof name)
        return true;
    memcpy(name, setting->value, bytes);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasestr(name, words[i]))
            return true;
    return false;
}

/* The value as it would stand in a file: continued lines indented. */
static bool print_value(const char *value, struct buf *out) {
    for (const char *s = value;;) {
        size_t n = strcspn(s, "\n");
        if (!utf8_escape_terminal(s, n, out))
            return false;
        s += n;
        if (!*s)
            return true;
        if (!buf_add_str(out, "\n  "))
            return false;
        s++;
    }
}

static bool print_setting(const struct setting *setting, struct buf *out) {
    if (!buf_printf(out, "%s = ", setting->name))
        return false;
    if (is_hidden(setting)) {
        if (!buf_add(out, setting->value, strcspn(setting->value, ":")) ||
            !buf_add_str(out, ": " HIDDEN))
            return false;
    } else if (!print_value(setting->value, out)) {
        return false;
    }
    int line = setting->lines[0].line;
    return line ? buf_printf(out, "    ; from %s:%d\n", setting->file, line)
                : buf_printf(out, "    ; from %s\n", setting->file);
}

static bool print_fallback(const struct key *key, const char *value, struct buf *out) {
    return !value || buf_printf(out, "%s = %s    ; default\n", key->name, value);
}

static const char *default_path(const struct config *c, const char *key) {
    if (strcmp(key, "database") == 0)
        return c->database;
    return strcmp(key, "results") == 0 ? c->results : c->runtime;
}

static bool print_ttsq(const struct config *c, struct buf *out) {
    const struct section_keys *table = &section_table[SECTION_TTSQ];
    const struct sheet_section *section = sheet_section(c->sheet, SECTION_TTSQ, "");
    if (!buf_add_str(out, "[ttsq]\n"))
        return false;
    for (size_t i = 0; i < table->key_count; i++) {
        const struct key *key = &table->keys[i];
        const struct setting *setting = sheet_setting(section, key, key->name);
        const char *fallback = key->type == KEY_PATH ? default_path(c, key->name) : key->fallback;
        if (!(setting ? print_setting(setting, out) : print_fallback(key, fallback, out)))
            return false;
    }
    return true;
}

static bool print_account(const struct config *c, const char *name, struct buf *out) {
    const struct section_keys *table = &section_table[SECTION_ACCOUNT];
    const struct sheet_section *section = sheet_section(c->sheet, SECTION_ACCOUNT, name);
    if (!buf_printf(out, "\n[account:%s]\n", name))
        return false;
    for (size_t i = 0; i < table->key_count; i++) {
        const struct key *key = &table->keys[i];
        const struct setting *setting = sheet_setting(section, key, key->name);
        if (!(setting ? print_setting(setting, out) : print_fallback(key, key->fallback, out)))
            return false;
    }
    return true;
}

static bool is_set(const struct effective *effective, const struct key *key) {
    for (size_t i = 0; i < effective->setting_count; i++)
        if (effective->settings[i]->key == key)
            return true;
    return false;
}

static bool print_settings(const struct setting *const *list, size_t count, struct buf *out) {
    for (size_t i = 0; i < count; i++)
        if (!print_setting(list[i], out))
            return false;
    return true;
}

static bool print_effective(const struct profile *p, const struct effective *effective,
                            struct buf *out) {
    const struct section_keys *table = &section_table[SECTION_PROFILE];
    if (!buf_printf(out, "\n[profile:%s]\n", p->name))
        return false;
    if (!print_settings(effective->settings, effective->setting_count, out) ||
        !print_settings(effective->headers, effective->header_count, out) ||
        !print_settings(effective->sets, effective->set_count, out) ||
        !print_settings(effective->queries, effective->query_count, out) ||
        !print_settings(effective->rules, effective->rule_count, out))
        return false;
    for (size_t i = 0; i < table->key_count; i++) {
        const struct key *key = &table->keys[i];
        const char *fallback = strcmp(key->name, "account") == 0 ? p->account : key->fallback;
        if (!is_set(effective, key) && !print_fallback(key, fallback, out))
            return false;
    }
    return true;
}

static bool print_secrets(const struct config *c, struct buf *out) {
    const struct sheet_section *section = sheet_section(c->sheet, SECTION_SECRETS, "");
    if (section && section->setting_count && !buf_add_str(out, "\n[secrets]\n"))
        return false;
    for (size_t i = 0; section && i < section->setting_count; i++)
        if (!print_setting(&section->settings[i], out))
            return false;
    return true;
}

static bool print_profiles(const struct config *c, struct buf *out, struct err *e) {
    for (size_t i = 0; i < c->profile_count; i++) {
        const struct profile *p = c->profiles[i];
        struct effective effective;
        if (!build_effective(c->sheet, sheet_section(c->sheet, SECTION_PROFILE, p->name),
                             &effective, e))
            return false;
        if (!print_effective(p, &effective, out))
            return err_set(e, ERR_MEMORY, "settings too long to print");
    }
    return true;
}

bool config_print_origin(const struct config *c, struct buf *out, struct err *e) {
    bool ok = print_ttsq(c, out);
    for (size_t i = 0; ok && i < c->account_count; i++)
        ok = print_account(c, c->accounts[i].name, out);
    if (!ok)
        return err_set(e, ERR_MEMORY, "settings too long to print");
    if (!print_profiles(c, out, e))
        return false;
    return print_secrets(c, out) || err_set(e, ERR_MEMORY, "settings too long to print");
}
