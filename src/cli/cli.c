/* cli.c: see cli.h. */
#include "cli/cli.h"

#include <argp.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/fault.h"
#include "base/nearest.h"
#include "cli/view/text.h"

#define TITLE_BYTES_MAX 64
#define LINE_BYTES_MAX 4096

static volatile sig_atomic_t stops;
static const struct cli_command *all_commands;
static size_t all_count;

const struct cli_command *cli_commands(size_t *count) {
    *count = all_count;
    return all_commands;
}

static void on_signal(int number) {
    (void)number;
    stops = stops + 1;
}

void cli_stop_catch(void) {
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

int cli_stop_count(void) {
    return stops;
}

bool cli_wait_readable(int fd) {
    struct pollfd input = {.fd = fd, .events = POLLIN};
    sigset_t ends, before;
    sigemptyset(&ends);
    (void)sigaddset(&ends, SIGINT);
    (void)sigaddset(&ends, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &ends, &before);
    bool waits = true;
    while (waits && !stops) { /* only ppoll lets them in: none is lost between look and wait */
        FAULT_POINT("before_input");
        waits = ppoll(&input, 1, NULL, &before) < 0 && errno == EINTR;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return stops == 0;
}

void cli_sleep_ms(int64_t ms) {
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000L};
    (void)nanosleep(&t, NULL); /* cut short by a signal: that is wanted */
}

int cli_fail(const struct err *e) {
    (void)fflush(stdout);
    fputs("ttsq: ", stderr);
    text_print_line(stderr, e->msg);
    return err_exit_code(e->code);
}

void cli_say(const char *fmt, ...) {
    char line[LINE_BYTES_MAX];
    (void)fflush(stdout);
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    fputs("ttsq: ", stderr);
    text_print_line(stderr, line);
}

static void print_help(const struct cli_command *commands, size_t count) {
    puts("ttsq turns many texts into audio through a speech service that allows only so many calls "
         "at a time.\n\n"
         "  ttsq run chapter.txt                 texts in, audio out, nothing to set up\n"
         "  ttsq enqueue chapter.txt             queue it for the running service\n"
         "  ttsq status                          what is going on\n"
         "  ttsq get chapter -o audio/           fetch the results, in order\n\n"
         "Commands (ttsq COMMAND --help tells more):");
    for (size_t i = 0; i < count; i++)
        if (commands[i].summary)
            printf("  %-10s  %s\n", commands[i].name, commands[i].summary);
    puts("\nExit codes: 0 ok, 1 failed, 2 usage, 3 some jobs failed, 4 nothing matched,\n"
         "5 no database or service, 6 database locked or too new, 65 database damaged,\n"
         "75 try later, 78 configuration, 130 interrupted.");
}

static int unknown_command(const struct cli_command *commands, size_t count, const char *typed) {
    struct nearest near;
    nearest_init(&near, typed);
    for (size_t i = 0; i < count; i++)
        if (commands[i].summary)
            nearest_offer(&near, commands[i].name);
    if (near.best[0])
        cli_say("no command '%s'; did you mean '%s'?", typed, near.best);
    else
        cli_say("no command '%s'; `ttsq --help` lists them", typed);
    return err_exit_code(ERR_USAGE);
}

static int run_command(const struct cli_command *command, int argc, char **argv) {
    char title[TITLE_BYTES_MAX];
    (void)snprintf(title, sizeof title, "ttsq %s", command->name);
    argv[0] = title;
    argp_err_exit_status = err_exit_code(ERR_USAGE);
    int code = command->run(argc, argv);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    cli_say("cannot write the output: %s", strerror(errno));
    return code ? code : err_exit_code(ERR_IO);
}

int cli_main(const struct cli_command *commands, size_t count, int argc, char **argv) {
    all_commands = commands;
    all_count = count;
    const char *name = argc > 1 ? argv[1] : "--help";
    char help[] = "--help";
    char *of_command[] = {argv[0], argc > 2 ? argv[2] : NULL, help, NULL};
    if (!strcmp(name, "help") && argc > 2) /* the same as COMMAND --help */
        return cli_main(commands, count, 3, of_command);
    if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
        print_help(commands, count);
        return argc > 1 ? 0 : err_exit_code(ERR_USAGE);
    }
    if (!strcmp(name, "--version"))
        name = "version";
    for (size_t i = 0; i < count; i++)
        if (!strcmp(name, commands[i].name))
            return run_command(&commands[i], argc - 1, argv + 1);
    return unknown_command(commands, count, name);
}
