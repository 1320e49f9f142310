/* cmd_resume.c: `ttsq resume`: an account's pause or stop ends. */
#include <stdio.h>

#include "cli/args.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "cli/view/text.h"

static const char doc[] =
    "End the pause or the stop of an account; calls begin again at once.\n"
    "\n"
    "  ttsq resume main\n"
    "\v"
    "After the account stopped by itself (a wrong key, no credit) or while its "
    "provider is down, one call is tried first; the others follow when it "
    "succeeds.";

const struct argp cmd_resume_argp = {
    .parser = args_only_one, .args_doc = "ACCOUNT", .doc = doc, .children = args_children};

int cmd_resume(int argc, char **argv) {
    const char *account = NULL;
    args_parse(&cmd_resume_argp, argc, argv, &account);
    struct session s;
    struct err e;
    bool was, probes;
    char shown[TEXT_SHOWN_BYTES];
    bool ok = session_open(&s, SESSION_WRITE, &e) && session_account(&s, account, &e) &&
              store_resume(s.store, account, &was, &probes, &e);
    if (ok)
        printf("account %s: %s\n", text_show(account, 64, shown),
               !was     ? "was open already"
               : probes ? "one call is tried; when it succeeds, the others follow"
                        : "resumed");
    session_close(&s);
    return ok ? 0 : cli_fail(&e);
}
