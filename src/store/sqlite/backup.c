/*
 * backup: one consistent copy of the database while everybody goes on. SQLite's backup API reads it
 * in a single transaction; a plain copy of the file would tear, and opening it here would drop
 * SQLite's locks.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ensure.h"
#include "store/sqlite/db.h"

static bool copy_error(sqlite3 *copy, int rc, const char *path, struct err *e) {
    enum err_code code = (rc & 0xff) == SQLITE_FULL ? ERR_SPACE
                         : (rc & 0xff) == SQLITE_NOTADB || (rc & 0xff) == SQLITE_CORRUPT
                             ? ERR_CORRUPT
                             : ERR_IO;
    return err_set(e, code, "%s: %s", path, copy ? sqlite3_errmsg(copy) : sqlite3_errstr(rc));
}

static bool copy_pages(struct store *s, sqlite3 *copy, const char *path, struct err *e) {
    sqlite3_backup *backup = sqlite3_backup_init(copy, "main", s->db, "main");
    if (!backup)
        return copy_error(copy, sqlite3_errcode(copy), path, e);
    int rc = sqlite3_backup_step(backup, -1);
    int end = sqlite3_backup_finish(backup);
    if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
        return err_set(e, ERR_DB_LOCKED, "%s: locked; try again", s->path);
    return (rc == SQLITE_DONE && end == SQLITE_OK) || copy_error(copy, rc, path, e);
}

static bool is_whole(sqlite3 *copy, const char *path, struct err *e) {
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(copy, "PRAGMA integrity_check(1)", -1, &stmt, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    bool ok = rc == SQLITE_ROW && strcmp(db_text(stmt, 0), "ok") == 0;
    if (rc == SQLITE_ROW && !ok)
        (void)err_set(e, ERR_CORRUPT, "%s: not whole: %s", path, db_text(stmt, 0));
    else if (!ok)
        (void)copy_error(copy, rc, path, e);
    (void)sqlite3_finalize(stmt);
    return ok;
}

/* Leaves the copy as one file that needs nothing beside it; opening the store makes it a WAL
 * database again. */
bool store_backup(struct store *s, const char *path, struct err *e) {
    sqlite3 *copy = NULL;
    PRE(path[0] == '/');
    if (access(path, F_OK) == 0)
        return err_set(e, ERR_FAILED, "%s is there already", path);
    int rc = sqlite3_open_v2(path, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    bool ok = (rc == SQLITE_OK || copy_error(copy, rc, path, e)) && copy_pages(s, copy, path, e);
    if (ok && (rc = sqlite3_exec(copy, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL)) != 0)
        ok = copy_error(copy, rc, path, e);
    ok = ok && is_whole(copy, path, e);
    (void)sqlite3_close(copy);
    return ok;
}

/* Of a handle only what reading takes: the place of the copy, its file system and its owner are of
 * no concern. */
bool store_backup_results(const char *path,
                          void (*each)(const struct store_audit_result *row, void *arg), void *arg,
                          struct err *e) {
    struct store *copy = ensure_alloc(sizeof *copy);
    copy->path = ensure_strdup(path);
    int rc = sqlite3_open_v2(path, &copy->db, SQLITE_OPEN_READONLY, NULL);
    bool ok = (rc == SQLITE_OK || copy_error(copy->db, rc, path, e)) &&
              store_audit_results(copy, each, arg, e);
    db_finalize_all(copy);
    (void)sqlite3_close(copy->db);
    free(copy->path);
    free(copy);
    return ok;
}

bool store_backup_check(const char *path, struct err *e) {
    sqlite3 *copy = NULL;
    int rc = sqlite3_open_v2(path, &copy, SQLITE_OPEN_READONLY, NULL);
    bool ok = (rc == SQLITE_OK || copy_error(copy, rc, path, e)) && is_whole(copy, path, e);
    (void)sqlite3_close(copy);
    return ok;
}
