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
#include "config/sheet.h"
#include "provider/profile.h"

#define FILE_NAME "ttsq.ini"
#define FILE_MODE 0644
#define FILE_BYTES_MAX 16384
#define VARIABLE_BYTES 128 /* of a variable; a longer one is not found, and its sample stands */

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

/* ---- what the profile lacks ---- */

static bool is_set(const struct sheet_section *section, const char *name) {
    char own[VARIABLE_BYTES];
    (void)snprintf(own, sizeof own, "%s%s", KEY_OWN_PREFIX, name);
    const struct key *key = key_find(SECTION_PROFILE, name);
    return key ? sheet_setting(section, key, name) != NULL
               : sheet_setting(section, key_find(SECTION_PROFILE, own), own) != NULL;
}

/* "base_url = https://…" for each value that a profile leaves to everybody's own section. */
static bool add_samples(const struct config *c, const char *profile, struct buf *out) {
    const struct sheet_section *section = sheet_section(c->sheet, SECTION_PROFILE, profile);
    bool ok = true;
    for (size_t i = 0; ok && section && i < section->setting_count; i++) {
        const struct setting *setting = &section->settings[i];
        const char *name = setting->name + strlen(KEY_SAMPLE_PREFIX);
        if (setting->key->type != KEY_SAMPLE || is_set(section, name))
            continue;
        const struct key *key = key_find(SECTION_PROFILE, name);
        ok = buf_printf(out, "%s%s = %s\n", key ? "" : KEY_OWN_PREFIX, name, setting->value);
    }
    return ok;
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

static bool is_among(const char *name, const char *samples) {
    size_t bytes = strlen(name);
    for (const char *line = samples; *line; line += strcspn(line, "\n") + 1)
        if (strncmp(line, name, bytes) == 0 && line[bytes] == ' ')
            return true;
    return false;
}

static bool add_profile(const struct profile *p, const char *samples, struct buf *out) {
    static const char *const names[] = {"base_url", "model", "voice", "format"};
    bool ok = buf_printf(out, "[profile:%s]\n", p->name);
    if (ok && *samples)
        ok = buf_printf(out, "# Yours to set: these are examples.\n%s\n", samples);
    for (size_t i = 0; ok && i < sizeof names / sizeof names[0]; i++)
        ok = is_among(names[i], samples) || add_var(p, names[i], out);
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

/* In place of what was in it. */
static bool fill(int fd, const struct buf *text, struct err *e) {
    if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0)
        return err_set_errno(e, errno, "cannot write " FILE_NAME);
    return file_write_all(fd, text->data, text->bytes, e);
}

static void say_next(const struct profile *p, bool has_samples) {
    printf("wrote " FILE_NAME ": profile %s, account %s\nnext: ", p->name, p->account);
    if (has_samples)
        fputs("set what is yours in " FILE_NAME ", then ", stdout);
    if (profile_missing_secret(p)) {
        fputs("export", stdout);
        for (size_t i = 0; i < p->secret_count; i++)
            if (!p->secrets[i].value && strcmp(p->secrets[i].name, PROFILE_SIGN_TOKEN) != 0)
                printf(" %s=YOUR-KEY", p->secrets[i].name);
        fputs(", then ", stdout);
    }
    puts("`ttsq check`, then `ttsq run FILE`");
}

/* A profile that lacks a value serves only when that stands in the file, so this comes first. */
static bool fill_sample(int fd, const char *profile, const char *samples, struct err *e) {
    struct buf text;
    buf_init(&text, FILE_BYTES_MAX);
    bool ok = buf_printf(&text, "[profile:%s]\n%s", profile, samples) ||
              err_set(e, ERR_MEMORY, "no memory for " FILE_NAME);
    ok = ok && fill(fd, &text, e);
    buf_release(&text);
    return ok;
}

/* The default profile serves though its key is not there yet, so all of it can be told. */
static bool fill_whole(int fd, const char *profile, const char *samples, struct err *e) {
    struct config *config;
    struct buf text;
    if (setenv("TTSQ_PROFILE", profile, 1) != 0)
        return err_set_errno(e, errno, "cannot set TTSQ_PROFILE");
    if (!config_load(&config, e))
        return false;
    const struct profile *p = config_profile(config, profile);
    buf_init(&text, FILE_BYTES_MAX);
    bool ok = p || err_set(e, ERR_NOT_FOUND, "there is no profile '%.100s'", profile);
    if (ok && !(add_queue(p, &text) && add_profile(p, samples, &text) &&
                add_account(config, p, &text) && add_secrets(p, &text)))
        ok = err_set(e, ERR_MEMORY, "no memory for " FILE_NAME);
    ok = ok && fill(fd, &text, e);
    if (ok)
        say_next(p, *samples != '\0');
    buf_release(&text);
    config_free(config);
    return ok;
}

static bool find_samples(const char *profile, struct buf *out, struct err *e) {
    struct config *config;
    if (!config_load(&config, e))
        return false;
    bool ok =
        add_samples(config, profile, out) || err_set(e, ERR_MEMORY, "no memory for " FILE_NAME);
    config_free(config);
    return ok;
}

static bool write_file(int fd, const char *profile, struct err *e) {
    struct buf samples;
    buf_init(&samples, FILE_BYTES_MAX);
    bool ok = find_samples(profile, &samples, e) &&
              (samples.bytes == 0 || fill_sample(fd, profile, buf_str(&samples), e)) &&
              fill_whole(fd, profile, buf_str(&samples), e);
    buf_release(&samples);
    return ok;
}

static bool init(const char *profile, struct err *e) {
    int fd;
    if (!create(&fd, e))
        return false;
    bool ok = write_file(fd, profile, e);
    if (close(fd) != 0 && ok)
        ok = err_set_errno(e, errno, "cannot write " FILE_NAME);
    if (!ok)
        (void)unlink(FILE_NAME);
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
