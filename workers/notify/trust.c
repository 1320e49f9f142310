/* trust.c: see trust.h. */
#include "workers/notify/trust.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A group of one's own, as Debian makes one for each user:
 * named as he is, without other members. */
static bool is_own_group(gid_t gid) {
    const struct passwd *user = getpwuid(geteuid());
    char name[LOGIN_NAME_MAX];
    if (!user || user->pw_gid != gid)
        return false;
    (void)snprintf(name, sizeof name, "%s", user->pw_name);
    const struct group *group = getgrgid(gid);
    if (!group || strcmp(group->gr_name, name) != 0)
        return false;
    for (char **member = group->gr_mem; *member; member++)
        if (strcmp(*member, name) != 0)
            return false;
    return true;
}

static bool is_private(const char *path, struct err *e) {
    struct stat st;
    if (stat(path, &st) != 0)
        return err_set_errno(e, errno, "cannot look at %.300s", path);
    if (st.st_uid == geteuid() && !(st.st_mode & S_IWOTH) &&
        (!(st.st_mode & S_IWGRP) || is_own_group(st.st_gid)))
        return true;
    return err_set(e, ERR_CONFIG, "others may write to %.300s", path);
}

static bool is_private_queue(const char *database, struct err *e) {
    char folder[PATH_MAX];
    const char *slash = strrchr(database, '/');
    int n = snprintf(folder, sizeof folder, "%.*s/", (int)(slash - database), database);
    return n > 0 && (size_t)n < sizeof folder && is_private(database, e) && is_private(folder, e);
}

static bool is_listed(char *const *allow, const char *program) {
    for (size_t i = 0; allow && allow[i]; i++)
        if (strcmp(allow[i], program) == 0)
            return true;
    return false;
}

bool trust_command(const struct config *c, const char *line, char *const *words, struct err *e) {
    struct err why;
    if ((c->ending.on_done && strcmp(c->ending.on_done, line) == 0) ||
        is_listed(c->ending.on_done_allow, words[0]) || is_private_queue(c->database, &why))
        return true;
    return err_set(e, ERR_CONFIG,
                   "%.100s is not in on_done.allow, and %.250s, so it would run what they name",
                   words[0], why.msg);
}
