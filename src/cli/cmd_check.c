/* cmd_check.c: `ttsq check`: is everything there that the queue needs? One line a question. */
#include <libgen.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/ensure.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/service.h"
#include "cli/session.h"
#include "cli/text.h"

#define ORIGIN_BYTES_MAX (4 * 1024 * 1024)
#define SPACE_LOW_BYTES (INT64_C(256) * 1024 * 1024)
#define MIB (1024.0 * 1024.0)

enum { OPTION_ORIGIN = 0x100, OPTION_DEEP };

struct options {
    bool origin, deep;
};

static const struct argp_option option_table[] = {
    {"origin", OPTION_ORIGIN, NULL, 0, "Print every setting and where it came from", 0},
    {"deep", OPTION_DEEP, NULL, 0, "Read the whole database", 0},
    {0},
};

static const char doc[] =
    "Check configuration, database, folders, secrets and service.\n"
    "\n"
    "  ttsq check\n"
    "  ttsq check --deep            read the whole database\n"
    "  ttsq check --origin          which setting came from where\n"
    "\v"
    "Exit code 0: all is well, or there are warnings only. 78: the configuration is wrong. 65: the "
    "database is damaged. 5: there is no database.";

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case OPTION_ORIGIN:
        o->origin = true;
        return 0;
    case OPTION_DEEP:
        o->deep = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument '%s'", text);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

struct check {
    const struct options *options;
    struct session session;
    int code; /* of the first failure */
};

static void ok(const char *fmt, ...) PRINTF_LIKE(1, 2);
static void warn(const char *fmt, ...) PRINTF_LIKE(1, 2);

static void print_line(const char *word, const char *fmt, va_list ap) {
    printf("%-5s ", word);
    (void)vprintf(fmt, ap);
    putchar('\n');
}

static void ok(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    print_line("ok", fmt, ap);
    va_end(ap);
}

static void warn(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    print_line("warn", fmt, ap);
    va_end(ap);
}

static void fail(struct check *c, const struct err *e) {
    printf("FAIL  %s\n", e->msg);
    if (c->code == 0)
        c->code = err_exit_code(e->code);
}

static void check_files(const struct config *c) {
    char shown[TEXT_SHOWN_BYTES];
    if (!c->files || !c->files[0])
        ok("configuration: built-in defaults, no file found");
    for (char **file = c->files; file && *file; file++)
        ok("configuration: %s", text_show(*file, 200, shown));
}

static void check_folder(struct check *c, const char *what, const char *path) {
    struct statvfs fs;
    struct err e;
    char shown[TEXT_SHOWN_BYTES];
    text_show(path, 200, shown);
    if (access(path, F_OK) != 0) {
        warn("%s: %s is not there yet; `ttsq enqueue` makes it", what, shown);
        return;
    }
    if (access(path, R_OK | W_OK | X_OK) != 0) {
        (void)err_set(&e, ERR_IO, "%s: %.300s cannot be written by this user", what, shown);
        fail(c, &e);
        return;
    }
    if (statvfs(path, &fs) != 0)
        return;
    double free_bytes = (double)fs.f_bavail * (double)fs.f_frsize;
    if (free_bytes < (double)SPACE_LOW_BYTES)
        warn("%s: %s has only %.0f MiB left", what, shown, free_bytes / MIB);
    else
        ok("%s: %s, %.0f MiB free", what, shown, free_bytes / MIB);
}

static void check_folders(struct check *c) {
    const struct config *config = c->session.config;
    char *copy = ensure_strdup(config->database);
    check_folder(c, "database folder", dirname(copy));
    check_folder(c, "results folder", config->results);
    check_folder(c, "locks", config->fleet);
    free(copy);
}

static void check_database(struct check *c) {
    struct err e;
    char shown[TEXT_SHOWN_BYTES];
    struct store_verdict v = store_version_verdict();
    if (v.wal_reset_race)
        warn("%s: %s", v.library, v.advice);
    else
        ok("%s: %s", v.library, v.advice);
    if (!store_open(&c->session.store, c->session.config->database, STORE_READ, &e) ||
        !store_verify(c->session.store, c->options->deep, &e))
        fail(c, &e);
    else
        ok("database: %s, %s", text_show(c->session.config->database, 200, shown),
           c->options->deep ? "read to the last byte" : "counts agree");
}

static void check_secrets(struct check *c) {
    struct err e;
    if (config_secrets_check(c->session.config, &e))
        ok("secrets: what the profiles need is there");
    else
        fail(c, &e);
}

static void check_service(const struct check *c) {
    if (service_is_running(c->session.config->fleet))
        ok("supervisor: running");
    else
        warn("supervisor: not running; start `ttsq supervise` or use `ttsq run`");
}

static int print_origin(const struct config *config) {
    struct buf text;
    struct err e;
    buf_init(&text, ORIGIN_BYTES_MAX);
    bool done = config_print_origin(config, &text, &e);
    if (done)
        fputs(buf_str(&text), stdout);
    buf_release(&text);
    return done ? 0 : cli_fail(&e);
}

int cmd_check(int argc, char **argv) {
    const struct argp argp = {
        .options = option_table, .parser = on_option, .doc = doc, .children = args_children};
    struct options o = {0};
    struct check c = {.options = &o};
    struct err e;
    args_parse(&argp, argc, argv, &o);
    if (!config_load(&c.session.config, &e)) {
        fail(&c, &e);
        return c.code;
    }
    if (o.origin) {
        c.code = print_origin(c.session.config);
    } else {
        check_files(c.session.config);
        check_folders(&c);
        check_database(&c);
        check_secrets(&c);
        check_service(&c);
    }
    session_close(&c.session);
    return c.code;
}
