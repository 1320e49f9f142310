/* cmd_backup.c: `ttsq backup`: the whole queue into a folder, while everything goes on. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/args.h"
#include "cli/care/backup.h"
#include "cli/cli.h"
#include "cli/view/text.h"

static const char doc[] =
    "Copy the whole queue, database and answers, into a new folder, while "
    "everything goes on. The copy is checked.\n"
    "\n"
    "  ttsq backup /backup/ttsq-monday\n"
    "\v"
    "Answers that are files of their own become hard links where the folder is "
    "on the same file system: copy it elsewhere to be safe from a broken disk. What is in it is "
    "what was there at its beginning: until it has ended nothing is pruned. Files of answers that "
    "are gone or cannot be read are named and left out (exit code 3). One that was killed leaves "
    "FOLDER. and six characters, which may be removed.";

const struct argp cmd_backup_argp = {
    .parser = args_only_one, .args_doc = "FOLDER", .doc = doc, .children = args_children};

int cmd_backup(int argc, char **argv) {
    const char *folder = NULL;
    args_parse(&cmd_backup_argp, argc, argv, &folder);
    struct session s;
    struct backup_report report;
    struct err e;
    bool ok = session_open(&s, SESSION_READ, &e) && backup_write(&s, folder, &report, &e);
    session_close(&s);
    if (!ok)
        return cli_fail(&e);
    char shown[TEXT_SHOWN_BYTES];
    text_word(folder, shown);
    printf("the queue is in %s: database, %" PRId64 " answers in %" PRId64 " files (%" PRId64
           " bytes)\n",
           shown, report.answers, report.files, report.bytes);
    cli_say("`ttsq restore %s` puts it where the configuration says", shown);
    if (report.damaged == 0)
        return 0;
    cli_say("%" PRId64 " %s not whole, and so not in it, or not all of it; `ttsq retry BATCH "
            "--damaged` asks for what is lost again",
            report.damaged, report.damaged == 1 ? "file of answers is" : "files of answers are");
    return err_exit_code(ERR_JOBS_FAILED);
}
