/* main: the command table and nothing else. What a command is: src/cli/cli.h. */
#include "cli/cli.h"

static const struct cli_command commands[] = {
    {"run", cmd_run, &cmd_run_argp, "turn files into audio now, next to them"},
    {"enqueue", cmd_enqueue, &cmd_enqueue_argp, "add files to the queue"},
    {"status", cmd_status, &cmd_status_argp, "accounts, batches and workers"},
    {"wait", cmd_wait, &cmd_wait_argp, "until a batch is done"},
    {"get", cmd_get, &cmd_get_argp, "a batch's audio, in order, into a folder"},
    {"archive", cmd_archive, &cmd_archive_argp, "all of a batch in one file, to keep"},
    {"list", cmd_list, &cmd_list_argp, "the jobs of a batch"},
    {"show", cmd_show, &cmd_show_argp, "one job with its attempts"},
    {"why", cmd_why, &cmd_why_argp, "why a job is where it is, and what to do"},
    {"log", cmd_log, &cmd_log_argp, "what happened, in order"},
    {"retry", cmd_retry, &cmd_retry_argp, "make failed, held or cancelled jobs ready again"},
    {"cancel", cmd_cancel, &cmd_cancel_argp, "end a batch's open jobs"},
    {"hold", cmd_hold, &cmd_hold_argp, "keep jobs back until they are released"},
    {"release", cmd_release, &cmd_release_argp, "make held jobs ready again"},
    {"boost", cmd_boost, &cmd_boost_argp, "show or change how much of its account a batch gets"},
    {"cap", cmd_cap, &cmd_cap_argp,
     "show or set how many calls an account or batch makes at a time"},
    {"cost", cmd_cost, &cmd_cost_argp, "what calls have cost, by batch, account or day"},
    {"budget", cmd_budget, &cmd_budget_argp, "show or set how much a batch may cost"},
    {"rate", cmd_rate, &cmd_rate_argp, "show or set how many requests an account makes in a time"},
    {"pause", cmd_pause, &cmd_pause_argp, "no new call of an account for a while"},
    {"resume", cmd_resume, &cmd_resume_argp, "end an account's pause or stop"},
    {"supervise", cmd_supervise, &cmd_supervise_argp,
     "the service: start workers and keep them running"},
    {"audit", cmd_audit, &cmd_audit_argp, "what the log of calls proves; answers against files"},
    {"prune", cmd_prune, &cmd_prune_argp, "remove batches that were fetched, with their answers"},
    {"backup", cmd_backup, &cmd_backup_argp, "the whole queue into a folder, while it runs"},
    {"restore", cmd_restore, &cmd_restore_argp, "a backup put in its place"},
    {"init", cmd_init, &cmd_init_argp, "a ttsq.ini for a provider, in this folder"},
    {"check", cmd_check, &cmd_check_argp, "configuration, database, folders, secrets, service"},
    {"completion", cmd_completion, &cmd_completion_argp,
     "what completes commands and names in your shell"},
    {"version", cmd_version, &cmd_version_argp, "the versions of ttsq and of its libraries"},
    {"worker", cmd_worker, &cmd_worker_argp, 0},
    {"__complete", cmd_complete, 0, 0},
    {"__manual", cmd_manual, 0, 0},
};

int main(int argc, char **argv) {
    return cli_main(commands, sizeof commands / sizeof commands[0], argc, argv);
}
