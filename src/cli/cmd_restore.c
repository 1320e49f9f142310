/* cmd_restore.c: `ttsq restore`: a queue that `ttsq backup` has made, put in its place. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/args.h"
#include "cli/care/backup.h"
#include "cli/cli.h"
#include "cli/view/text.h"

static const char doc[] =
    "Put a queue that `ttsq backup` has made where the configuration says the queue is. Refused "
    "when there is a queue, or a supervisor runs.\n"
    "\n"
    "  ttsq restore /backup/ttsq-monday\n"
    "\v"
    "Nothing in it knows of the calls that were made after the backup: jobs that were answered "
    "since are called and paid for again, and no budget counts what those calls have cost. So "
    "before the service is started look at `ttsq status`, `ttsq cancel` what you have already, "
    "and lower the day's budget in the configuration by what was spent since. Calls that were "
    "being made during the backup count as uncertain.";

static bool restore(const char *folder, struct backup_report *report, struct err *e) {
    struct config *config = NULL;
    bool ok = config_load(&config, e) && backup_restore(config, folder, report, e);
    if (config)
        config_free(config);
    return ok;
}

const struct argp cmd_restore_argp = {
    .parser = args_only_one, .args_doc = "FOLDER", .doc = doc, .children = args_children};

int cmd_restore(int argc, char **argv) {
    const char *folder = NULL;
    struct backup_report report;
    struct err e;
    args_parse(&cmd_restore_argp, argc, argv, &folder);
    if (!restore(folder, &report, &e))
        return cli_fail(&e);
    printf("restored: database and %" PRId64 " files of answers (%" PRId64 " bytes)\n",
           report.files, report.bytes);
    cli_say("calls made after the backup are not in it: what they brought is called and paid for "
            "again, and budgets do not count what they cost");
    cli_say("next: `ttsq check --deep`, then `ttsq status`; `ttsq cancel` what you have already");
    return 0;
}
