/*
 * cli: what every command shares: the shape of a command, how it fails, how it is interrupted.
 *
 * A command is one file cmd_NAME.c with one function that returns the process's exit code. Data
 * goes to stdout, talk to stderr; an error is one line "ttsq: what, where, what to do" and its exit
 * code comes from its err_code. To add a command: write cmd_NAME.c, declare it here, add its row to
 * the table in main.c.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define CLI_POLL_MS 25       /* how often a waiting command looks at the store's data version */
#define CLI_STOP_POLL_MS 100 /* how often one looks at everything else it waits for */

struct cli_command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is "ttsq NAME"; returns the exit code */
    const char *summary;               /* NULL = not listed: a role that ttsq starts itself */
};

/* Finds and runs the command that argv names; --help and --version, and a suggestion on a typo. */
int cli_main(const struct cli_command *commands, size_t count, int argc, char **argv);

/* Prints "ttsq: MESSAGE" on stderr and returns the exit code of *e. */
int cli_fail(const struct err *e);
/* The same kind of line for what is no error (or a usage error, whose code the caller returns). */
void cli_say(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* SIGINT and SIGTERM are counted instead of ending the process, from here on. */
void cli_stop_catch(void);
int cli_stop_count(void);
/* Sleeps `ms`, less when a signal comes. */
void cli_sleep_ms(int64_t ms);

int cmd_run(int argc, char **argv);
int cmd_enqueue(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_wait(int argc, char **argv);
int cmd_get(int argc, char **argv);
int cmd_supervise(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_retry(int argc, char **argv);
int cmd_cancel(int argc, char **argv);
int cmd_hold(int argc, char **argv);
int cmd_release(int argc, char **argv);
int cmd_why(int argc, char **argv);
int cmd_cap(int argc, char **argv);
int cmd_resume(int argc, char **argv);
int cmd_audit(int argc, char **argv);
int cmd_backup(int argc, char **argv);
int cmd_restore(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_version(int argc, char **argv);
int cmd_worker(int argc, char **argv);

#endif
