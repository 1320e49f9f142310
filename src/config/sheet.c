/* sheet.c: see sheet.h. */
#include "config/sheet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ensure.h"
#include "base/ini.h"
#include "base/nearest.h"
#include "config/value.h"
#include "provider/preset.h"

#define HINT_BYTES 160

struct reading { /* of one file */
    struct sheet *sheet;
    const char *file;
    bool built_in;
    size_t section; /* index; sections move when the sheet grows */
    bool in_section;
};

void sheet_init(struct sheet *s) {
    *s = (struct sheet){.files = ensure_alloc(sizeof *s->files)};
    s->files[0] = NULL;
}

static void setting_release(struct setting *setting) {
    free(setting->name);
    free(setting->value);
    free(setting->lines);
}

void sheet_release(struct sheet *s) {
    for (size_t i = 0; i < s->section_count; i++) {
        struct sheet_section *section = &s->sections[i];
        for (size_t k = 0; k < section->setting_count; k++)
            setting_release(&section->settings[k]);
        free(section->settings);
        free(section->name);
    }
    for (size_t i = 0; i < s->file_count; i++)
        free(s->files[i]);
    free(s->sections);
    free(s->files);
    *s = (struct sheet){0};
}

static const char *remember_file(struct sheet *s, const char *path) {
    s->files = ensure_realloc(s->files, (s->file_count + 2) * sizeof *s->files);
    s->files[s->file_count] = ensure_strdup(path);
    s->files[s->file_count + 1] = NULL;
    return s->files[s->file_count++];
}

static size_t section_index(const struct sheet *s, enum section_kind kind, const char *name) {
    size_t i = 0;
    while (i < s->section_count &&
           (s->sections[i].kind != kind || strcmp(s->sections[i].name, name) != 0))
        i++;
    return i;
}

const struct sheet_section *sheet_section(const struct sheet *s, enum section_kind kind,
                                          const char *name) {
    size_t i = section_index(s, kind, name);
    return i < s->section_count ? &s->sections[i] : NULL;
}

static struct sheet_section *section_add(struct sheet *s, enum section_kind kind,
                                         const char *name) {
    size_t i = section_index(s, kind, name);
    if (i < s->section_count)
        return &s->sections[i];
    s->sections = ensure_realloc(s->sections, (s->section_count + 1) * sizeof *s->sections);
    struct sheet_section *section = &s->sections[s->section_count++];
    *section = (struct sheet_section){.kind = kind, .name = ensure_strdup(name), .built_in = true};
    return section;
}

const struct setting *sheet_setting(const struct sheet_section *section, const struct key *key,
                                    const char *name) {
    for (size_t i = 0; section && i < section->setting_count; i++)
        if (section->settings[i].key == key && strcmp(section->settings[i].name, name) == 0)
            return &section->settings[i];
    return NULL;
}

static const struct setting_line *line_of(const struct setting *setting, size_t at) {
    const struct setting_line *line = &setting->lines[0];
    for (size_t i = 1; i < setting->line_count && setting->lines[i].at <= at; i++)
        line = &setting->lines[i];
    return line;
}

bool sheet_blame(const struct setting *setting, size_t at, struct err *e) {
    const struct setting_line *line = line_of(setting, at);
    if (line->line == 0)
        return err_prefix(e, "%s", setting->file);
    return err_prefix(e, "%s:%d: %s", setting->file, line->line, setting->name);
}

bool sheet_blame_at(const struct setting *setting, size_t at, struct err *e) {
    const struct setting_line *line = line_of(setting, at);
    if (line->line == 0 || line->column == 0)
        return sheet_blame(setting, at, e);
    return err_prefix(e, "%s:%d:%zu: %s", setting->file, line->line,
                      (size_t)line->column + (at - line->at), setting->name);
}

char *sheet_folder_of(const struct setting *setting, const char *folder) {
    const char *slash = setting->file[0] == '/' ? strrchr(setting->file, '/') : NULL;
    if (!slash)
        return ensure_strdup(folder);
    return slash == setting->file ? ensure_strdup("/")
                                  : ensure_strndup(setting->file, (size_t)(slash - setting->file));
}

size_t sheet_header_name(const char *header, size_t *value_at) {
    size_t n = strcspn(header, ":");
    if (!header[n])
        return 0;
    *value_at = n + 1 + strspn(header + n + 1, " \t");
    while (n > 0 && header[n - 1] == ' ')
        n--;
    return n;
}

bool sheet_drop_names(const char *words, const char *name, size_t name_bytes) {
    for (const char *s = words + strspn(words, " \t,"); *s; s += strspn(s, " \t,")) {
        size_t n = strcspn(s, " \t,");
        if (n == name_bytes && strncasecmp(s, name, n) == 0)
            return true;
        s += n;
    }
    return false;
}

/* [NAME] or [NAME:own-name] */
static bool split_section(const char *text, enum section_kind *kind, const char **own) {
    size_t n = strcspn(text, ":");
    for (int i = 0; i < SECTION_KINDS; i++) {
        const struct section_keys *t = &section_table[i];
        if (strlen(t->name) != n || memcmp(t->name, text, n) != 0)
            continue;
        *kind = (enum section_kind)i;
        *own = text[n] ? text + n + 1 : "";
        return t->named == (text[n] == ':');
    }
    return false;
}

static bool fail_section(const struct reading *r, const struct ini_entry *entry, struct err *e) {
    char first[NEAREST_NAME_MAX + 1];
    (void)snprintf(first, sizeof first, "%.*s", (int)strcspn(entry->section, ":"), entry->section);
    struct nearest near;
    nearest_init(&near, first);
    const struct section_keys *known = NULL;
    for (int i = 0; i < SECTION_KINDS; i++) {
        nearest_offer(&near, section_table[i].name);
        if (strcmp(near.best, section_table[i].name) == 0)
            known = &section_table[i];
    }
    if (!known)
        return err_set(e, ERR_CONFIG,
                       "%s:%d: unknown section [%s]; there are [ttsq], [account:NAME], "
                       "[profile:NAME] and [secrets]",
                       r->file, entry->line, entry->section);
    return err_set(e, ERR_CONFIG, "%s:%d: unknown section [%s]; did you mean [%s%s]?", r->file,
                   entry->line, entry->section, known->name, known->named ? ":NAME" : "");
}

static bool open_section(struct reading *r, const struct ini_entry *entry, struct err *e) {
    enum section_kind kind;
    const char *own;
    if (!split_section(entry->section, &kind, &own))
        return fail_section(r, entry, e);
    if (section_table[kind].named && !value_is_name(own))
        return err_set(e, ERR_CONFIG,
                       "%s:%d: [%s]: a name has letters, digits, '.', '_' and '-' only", r->file,
                       entry->line, entry->section);
    if (r->sheet->section_count == SHEET_SECTIONS_MAX)
        return err_set(e, ERR_CONFIG, "%s:%d: more than %d sections", r->file, entry->line,
                       SHEET_SECTIONS_MAX);
    struct sheet_section *section = section_add(r->sheet, kind, own);
    section->file = r->file;
    section->line = entry->line;
    section->built_in = section->built_in && r->built_in;
    r->section = (size_t)(section - r->sheet->sections);
    r->in_section = true;
    return true;
}

static bool fail_key(const struct reading *r, const struct sheet_section *section,
                     const struct ini_entry *entry, struct err *e) {
    const struct section_keys *table = &section_table[section->kind];
    struct nearest near;
    nearest_init(&near, entry->key);
    for (size_t i = 0; i < table->key_count; i++)
        if (table->keys[i].type != KEY_OWN && table->keys[i].type != KEY_SAMPLE)
            nearest_offer(&near, table->keys[i].name);
    char hint[HINT_BYTES];
    const char *meant = key_meant(section->kind, entry->key);
    if (meant)
        (void)snprintf(hint, sizeof hint, "; write %s", meant);
    else
        (void)nearest_hint(&near, hint, sizeof hint);
    if (!*hint && section->kind == SECTION_PROFILE)
        (void)snprintf(hint, sizeof hint, "; a variable of your own is %s%s", KEY_OWN_PREFIX,
                       entry->key);
    return err_set(e, ERR_CONFIG, "%s:%d: unknown key %s in [%s]%s", r->file, entry->line,
                   entry->key, entry->section, hint);
}

static void add_line(struct setting *setting, int line, int column, size_t at) {
    setting->lines =
        ensure_realloc(setting->lines, (setting->line_count + 1) * sizeof *setting->lines);
    setting->lines[setting->line_count++] =
        (struct setting_line){.line = line, .column = column, .at = at};
}

static void remove_setting(struct sheet_section *section, size_t i) {
    setting_release(&section->settings[i]);
    section->setting_count--;
    memmove(&section->settings[i], &section->settings[i + 1],
            (section->setting_count - i) * sizeof *section->settings);
}

static bool same_bytes(const char *a, size_t a_bytes, const char *b, size_t b_bytes) {
    return a_bytes == b_bytes && memcmp(a, b, a_bytes) == 0;
}

bool sheet_same_name(const struct key *key, const char *a, const char *b) {
    if (key->type == KEY_SET)
        return same_bytes(a, strcspn(a, " \t"), b, strcspn(b, " \t"));
    if (key->type == KEY_QUERY)
        return same_bytes(a, strcspn(a, " \t="), b, strcspn(b, " \t="));
    size_t at;
    size_t a_bytes = sheet_header_name(a, &at);
    size_t b_bytes = sheet_header_name(b, &at);
    return a_bytes > 0 && a_bytes == b_bytes && strncasecmp(a, b, a_bytes) == 0;
}

/* Does the new setting take the place of the old one? */
static bool replaces(const struct setting *old, const struct key *key, const char *name,
                     const char *value) {
    if (key->type == KEY_DROP && old->key->type == KEY_HEADER) {
        size_t at;
        return sheet_drop_names(value, old->value, sheet_header_name(old->value, &at));
    }
    if (old->key != key || key->type == KEY_DROP || key->type == KEY_RULE)
        return false;
    return key->repeats ? sheet_same_name(key, old->value, value) : strcmp(old->name, name) == 0;
}

/* Removes what earlier sources said; twice in one file is a mistake. */
static bool make_way(struct sheet_section *section, const struct key *key, const char *file,
                     const struct ini_entry *entry, struct err *e) {
    for (size_t i = section->setting_count; i-- > 0;) {
        struct setting *old = &section->settings[i];
        if (!replaces(old, key, entry->key, entry->value))
            continue;
        if (old->file == file && old->key == key)
            return err_set(e, ERR_CONFIG, "%s:%d: %s is set twice, first in line %d", file,
                           entry->line, entry->key, old->lines[0].line);
        if (old->file != file)
            remove_setting(section, i);
    }
    return true;
}

static void add_setting(const struct reading *r, struct sheet_section *section,
                        const struct key *key, const struct ini_entry *entry) {
    section->settings =
        ensure_realloc(section->settings, (section->setting_count + 1) * sizeof *section->settings);
    struct setting *setting = &section->settings[section->setting_count++];
    *setting = (struct setting){.key = key,
                                .name = ensure_strdup(entry->key),
                                .value = ensure_strdup(entry->value),
                                .file = r->file,
                                .built_in = r->built_in,
                                .section = section->line};
    add_line(setting, entry->line, entry->column, 0);
}

static bool continue_setting(const struct reading *r, struct sheet_section *section,
                             const struct ini_entry *entry, struct err *e) {
    struct setting *setting = &section->settings[section->setting_count - 1];
    const char *join = setting->key->join;
    if (!join)
        return err_set(e, ERR_CONFIG,
                       "%s:%d: an indented line goes on with %s, which has one line only; begin a "
                       "new key at the start of its line",
                       r->file, entry->line, entry->key);
    size_t old_bytes = strlen(setting->value);
    size_t bytes = old_bytes + strlen(join) + strlen(entry->value);
    if (bytes > SHEET_VALUE_MAX)
        return err_set(e, ERR_CONFIG, "%s:%d: %s is longer than %d bytes", r->file, entry->line,
                       entry->key, SHEET_VALUE_MAX);
    setting->value = ensure_realloc(setting->value, bytes + 1);
    (void)snprintf(setting->value + old_bytes, bytes + 1 - old_bytes, "%s%s", join, entry->value);
    add_line(setting, entry->line, entry->column, old_bytes + strlen(join));
    return true;
}

static bool check_comment(const struct reading *r, const struct key *key,
                          const struct ini_entry *entry, struct err *e) {
    if (entry->comment_column == 0 || (!key->whole_line && !entry->continuation))
        return true;
    return err_set(
        e, ERR_CONFIG,
        "%s:%d:%d: a ';' behind a space would begin a comment and cut %s here; leave the "
        "space out (in JSON, ; is also written \\u003b), and put comments on lines of "
        "their own",
        r->file, entry->line, entry->comment_column, entry->key);
}

/* A value is all of its line. Who quotes it would have the quotes sent to the provider. It is not
 * told, as it may be a key. */
static bool check_quotes(const struct reading *r, const struct key *key,
                         const struct ini_entry *entry, struct err *e) {
    const char *value = entry->value;
    const char *end = *value == '"' || *value == '\'' ? strchr(value + 1, *value) : NULL;
    bool quoted = end && end[1] == '\0' && !entry->continuation;
    return key->quotes || !quoted ||
           err_set(e, ERR_CONFIG,
                   "%s:%d:%d: quotes would be part of the value; write %s without them", r->file,
                   entry->line, entry->column, entry->key);
}

static bool on_entry(void *user, const struct ini_entry *entry, struct err *e) {
    struct reading *r = user;
    if (!entry->key)
        return open_section(r, entry, e);
    if (!r->in_section)
        return err_set(e, ERR_CONFIG, "%s:%d: %s stands before the first [section]", r->file,
                       entry->line, entry->key);
    struct sheet_section *section = &r->sheet->sections[r->section];
    const struct key *key = key_find(section->kind, entry->key);
    if (!key)
        return fail_key(r, section, entry, e);
    if (!check_comment(r, key, entry, e) || !check_quotes(r, key, entry, e))
        return false;
    if (entry->continuation)
        return continue_setting(r, section, entry, e);
    if (!make_way(section, key, r->file, entry, e))
        return false;
    if (section->setting_count == SHEET_SETTINGS_MAX)
        return err_set(e, ERR_CONFIG, "%s:%d: more than %d settings in one section", r->file,
                       entry->line, SHEET_SETTINGS_MAX);
    add_setting(r, section, key, entry);
    return true;
}

bool sheet_read_file(struct sheet *s, const char *path, struct err *e) {
    struct reading r = {.sheet = s, .file = remember_file(s, path)};
    return ini_read_file(path, on_entry, &r, e);
}

bool sheet_read_presets(struct sheet *s, struct err *e) {
    for (size_t i = 0; i < preset_count; i++) {
        const struct preset *p = &presets[i];
        struct reading r = {.sheet = s, .file = p->origin, .built_in = true};
        if (!ini_read_text(p->origin, p->text, strlen(p->text), on_entry, &r, e))
            return false;
    }
    return true;
}

void sheet_set_from_environment(struct sheet *s, const char *key, const char *variable,
                                const char *value) {
    struct sheet_section *section = section_add(s, SECTION_TTSQ, "");
    const struct key *row = key_find(SECTION_TTSQ, key);
    PRE(row);
    for (size_t i = section->setting_count; i-- > 0;)
        if (section->settings[i].key == row)
            remove_setting(section, i);
    const struct reading r = {.sheet = s, .file = variable};
    add_setting(&r, section, row, &(struct ini_entry){.key = key, .value = value});
}
