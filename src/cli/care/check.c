/* check.c: see check.h. The lines themselves; who asks the questions has files of its own. */
#include "cli/care/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/view/text.h"

#define LINE_BYTES_MAX 2048

static void PRINTF_LIKE(3, 0)
    tell(const struct check *c, const char *word, const char *fmt, va_list ap) {
    char line[LINE_BYTES_MAX];
    (void)vsnprintf(line, sizeof line, fmt, ap);
    if (c->lines)
        json_array_append_new(c->lines,
                              json_pack("{s:s, s:o}", "verdict", word, "text", text_json(line)));
    else
        printf("%-5s %s\n", strcmp(word, "fail") ? word : "FAIL", line);
}

void check_ok(const struct check *c, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    tell(c, "ok", fmt, ap);
    va_end(ap);
}

void check_warn(const struct check *c, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    tell(c, "warn", fmt, ap);
    va_end(ap);
}

static void complain(const struct check *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void complain(const struct check *c, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    tell(c, "fail", fmt, ap);
    va_end(ap);
}

void check_fail(struct check *c, const struct err *e) {
    complain(c, "%s", e->msg);
    if (c->code == 0)
        c->code = err_exit_code(e->code);
}
