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

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define CLI_POLL_MS 25       /* how often a waiting command looks at the store's data version */
#define CLI_STOP_POLL_MS 100 /* how often one looks at everything else it waits for */

struct cli_command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is "ttsq NAME"; returns the exit code */
    const struct argp *argp;           /* its options and help; NULL = takes none */
    const char *summary;               /* NULL = not listed: a role that ttsq starts itself */
};

/* Finds and runs the command that argv names; --help and --version, and a suggestion on a typo. */
int cli_main(const struct cli_command *commands, size_t count, int argc, char **argv);
/* The table that cli_main got. */
const struct cli_command *cli_commands(size_t *count);

/* Prints "ttsq: MESSAGE" on stderr and returns the exit code of *e. */
int cli_fail(const struct err *e);
/* The same kind of line for what is no error (or a usage error, whose code the caller returns). */
void cli_say(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* SIGINT and SIGTERM are counted instead of ending the process, from here on. */
void cli_stop_catch(void);
int cli_stop_count(void);
/* Waits until `fd` can be read from, however long that takes. False when a signal has been counted,
 * also one that comes just before the wait. */
bool cli_wait_readable(int fd);
/* Sleeps `ms`, less when a signal comes. */
void cli_sleep_ms(int64_t ms);

/* A command's function and its options: what help, completion and the man page are made of. */
#define CLI_COMMAND(name)                                                                          \
    int cmd_##name(int argc, char **argv);                                                         \
    extern const struct argp cmd_##name##_argp

CLI_COMMAND(run);
CLI_COMMAND(enqueue);
CLI_COMMAND(status);
CLI_COMMAND(wait);
CLI_COMMAND(get);
CLI_COMMAND(supervise);
CLI_COMMAND(list);
CLI_COMMAND(show);
CLI_COMMAND(retry);
CLI_COMMAND(cancel);
CLI_COMMAND(hold);
CLI_COMMAND(release);
CLI_COMMAND(why);
CLI_COMMAND(init);
CLI_COMMAND(boost);
CLI_COMMAND(log);
CLI_COMMAND(cap);
CLI_COMMAND(cost);
CLI_COMMAND(budget);
CLI_COMMAND(rate);
CLI_COMMAND(pause);
CLI_COMMAND(resume);
CLI_COMMAND(audit);
CLI_COMMAND(prune);
CLI_COMMAND(archive);
CLI_COMMAND(backup);
CLI_COMMAND(restore);
CLI_COMMAND(check);
CLI_COMMAND(completion);
CLI_COMMAND(version);
CLI_COMMAND(worker);
int cmd_complete(int argc, char **argv); /* takes the words of a line as they are */
int cmd_manual(int argc, char **argv);   /* for the build */

#endif
