/* main: the command table and nothing else. What a command is: src/cli/cli.h. */
#include "cli/cli.h"

static const struct cli_command commands[] = {
    {"run", cmd_run, "turn files into audio now, next to them"},
    {"enqueue", cmd_enqueue, "add files to the queue"},
    {"status", cmd_status, "accounts, batches and workers"},
    {"wait", cmd_wait, "until a batch is done"},
    {"get", cmd_get, "a batch's audio, in order, into a folder"},
    {"list", cmd_list, "the jobs of a batch"},
    {"show", cmd_show, "one job with its attempts"},
    {"why", cmd_why, "why a job is where it is, and what to do"},
    {"retry", cmd_retry, "make failed, held or cancelled jobs ready again"},
    {"cancel", cmd_cancel, "end a batch's open jobs"},
    {"hold", cmd_hold, "keep jobs back until they are released"},
    {"release", cmd_release, "make held jobs ready again"},
    {"cap", cmd_cap, "show or set how many calls an account makes at a time"},
    {"resume", cmd_resume, "end an account's pause"},
    {"supervise", cmd_supervise, "the service: start workers and keep them running"},
    {"audit", cmd_audit, "what the log of calls proves; answers against files"},
    {"backup", cmd_backup, "the whole queue into a folder, while it runs"},
    {"restore", cmd_restore, "a backup put in its place"},
    {"check", cmd_check, "configuration, database, folders, secrets, service"},
    {"version", cmd_version, "of ttsq and its libraries"},
    {"worker", cmd_worker, 0},
};

int main(int argc, char **argv) {
    return cli_main(commands, sizeof commands / sizeof commands[0], argc, argv);
}
