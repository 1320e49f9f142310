/* cmd_check.c: `ttsq check`: is everything there that the queue needs? One line a question. */
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/space.h"
#include "cli/args.h"
#include "cli/care/check.h"
#include "cli/care/compact.h"
#include "cli/care/memory_need.h"
#include "cli/care/stray.h"
#include "cli/cli.h"
#include "cli/service.h"
#include "cli/session.h"
#include "cli/view/room.h"
#include "cli/view/text.h"
#include "config/sheet.h"
#include "fleet/served.h"

#define ORIGIN_BYTES_MAX (4 * 1024 * 1024)
#define SPACE_LOW_BYTES (INT64_C(256) * 1024 * 1024)
#define MIB (1024.0 * 1024.0)

struct options {
    bool origin, deep, online, json;
};

static const struct argp_option option_table[] = {
    {"origin", ARGS_FLAG(struct options, origin), NULL, 0,
     "Print every setting and where it came from", 0},
    {"deep", ARGS_FLAG(struct options, deep), NULL, 0,
     "Read the whole database, look for every result", 0},
    {"online", ARGS_FLAG(struct options, online), NULL, 0,
     "Connect to each provider, check its certificate; sends no request", 0},
    {"json", ARGS_FLAG(struct options, json), NULL, 0, "One JSON document", 0},
    {0},
};

static const char doc[] =
    "Check configuration, database, folders, secrets and service.\n"
    "\n"
    "  ttsq check\n"
    "  ttsq check --deep            read the whole database, look for every result\n"
    "  ttsq check --online          are the providers there?\n"
    "  ttsq check --json            for programs\n"
    "  ttsq check --origin          which setting came from where\n"
    "\v"
    "Exit code 0: all is well, or there are warnings only. 78: the configuration is wrong. 65: the "
    "database is damaged. 5: the database is gone, or a provider cannot be reached.";

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_END:
        if (o->json && o->origin)
            argp_error(state, "--json and --origin are not for the same time");
        return 0;
    case ARGP_KEY_ARG:
        args_refuse(state, text);
    default:
        return args_remember(key, text, state);
    }
}

static void check_files(const struct check *c) {
    char **files = c->session.config->files, shown[TEXT_SHOWN_BYTES];
    if (!files || !files[0])
        check_ok(c, "configuration: built-in defaults, no file found");
    for (char **file = files; file && *file; file++)
        check_ok(c, "configuration: %s", text_show(*file, 200, shown));
}

static void check_folder(struct check *c, const char *what, const char *path) {
    struct err e;
    char shown[TEXT_SHOWN_BYTES];
    text_show(path, 200, shown);
    if (access(path, F_OK) != 0 && errno != EACCES) {
        check_warn(c, "%s: %s is not there yet; `ttsq enqueue` makes it", what, shown);
        return;
    }
    if (access(path, R_OK | W_OK | X_OK) != 0) {
        (void)err_set(&e, ERR_IO, "%.300s cannot be written by this user", shown);
        (void)session_no_access(path, &e);
        (void)err_prefix(&e, "%s", what);
        check_fail(c, &e);
        return;
    }
    int64_t left = space_free_bytes(path);
    if (left < SPACE_LOW_BYTES)
        check_warn(c, "%s: %s has only %.0f MiB left", what, shown, (double)left / MIB);
    else
        check_ok(c, "%s: %s, %.0f MiB free", what, shown, (double)left / MIB);
}

static void check_folders(struct check *c) {
    const struct config *config = c->session.config;
    char *copy = ensure_strdup(config->database);
    check_folder(c, "database folder", dirname(copy));
    check_folder(c, "results folder", config->results);
    check_folder(c, "locks", config->fleet);
    free(copy);
    struct room room;
    room_look(config, &room);
    if (room.low)
        check_warn(c, "space: %s", room.why);
}

/* Nobody has begun: no database, and nothing of the kind that stands beside one. */
static bool is_untouched(const struct config *c) {
    return access(c->database, F_OK) != 0 && errno == ENOENT && access(c->fleet, F_OK) != 0;
}

static void check_database(struct check *c) {
    struct err e;
    char shown[TEXT_SHOWN_BYTES];
    struct store_verdict v = store_version_verdict();
    if (v.wal_reset_race)
        check_warn(c, "%s: %s", v.library, v.advice);
    else
        check_ok(c, "%s: %s", v.library, v.advice);
    if (is_untouched(c->session.config))
        check_warn(c, "database: %s is not there yet; `ttsq enqueue` makes it",
                   text_show(c->session.config->database, 200, shown));
    else if (!store_open(&c->session.store, c->session.config->database, STORE_READ, &e) ||
             !store_verify(c->session.store, c->deep, &e)) {
        (void)session_no_access(c->session.config->database, &e);
        check_fail(c, &e);
    } else {
        check_ok(c, "database: %s, %s", text_show(c->session.config->database, 200, shown),
                 c->deep ? "read to the last byte" : "counts agree");
    }
}

/* Room for rows; calls want room on the disk, for the log and for answers in files. */
static void check_free(struct check *c) {
    struct err e;
    struct store_size size;
    if (!c->session.store)
        return;
    if (!store_database_size(c->session.store, &size, &e))
        check_fail(c, &e);
    else if (size.free_bytes >= COMPACT_FREE_TOLD_BYTES)
        check_ok(c,
                 "database: %.1f MiB inside it are free, and used again; `ttsq prune --compact` "
                 "gives them back to the disk",
                 (double)size.free_bytes / MIB);
}

/* Whether the answers outside of the database are there; whether they are right, their delivery
 * tells. */
static void check_results(struct check *c) {
    struct stray found;
    struct err e;
    if (!c->deep || !c->session.store)
        return;
    if (!stray_find(&c->session, &found, &e)) {
        check_fail(c, &e);
        return;
    }
    if (found.missing.count > 0) {
        (void)err_set(&e, ERR_CORRUPT,
                      "results: %zu files with answers are not there whole, first %.200s; `ttsq "
                      "audit` names all",
                      found.missing.count, found.missing.path[0]);
        check_fail(c, &e);
    } else {
        check_ok(c, "results: %" PRId64 " answers outside of the database, all there",
                 found.results);
    }
    if (found.unowned.count > 0)
        check_warn(c,
                   "results: %zu files (%.1f MiB) that no answer is on record for; `ttsq audit "
                   "--repair` puts them aside",
                   found.unowned.count, (double)found.unowned_bytes / MIB);
    stray_release(&found);
}

static void check_memory(struct check *c) {
    struct err e;
    if (memory_need_check(c->session.config, &e))
        check_ok(c, "memory: enough for every call, up to %" PRId64 " MiB",
                 memory_need_bytes(c->session.config) >> 20);
    else if (e.code == ERR_MEMORY)
        check_warn(c, "memory: %s", e.msg);
    else
        check_fail(c, &e);
}

/* Keys are for the service's user alone to read: to others the service itself tells. */
static bool service_has_keys(const struct config *c) {
    bool has = service_is_running(c->fleet) && served_is_anothers(c->fleet);
    for (size_t i = 0; has && i < c->profile_count; i++)
        has = !profile_missing_secret(c->profiles[i]) ||
              served_has_key(c->fleet, c->profiles[i]->name);
    return has;
}

static size_t count_secrets(const struct config *c) {
    size_t count = 0;
    for (size_t i = 0; i < c->profile_count; i++)
        for (size_t k = 0; k < c->profiles[i]->secret_count; k++)
            count += c->profiles[i]->secrets[k].value != NULL;
    return count;
}

static void check_secrets(struct check *c) {
    struct err e;
    bool has_all = config_secrets_check(c->session.config, &e);
    if (has_all && count_secrets(c->session.config) == 0)
        check_ok(c, "secrets: none; the profiles in service need none");
    else if (has_all)
        check_ok(c, "secrets: what the profiles need is there");
    else if (service_has_keys(c->session.config))
        check_ok(c, "secrets: the running service has what the profiles need, this user has not");
    else
        check_fail(c, &e);
}

static void check_expiry(const struct check *c) {
    const struct config *config = c->session.config;
    char line[PROFILE_EXPIRY_BYTES];
    for (size_t i = 0; i < config->profile_count; i++)
        if (c->is_used[i] && profile_expiry(config->profiles[i], clock_wall_ms(), line))
            check_warn(c, "%s", line);
}

/* A slip in an account's name would leave its limits unused, and a profile without them. */
static void check_accounts(const struct check *c) {
    const struct sheet *sheet = c->session.config->sheet;
    const struct key *key = key_find(SECTION_PROFILE, "account");
    char name[TEXT_SHOWN_BYTES], account[TEXT_SHOWN_BYTES];
    for (size_t i = 0; i < sheet->section_count; i++) {
        const struct sheet_section *section = &sheet->sections[i];
        const struct setting *setting =
            section->kind == SECTION_PROFILE ? sheet_setting(section, key, "account") : NULL;
        text_show(section->name, 60, name);
        if (section->kind == SECTION_ACCOUNT && !section->built_in &&
            !config_uses_account(c->session.config, section->name))
            check_warn(c, "account %s: no profile uses it; a profile names it with `account = %s`",
                       name, name);
        if (setting && !section->built_in && !sheet_section(sheet, SECTION_ACCOUNT, setting->value))
            check_warn(c, "profile %s: there is no [account:%s], so the defaults are its limits",
                       name, text_show(setting->value, 60, account));
    }
}

static void check_service(const struct check *c) {
    const struct config *config = c->session.config;
    struct served_failure failure;
    char shown[TEXT_SHOWN_BYTES];
    if (service_failure(config->fleet, &failure))
        check_warn(c, "supervisor: running; " SERVICE_FAILED "%s",
                   text_show(failure.why, SERVICE_WHY_SHOWN, shown));
    else if (service_is_running(config->fleet))
        check_ok(c, "supervisor: running");
    else if (access(c->session.config->fleet, X_OK) != 0 && errno == EACCES)
        check_warn(c, "supervisor: this user cannot see whether one is running");
    else
        check_warn(c, "supervisor: not running; start it with `%s` or use `ttsq run`",
                   service_command(config));
}

static void look(struct check *c) {
    check_files(c);
    check_folders(c);
    check_database(c);
    check_free(c);
    check_find_used(c);
    check_results(c);
    check_memory(c);
    check_secrets(c);
    check_expiry(c);
    check_accounts(c);
    check_service(c);
    if (c->deep)
        check_deep(c);
    if (c->online)
        check_online(c);
}

static void print_json(struct check *c) {
    text_json_print(json_pack("{s:s, s:i, s:o}", "message_type", "check", "exit_code", c->code,
                              "checks", c->lines),
                    false);
    c->lines = NULL;
}

static int print_origin(const struct config *config) {
    struct buf text;
    struct err e;
    buf_init(&text, ORIGIN_BYTES_MAX);
    bool done = config_print_origin(config, &text, &e);
    if (done)
        fputs(buf_str(&text), stdout);
    buf_release(&text);
    return done ? 0 : cli_fail(&e);
}

const struct argp cmd_check_argp = {
    .options = option_table, .parser = on_option, .doc = doc, .children = args_children};

int cmd_check(int argc, char **argv) {
    struct options o = {0};
    struct check c = {.code = 0};
    struct err e;
    args_parse(&cmd_check_argp, argc, argv, &o);
    c.deep = o.deep;
    c.online = o.online;
    if (o.json)
        c.lines = json_array();
    if (!config_load(&c.session.config, &e))
        check_fail(&c, &e);
    else if (o.origin)
        c.code = print_origin(c.session.config);
    else
        look(&c);
    if (c.lines)
        print_json(&c);
    session_close(&c.session);
    return c.code;
}
