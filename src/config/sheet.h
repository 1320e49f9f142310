/*
 * sheet: all settings of all sources as they were written, later over earlier, each with the file
 * and lines it came from. Knows which keys exist (config/keys.h), not what they mean together.
 */
#ifndef CONFIG_SHEET_H
#define CONFIG_SHEET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "config/keys.h"

#define SHEET_SECTIONS_MAX 512
#define SHEET_SETTINGS_MAX 256 /* in one section */
#define SHEET_VALUE_MAX (64 * 1024)

struct setting_line {
    int line;   /* in the file; 0 = not from a file */
    int column; /* where this line's part begins in it, 1 … */
    size_t at;  /* where this line's part begins in the value */
};

struct setting {
    const struct key *key;
    char *name;       /* as written: "var.region" */
    char *value;      /* continued lines joined */
    const char *file; /* the sheet's, or static */
    int section;      /* line of the section's head that it stands below */
    bool built_in;    /* of a profile that is built in; no file says otherwise */
    struct setting_line *lines;
    size_t line_count;
};

struct sheet_section {
    enum section_kind kind;
    char *name;       /* "" for sections without one */
    const char *file; /* where it was last opened */
    int line;
    bool built_in; /* no file has anything to say about it */
    struct setting *settings;
    size_t setting_count;
};

struct sheet {
    struct sheet_section *sections;
    size_t section_count;
    char **files; /* that were read, NULL-terminated */
    size_t file_count;
};

void sheet_init(struct sheet *s);
void sheet_release(struct sheet *s);

/* Adds a file's settings (ERR_CONFIG with FILE:LINE; ERR_IO with errno when it cannot be read). */
bool sheet_read_file(struct sheet *s, const char *path, struct err *e) MUST_CHECK;
bool sheet_read_presets(struct sheet *s, struct err *e) MUST_CHECK;

/* One setting of [ttsq] from an environment variable, whose name stands for the file. */
void sheet_set_from_environment(struct sheet *s, const char *key, const char *variable,
                                const char *value);

const struct sheet_section *sheet_section(const struct sheet *s, enum section_kind kind,
                                          const char *name); /* or NULL */
const struct setting *sheet_setting(const struct sheet_section *section, const struct key *key,
                                    const char *name); /* or NULL; section may be NULL */

/* Puts "FILE:LINE: KEY" before the message, for the part of the value at offset `at`. Returns
 * false. */
bool sheet_blame(const struct setting *setting, size_t at, struct err *e);

/* The same with FILE:LINE:COLUMN, for faults whose place is known to the byte. */
bool sheet_blame_at(const struct setting *setting, size_t at, struct err *e);

/* The folder of the file that `setting` came from, absolute; `folder` for settings without one. To
 * be freed. */
char *sheet_folder_of(const struct setting *setting, const char *folder);

/* Length of the name in "Name: value", 0 when there is none;
 * *value_at is where the value begins. */
size_t sheet_header_name(const char *header, size_t *value_at);

/* Do two values of a header, set or query key name the same one? */
bool sheet_same_name(const struct key *key, const char *a, const char *b);

/* Does "header.drop"'s list of words name this header? */
bool sheet_drop_names(const char *words, const char *name, size_t name_bytes);

#endif
