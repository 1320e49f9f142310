/* err.c: see err.h. Messages are cut at ERR_MSG_MAX, never overrun. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool fill(struct err *e, enum err_code code, const char *origin, int detail) {
    e->code = code;
    e->origin = origin;
    e->detail = detail;
    return false;
}

bool(err_set)(struct err *e, enum err_code code, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(e->msg, sizeof e->msg, fmt, ap);
    va_end(ap);
    return fill(e, code, NULL, 0);
}

static enum err_code code_of_errno(int errnum) {
    switch (errnum) {
    case ENOSPC:
    case EDQUOT:
        return ERR_SPACE;
    case ENOMEM:
        return ERR_MEMORY;
    default:
        return ERR_IO;
    }
}

bool(err_set_errno)(struct err *e, int errnum, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(e->msg, sizeof e->msg, fmt, ap);
    va_end(ap);
    size_t used = strlen(e->msg);
    (void)snprintf(e->msg + used, sizeof e->msg - used, ": %s", strerror(errnum));
    return fill(e, code_of_errno(errnum), "errno", errnum);
}

bool(err_prefix)(struct err *e, const char *fmt, ...) {
    char old[ERR_MSG_MAX];
    memcpy(old, e->msg, sizeof old);
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(e->msg, sizeof e->msg, fmt, ap);
    va_end(ap);
    size_t used = strlen(e->msg);
    (void)snprintf(e->msg + used, sizeof e->msg - used, ": %s", old);
    return false;
}

static const struct {
    const char *text;
    int exit_code;
} codes[ERR_CODE_COUNT] = {[ERR_NONE] = {"no error", 0},
#define ERR_ROW(name, text, exit_code) [name] = {text, exit_code},
                           ERR_CODES(ERR_ROW)
#undef ERR_ROW
};

const char *err_text(enum err_code code) {
    return codes[code].text;
}

int err_exit_code(enum err_code code) {
    return codes[code].exit_code;
}
