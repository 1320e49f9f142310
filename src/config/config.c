/* config.c: see config.h. Which sources there are and in which order. */
#include "config/config.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ensure.h"
#include "config/build.h"
#include "config/load.h"
#include "config/sheet.h"
#include "config/value.h"

#define SYSTEM_FOLDER "/etc/ttsq"
#define PROVIDERS_FOLDER "/providers.d/"
#define FOLDER_FILES_MAX 256
#define FILE_SUFFIX ".ini"

static const char *env(const char *name) {
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static const char *home(void) {
    const char *folder = env("HOME");
    if (folder)
        return folder;
    const struct passwd *user = getpwuid(geteuid());
    return user ? user->pw_dir : "/";
}

/* $VARIABLE/NAME, or ~/FALLBACK/NAME; XDG says that relative folders are to be ignored. */
static char *xdg_path(const char *variable, const char *fallback, const char *name) {
    const char *folder = env(variable);
    if (folder && folder[0] == '/')
        return value_path(folder, name);
    char *base = value_path(home(), fallback);
    char *path = value_path(base, name);
    free(base);
    return path;
}

/* NAME in the folder of `path`: two queues never share their answers unless they are told to. */
static char *beside(const char *path, const char *name) {
    char *folder = ensure_strdup(path);
    char *slash = strrchr(folder, '/');
    ASSERT(slash);
    slash[slash == folder] = '\0';
    char *out = value_path(folder, name);
    free(folder);
    return out;
}

/* What no source has set: the user's own folders. */
static void fill_paths(struct config *c) {
    char *state = xdg_path("XDG_STATE_HOME", ".local/state", "ttsq");
    const char *runtime = env("XDG_RUNTIME_DIR");
    if (!c->database)
        c->database = value_path(state, "queue.db");
    if (!c->results)
        c->results = beside(c->database, "results");
    if (!c->runtime)
        c->runtime =
            runtime && runtime[0] == '/' ? value_path(runtime, "ttsq") : value_path(state, "run");
    free(state);
}

static bool as_config_error(struct err *e) {
    e->code = ERR_CONFIG;
    return false;
}

/* A file that anybody may write could send keys anywhere. */
static bool check_writers(const char *path, bool ours_only, struct err *e) {
    struct stat st;
    if (stat(path, &st) != 0)
        return true; /* reading it will say why */
    if (S_ISREG(st.st_mode) && (st.st_mode & S_IWOTH))
        return err_set(e, ERR_CONFIG, "%s: anybody may write this file; chmod o-w it", path);
    uid_t us = geteuid();
    if (ours_only && us != 0 && st.st_uid != us && st.st_uid != 0)
        return err_set(e, ERR_CONFIG,
                       "%s: belongs to another user; if you trust it, use TTSQ_CONFIG=%s", path,
                       path);
    return true;
}

static bool read_file(struct sheet *s, const char *path, bool ours_only, struct err *e) {
    if (!check_writers(path, ours_only, e))
        return false;
    return sheet_read_file(s, path, e) || as_config_error(e);
}

static bool read_file_if_there(struct sheet *s, const char *path, bool ours_only, struct err *e) {
    if (access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return true;
    return read_file(s, path, ours_only, e);
}

static int is_ini(const struct dirent *entry) {
    size_t n = strlen(entry->d_name);
    return entry->d_name[0] != '.' && n > strlen(FILE_SUFFIX) &&
           strcmp(entry->d_name + n - strlen(FILE_SUFFIX), FILE_SUFFIX) == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool read_entries(struct sheet *s, const char *folder, struct dirent **entries, int count,
                         struct err *e) {
    if (count > FOLDER_FILES_MAX)
        return err_set(e, ERR_CONFIG, "%s: more than %d files", folder, FOLDER_FILES_MAX);
    for (int i = 0; i < count; i++) {
        char *path = value_path(folder, entries[i]->d_name);
        bool ok = read_file(s, path, false, e);
        free(path);
        if (!ok)
            return false;
    }
    return true;
}

static bool read_folder(struct sheet *s, const char *parent, const char *name, struct err *e) {
    char *folder = value_path(parent, name);
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_ini, by_bytes);
    bool ok = true;
    if (count < 0 && errno != ENOENT && errno != ENOTDIR)
        ok = err_set_errno(e, errno, "%s: cannot read", folder) || as_config_error(e);
    else if (count > 0)
        ok = read_entries(s, folder, entries, count, e);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    free(folder);
    return ok;
}

static bool read_system(struct sheet *s, const char *folder, struct err *e) {
    char *path = value_path(folder, "ttsq.ini");
    bool ok = read_file_if_there(s, path, false, e) && read_folder(s, folder, "conf.d", e) &&
              read_folder(s, folder, "providers.d", e);
    free(path);
    return ok;
}

static bool read_user(struct sheet *s, struct err *e) {
    char *path = xdg_path("XDG_CONFIG_HOME", ".config", "ttsq/ttsq.ini");
    bool ok = read_file_if_there(s, path, false, e);
    free(path);
    return ok;
}

static bool read_project(struct sheet *s, const char *folder, struct err *e) {
    char *path = value_path(folder, "ttsq.ini");
    bool ok = read_file_if_there(s, path, true, e);
    free(path);
    return ok;
}

static bool read_only(struct sheet *s, const char *file, const char *folder, struct err *e) {
    char *path = value_path(folder, file);
    bool ok = read_file(s, path, false, e) || err_prefix(e, "TTSQ_CONFIG");
    free(path);
    return ok;
}

static bool read_files(struct sheet *s, const char *system_folder, const char *folder,
                       struct err *e) {
    const char *only = env("TTSQ_CONFIG");
    if (only)
        return read_only(s, only, folder, e);
    return read_system(s, system_folder, e) && read_user(s, e) && read_project(s, folder, e);
}

static void read_environment(struct sheet *s) {
    static const struct {
        const char *variable, *key;
    } rows[] = {{"TTSQ_DATABASE", "database"},
                {"TTSQ_RESULTS", "results"},
                {"TTSQ_RUNTIME", "runtime"},
                {"TTSQ_WORKERS", "workers"},
                {"TTSQ_PROFILE", "profile"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (env(rows[i].variable))
            sheet_set_from_environment(s, rows[i].key, rows[i].variable, env(rows[i].variable));
}

static struct config *config_new(void) {
    struct config *c = ensure_alloc(sizeof *c);
    *c = (struct config){.sheet = ensure_alloc(sizeof *c->sheet)};
    sheet_init(c->sheet);
    return c;
}

static void free_list(char **list) {
    for (size_t i = 0; list && list[i]; i++)
        free(list[i]);
    free(list);
}

static void free_ending(struct config_ending *ending) {
    free(ending->on_done);
    free_list(ending->on_done_allow);
    free(ending->notify);
    free_list(ending->notify_allow);
    free(ending->notify_secret);
    if (ending->secret.value)
        explicit_bzero(ending->secret.value, strlen(ending->secret.value));
    free(ending->secret.name);
    free(ending->secret.value);
    free(ending->secret.problem);
}

void config_free(struct config *c) {
    if (!c)
        return;
    for (size_t i = 0; i < c->profile_count; i++)
        profile_free(c->profiles[i]);
    for (size_t i = 0; i < c->account_count; i++)
        free(c->accounts[i].name);
    for (size_t i = 0; i < c->aside_count; i++) {
        free(c->aside[i].name);
        free(c->aside[i].problem);
    }
    sheet_release(c->sheet);
    free(c->sheet);
    free(c->database);
    free(c->results);
    free(c->runtime);
    free(c->fleet);
    free(c->profile);
    free_ending(&c->ending);
    free(c);
}

/* What lies beside a database lies beside the file, as SQLite's own files do, and not beside a link
 * to it. */
static bool follow_link(char **path, struct err *e) {
    struct stat st;
    if (lstat(*path, &st) != 0 || !S_ISLNK(st.st_mode))
        return true;
    char *real = realpath(*path, NULL);
    if (!real)
        return err_set_errno(e, errno, "database = %s: the link leads nowhere", *path);
    free(*path);
    *path = real;
    return true;
}

static bool settle_database(struct config *c, struct err *e) {
    if (!follow_link(&c->database, e))
        return false;
    size_t bytes = strlen(c->database);
    c->fleet = ensure_alloc(bytes + sizeof CONFIG_FLEET_SUFFIX);
    memcpy(c->fleet, c->database, bytes);
    memcpy(c->fleet + bytes, CONFIG_FLEET_SUFFIX, sizeof CONFIG_FLEET_SUFFIX);
    return true;
}

/* Nothing works until the file is mended, perhaps by somebody else. */
static void say_who_mends(const struct sheet *s, struct err *e) {
    struct stat st;
    for (char **file = s->files; file && *file; file++) {
        const struct passwd *owner;
        size_t used = strlen(e->msg);
        if (!strstr(e->msg, *file) || access(*file, W_OK) == 0 || stat(*file, &st) != 0)
            continue;
        owner = getpwuid(st.st_uid);
        (void)snprintf(e->msg + used, sizeof e->msg - used, " (%.60s may mend this file, not you)",
                       owner ? owner->pw_name : "its owner");
        return;
    }
}

static bool names_database(const struct sheet *s, const char *system_folder) {
    const struct setting *database = sheet_setting(sheet_section(s, SECTION_TTSQ, ""),
                                                   key_find(SECTION_TTSQ, "database"), "database");
    size_t bytes = strlen(system_folder);
    return database && strncmp(database->file, system_folder, bytes) == 0 &&
           database->file[bytes] == '/';
}

bool load_config(const char *system_folder, struct config **out, struct err *e) {
    char folder[PATH_MAX];
    if (!getcwd(folder, sizeof folder)) {
        (void)err_set_errno(e, errno, "cannot tell the current folder");
        return as_config_error(e);
    }
    struct config *c = config_new();
    bool ok = sheet_read_presets(c->sheet, e) && read_files(c->sheet, system_folder, folder, e);
    if (ok) {
        read_environment(c->sheet);
        ok = build_config(c->sheet, folder, c, e);
    }
    if (!ok) {
        say_who_mends(c->sheet, e);
        config_free(c);
        return as_config_error(e);
    }
    fill_paths(c);
    if (!settle_database(c, e)) {
        config_free(c);
        return as_config_error(e);
    }
    c->files = c->sheet->files;
    c->is_of_machine = names_database(c->sheet, system_folder);
    *out = c;
    return true;
}

bool config_load(struct config **out, struct err *e) {
    return load_config(SYSTEM_FOLDER, out, e);
}

const struct profile *config_profile(const struct config *c, const char *name) {
    for (size_t i = 0; i < c->profile_count; i++)
        if (strcmp(c->profiles[i]->name, name) == 0)
            return c->profiles[i];
    return NULL;
}

/* A folder of profiles that a package brought is no choice of the user's. */
static bool is_users(const struct sheet_section *section) {
    return !section->built_in && !strstr(section->file, PROVIDERS_FOLDER);
}

bool config_sets_account(const struct config *c, const char *name) {
    for (size_t i = 0; i < c->sheet->section_count; i++) {
        const struct sheet_section *section = &c->sheet->sections[i];
        if (!is_users(section))
            continue;
        const struct profile *p =
            section->kind == SECTION_PROFILE ? config_profile(c, section->name) : NULL;
        if ((p && strcmp(p->account, name) == 0) ||
            (section->kind == SECTION_ACCOUNT && strcmp(section->name, name) == 0))
            return true;
    }
    return false;
}

bool config_uses_account(const struct config *c, const char *name) {
    for (size_t i = 0; i < c->profile_count; i++)
        if (strcmp(c->profiles[i]->account, name) == 0)
            return true;
    return false;
}

const struct config_account *config_account(const struct config *c, const char *name) {
    for (size_t i = 0; i < c->account_count; i++)
        if (strcmp(c->accounts[i].name, name) == 0)
            return &c->accounts[i];
    return NULL;
}

bool config_profile_is_aside(const struct config *c, const char *name, struct err *e) {
    for (size_t i = 0; i < c->aside_count; i++) {
        if (strcmp(c->aside[i].name, name) != 0)
            continue;
        (void)err_set(e, ERR_CONFIG, "%s", c->aside[i].problem);
        return true;
    }
    return false;
}

bool config_secrets_check(const struct config *c, struct err *e) {
    for (size_t i = 0; i < c->profile_count; i++) {
        const struct profile_secret *missing = profile_missing_secret(c->profiles[i]);
        if (missing)
            return err_set(e, ERR_CONFIG, "profile %s: secret %s: %s", c->profiles[i]->name,
                           missing->name, missing->problem);
    }
    return true;
}
