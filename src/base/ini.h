/*
 * ini: reads one file of sections and keys with inih, and says where each entry stood.
 *
 * inih cuts long lines and names silently and takes " ;" as the start of a comment, so every line
 * is checked here before inih sees it; what inih would damage is an error with file, line and
 * column, or is reported with the entry. Knows the syntax only: what sections and keys mean is the
 * caller's.
 */
#ifndef BASE_INI_H
#define BASE_INI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define INI_FILE_BYTES_MAX (1024 * 1024)
#define INI_LINE_BYTES_MAX 198 /* inih's buffer of 200 holds this, a newline and a NUL */
#define INI_NAME_BYTES_MAX 49  /* of a section or a key: inih cuts behind it */

struct ini_entry {
    const char *section;
    const char *key;    /* NULL: a section begins here */
    const char *value;  /* trimmed; NULL when a section begins */
    int line;           /* 1 … */
    int column;         /* where the value begins in it, 1 …; 0 for a section */
    bool continuation;  /* an indented line that continues the key of the entry before */
    int comment_column; /* where " ;" begins a comment behind the value, 1 …; 0 = none */
};

/* Called for every entry in order. The entry lives during the call. Returning false (with *e
 * filled) ends the reading. */
typedef bool ini_on_entry(void *user, const struct ini_entry *entry, struct err *e);

/* Reads `path`. A file that cannot be read is ERR_IO (detail is the errno); one whose content is
 * wrong is ERR_CONFIG with a message that begins with PATH:LINE. Blocks on the file. */
bool ini_read_file(const char *path, ini_on_entry *on_entry, void *user, struct err *e) MUST_CHECK;

/* The same for text in memory; `name` stands for the path in messages. */
bool ini_read_text(const char *name, const char *text, size_t bytes, ini_on_entry *on_entry,
                   void *user, struct err *e) MUST_CHECK;

#endif
