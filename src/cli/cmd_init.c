/* cmd_init.c: `ttsq init`: a ttsq.ini for one provider, in the current folder. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/view/text.h"
#include "config/config.h"
#include "provider/profile.h"

#define FILE_NAME "ttsq.ini"
#define FILE_MODE 0644
#define FILE_BYTES_MAX 16384

static const char doc[] =
    "Write a commented " FILE_NAME " for a provider into the current folder, and say what comes "
    "next. It counts for every ttsq that is started in this folder. A file that is there stays.\n"
    "\n"
    "  ttsq init openai             the built-in profile openai\n"
    "  ttsq init                    `ttsq-say` on this machine, no account\n"
    "\v"
    "`ttsq check --origin` shows every setting and where it comes from; ttsq.ini(5) explains them.";

static error_t on_option(int key, char *text, struct argp_state *state) {
    const char **profile = state->input;
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    args_take_one(state, text, profile);
    return 0;
}

/* ---- what it says ---- */

static bool add_queue(const struct profile *p, struct buf *out) {
    return buf_printf(
        out,
        "# The settings of this folder, made by `ttsq init %s`. All that there are:\n"
        "# ttsq.ini(5). Lines that begin with ';' show what counts without them, or an\n"
        "# example: take the ';' away to set it.\n"
        "\n"
        "[ttsq]\n"
        "# Who speaks for batches that name no profile.\n"
        "profile = %s\n"
        "# The queue and its answers, if they are to lie in this folder. Without it:\n"
        "# ~/.local/state/ttsq.\n"
        ";database = queue.db\n"
        "# What was fetched so long ago is removed by itself: texts, answers, calls.\n"
        ";keep = 30d\n\n",
        p->name, p->name);
}

static bool add_var(const struct profile *p, const char *name, struct buf *out) {
    const char *value = profile_var(p, name);
    return !value || buf_printf(out, ";%s = %s\n", name, value);
}

static bool add_profile(const struct profile *p, struct buf *out) {
    static const char *const names[] = {"base_url", "model", "voice", "format"};
    bool ok = buf_printf(out, "[profile:%s]\n", p->name);
    for (size_t i = 0; ok && i < sizeof names / sizeof names[0]; i++)
        ok = add_var(p, names[i], out);
    return ok && buf_add_str(out, "# What a call costs, for `ttsq cost` and budgets.\n"
                                  ";price = 15.00 USD/1M codepoints\n\n");
}

static bool add_account(const struct config *c, const struct profile *p, struct buf *out) {
    const struct config_account *a = config_account(c, p->account);
    return buf_printf(out,
                      "[account:%s]\n"
                      "# The most calls at a time that your plan allows. It is never exceeded.\n"
                      ";concurrency = %" PRId64 "\n"
                      "# With a price above: no more than that on a day (UTC).\n"
                      ";budget = 5.00 USD/day\n",
                      p->account, a ? a->cap : CONFIG_CAP_MAX);
}

static bool add_secrets(const struct profile *p, struct buf *out) {
    bool ok = p->secret_count == 0 || p->loopback ||
              buf_add_str(out, "\n[secrets]\n"
                               "# A key is the environment variable of this name, or a file of\n"
                               "# your own with mode 0600. It never stands here.\n");
    for (size_t i = 0; ok && !p->loopback && i < p->secret_count; i++)
        ok = buf_printf(out, ";%s = file:%s.key\n", p->secrets[i].name, p->name);
    return ok;
}

/* ---- writing ---- */

static bool create(int *fd, struct err *e) {
    *fd = open(FILE_NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (*fd >= 0)
        return true;
    if (errno == EEXIST)
        return err_set(e, ERR_FAILED,
                       FILE_NAME " is there already and stays as it is; `ttsq check --origin` "
                                 "shows what counts");
    return err_set_errno(e, errno, "cannot write " FILE_NAME);
}

static bool write_file(const struct buf *text, struct err *e) {
    int fd;
    if (!create(&fd, e))
        return false;
    bool ok = file_write_all(fd, text->data, text->bytes, e);
    if (close(fd) != 0 && ok)
        ok = err_set_errno(e, errno, "cannot write " FILE_NAME);
    if (!ok)
        (void)unlink(FILE_NAME);
    return ok;
}

static void say_keys(const struct profile *p) {
    printf("next: export");
    for (size_t i = 0; i < p->secret_count; i++)
        if (!p->secrets[i].value)
            printf(" %s=YOUR-KEY", p->secrets[i].name);
    puts(", then `ttsq check`, then `ttsq run FILE`");
}

static void say_next(const struct profile *p) {
    printf("wrote " FILE_NAME ": profile %s, account %s\n", p->name, p->account);
    if (profile_missing_secret(p))
        say_keys(p);
    else if (p->loopback && strcmp(p->name, "say") == 0)
        puts("next: `ttsq-say` in another terminal, then `ttsq run FILE`");
    else
        puts("next: `ttsq check`, then `ttsq run FILE`");
}

/* The default profile serves though its key is not there yet, so all of it can be told. */
static bool load(const char *profile, struct config **config, const struct profile **p,
                 struct err *e) {
    if (setenv("TTSQ_PROFILE", profile, 1) != 0)
        return err_set_errno(e, errno, "cannot set TTSQ_PROFILE");
    if (!config_load(config, e))
        return false;
    *p = config_profile(*config, profile);
    return *p || err_set(e, ERR_NOT_FOUND, "there is no profile '%.100s'", profile);
}

static bool init(const char *profile, struct err *e) {
    struct config *config = NULL;
    const struct profile *p = NULL;
    struct buf text;
    if (access(FILE_NAME, F_OK) == 0)
        return create(&(int){-1}, e);
    buf_init(&text, FILE_BYTES_MAX);
    bool ok = load(profile, &config, &p, e);
    if (ok && !(add_queue(p, &text) && add_profile(p, &text) && add_account(config, p, &text) &&
                add_secrets(p, &text)))
        ok = err_set(e, ERR_MEMORY, "no memory for " FILE_NAME);
    ok = ok && write_file(&text, e);
    if (ok)
        say_next(p);
    buf_release(&text);
    config_free(config);
    return ok;
}

const struct argp cmd_init_argp = {
    .parser = on_option, .args_doc = "[PROFILE]", .doc = doc, .children = args_children};

int cmd_init(int argc, char **argv) {
    const char *profile = NULL;
    args_parse(&cmd_init_argp, argc, argv, &profile);
    struct err e;
    return init(profile ? profile : "say", &e) ? 0 : cli_fail(&e);
}
