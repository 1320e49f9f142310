/*
 * err: the one shape in which every failure travels.
 *
 * A function that can fail takes `struct err *e` as its last parameter and returns bool: true is
 * success and leaves *e untouched; false has filled *e and left every output untouched. Foreign
 * codes (errno, SQLite, CURLcode, uv) are mapped to an err_code in one function per library; the
 * foreign number is kept in `detail`. Nothing here logs: the edge that gives up prints the message.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

#define ERR_MSG_MAX 512

/* X(name, text, process exit code). Exit codes are promised to scripts; see README "Exit codes". */
#define ERR_CODES(X)                                                                               \
    X(ERR_FAILED, "failed", 1)                                                                     \
    X(ERR_USAGE, "usage", 2)                                                                       \
    X(ERR_JOBS_FAILED, "some jobs failed", 3)                                                      \
    X(ERR_NOT_FOUND, "nothing matched", 4)                                                         \
    X(ERR_NO_SERVICE, "no database or service", 5)                                                 \
    X(ERR_DB_LOCKED, "database locked", 6)                                                         \
    X(ERR_DB_NEWER, "database too new", 6)                                                         \
    X(ERR_INPUT, "bad input", 2)                                                                   \
    X(ERR_IO, "input/output error", 1)                                                             \
    X(ERR_SPACE, "no space left", 1)                                                               \
    X(ERR_MEMORY, "out of memory", 1)                                                              \
    X(ERR_CORRUPT, "database corrupt", 65)                                                         \
    X(ERR_LATER, "try later", 75)                                                                  \
    X(ERR_CONFIG, "configuration error", 78)                                                       \
    X(ERR_INTERRUPTED, "interrupted", 130)

enum err_code {
    ERR_NONE = 0,
#define ERR_ENUM(name, text, exit_code) name,
    ERR_CODES(ERR_ENUM)
#undef ERR_ENUM
        ERR_CODE_COUNT
};

struct err {
    enum err_code code;
    const char *origin; /* static: "sqlite", "errno", "curl", "uv", or NULL for our own */
    int detail;         /* the foreign code, 0 when origin is NULL */
    char msg[ERR_MSG_MAX];
};

/* Fills *e. Always returns false, so that a caller can `return err_set(…)`. */
bool err_set(struct err *e, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* As err_set for a failed system call: maps `errnum` (ENOSPC and EDQUOT to ERR_SPACE, ENOMEM to
 * ERR_MEMORY, others to ERR_IO) and appends ": strerror". Always returns false. */
bool err_set_errno(struct err *e, int errnum, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Puts "PREFIX: " before the message; code and detail stay. Always returns false. */
bool err_prefix(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

#ifdef __clang_analyzer__ /* it reads one file at a time and does not know "always" */
#define err_set(...) ((void)(err_set)(__VA_ARGS__), false)
#define err_set_errno(...) ((void)(err_set_errno)(__VA_ARGS__), false)
#define err_prefix(...) ((void)(err_prefix)(__VA_ARGS__), false)
#endif

const char *err_text(enum err_code code);
int err_exit_code(enum err_code code);

#endif
