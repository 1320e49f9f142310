/*
 * check: the parts of `ttsq check`. Each question is a line: ok, a warning, or a failure with what
 * to do; a failure sets the exit code.
 */
#ifndef CLI_CARE_CHECK_H
#define CLI_CARE_CHECK_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "cli/session.h"

struct check {
    bool deep, online;
    json_t *lines; /* NULL: they are printed as they come */
    struct session session;
    int code;                          /* of the first failure */
    bool is_used[CONFIG_PROFILES_MAX]; /* by check_find_used */
};

void check_ok(const struct check *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
void check_warn(const struct check *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
void check_fail(struct check *c, const struct err *e);

/* Which profiles somebody has chosen: in the configuration, or for a batch. A built-in profile
 * serves as soon as there is a key for it, and that may be there for another program. */
void check_find_used(struct check *c);

/* What time and deaths leave behind: the log's size, presence files, the wall clock. Needs the
 * configuration; without a store it asks what can be asked. */
void check_deep(struct check *c);

/* Connects to the host of each URL of the profiles in use, with TLS where the URL says so, and
 * sends nothing: so it costs nothing, and says nothing about the key but that it is there. Blocks
 * for CONNECT_MAX_MS a host at most. */
void check_online(struct check *c);

#endif
