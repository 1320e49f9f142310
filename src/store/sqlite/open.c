/*
 * open: from a path to a usable store: refusals with one clear line, settings, migration, boot.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/file.h"
#include "store/sqlite/db.h"

#define CACHE_BLOCK_PAGES 256
#define DATABASE_MODE 0660        /* subject to the umask */
#define APPLICATION_ID 0x74747371 /* "ttsq", in the file's header for file(1) and for us */
#define DELAY_LEFT_MAX_MS (366LL * 24 * 3600 * 1000)

static const struct {
    int version;
    const char *sql;
} schema[] = {
#define SCHEMA_ROW(number, text) {number, text},
    SQL_SCHEMA(SCHEMA_ROW)
#undef SCHEMA_ROW
};
#define SCHEMA_NEWEST (schema[sizeof schema / sizeof schema[0] - 1].version)

/* Settings of every connection; without the first two a commit can be lost. */
static const char settings[] = "PRAGMA synchronous = FULL;"
                               "PRAGMA wal_autocheckpoint = 0;"
                               "PRAGMA mmap_size = 0;"
                               "PRAGMA foreign_keys = OFF;" /* held by the code, tested by verify */
                               "PRAGMA trusted_schema = OFF;"
                               "PRAGMA cell_size_check = ON;"
                               "PRAGMA temp_store = MEMORY;"
                               /* Debian's default writes zeros over each page that becomes free:
                                * removing answers would need as much room as they have. */
                               "PRAGMA secure_delete = FAST;"
                               "PRAGMA journal_size_limit = 67108864;";

static bool exec(struct store *s, const char *sql, const char *doing, struct err *e) {
    int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK || db_error(s, rc, doing, e);
}

static bool pragma_int(struct store *s, const char *sql, int64_t *value, struct err *e) {
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    bool ok = rc == SQLITE_ROW;
    if (ok)
        *value = sqlite3_column_int64(stmt, 0);
    else
        (void)db_error(s, rc, "reading the header", e);
    (void)sqlite3_finalize(stmt);
    return ok;
}

static char *folder_of(const char *path) {
    char *folder = ensure_strdup(path);
    char *slash = strrchr(folder, '/');
    ASSERT(slash);
    slash[slash == folder] = '\0';
    return folder;
}

static bool refuse_place(const char *path, enum store_mode mode, struct err *e) {
    struct stat st;
    if (stat(path, &st) != 0) {
        if (errno != ENOENT)
            return err_set(e, ERR_NO_SERVICE, "%s: %s", path, strerror(errno));
        if (mode != STORE_CREATE)
            return err_set(e, ERR_NO_SERVICE,
                           "%s: no database there; `ttsq enqueue` or `ttsq supervise` makes it",
                           path);
    } else if (!S_ISREG(st.st_mode)) {
        return err_set(e, ERR_CONFIG, "%s: not a regular file", path);
    }
    char *folder = folder_of(path);
    bool network = false;
    const char *kind = "";
    bool ok = (mode != STORE_CREATE || file_mkdir_p(folder, 0770, e)) &&
              file_is_network_fs(folder, &network, &kind, e);
    if (ok && network)
        ok = err_set(e, ERR_CONFIG, "%s: on a network filesystem (%s); the queue needs a local one",
                     path, kind);
    free(folder);
    return ok;
}

static void apply_limits(struct store *s) {
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    (void)sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 0);
    db_wait_for_locks(s);
}

static bool migrate_from(struct store *s, int64_t version, struct err *e) {
    for (size_t i = 0; i < sizeof schema / sizeof schema[0]; i++) {
        if (schema[i].version <= version)
            continue;
        if (!exec(s, schema[i].sql, "migrating", e))
            return false;
        char *pragma = sqlite3_mprintf("PRAGMA user_version = %d", schema[i].version);
        ASSERT(pragma);
        bool ok = exec(s, pragma, "migrating", e);
        sqlite3_free(pragma);
        if (!ok)
            return false;
    }
    return true;
}

/* The tables first: another process may create the database between two of these reads, and its
 * number and its tables come in one transaction. */
static bool read_version(struct store *s, int64_t *version, struct err *e) {
    int64_t application = 0, tables = 0;
    if (!pragma_int(s, "SELECT count(*) FROM sqlite_schema", &tables, e) ||
        !pragma_int(s, "PRAGMA application_id", &application, e) ||
        !pragma_int(s, "PRAGMA user_version", version, e))
        return false;
    if (application != APPLICATION_ID && tables > 0)
        return err_set(e, ERR_CONFIG, "%s: a database of another program, not ttsq's", s->path);
    if (*version > SCHEMA_NEWEST)
        return err_set(e, ERR_DB_NEWER,
                       "%s: schema %lld is newer than this program's %d; upgrade ttsq", s->path,
                       (long long)*version, SCHEMA_NEWEST);
    return true;
}

/* Inside the transaction the version is read again: another process may have migrated meanwhile. */
static bool migrate(struct store *s, struct err *e) {
    if (!turn_lock_take(&s->turn, &s->turn_wait_us, e))
        return false;
    bool ok = exec(s, "PRAGMA journal_mode = WAL", "switching to WAL", e) &&
              exec(s, "BEGIN IMMEDIATE", "migrating", e);
    if (ok) {
        int64_t version = 0;
        ok = read_version(s, &version, e) &&
             (version > 0 || exec(s, "PRAGMA application_id = 1953788785", "migrating", e)) &&
             migrate_from(s, version, e) && exec(s, "COMMIT", "migrating", e);
        if (!ok)
            (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    }
    turn_lock_drop(&s->turn);
    return ok;
}

static bool read_boot(struct store *s, char known[CLOCK_BOOT_ID_BYTES], bool *found,
                      struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_meta_read, NO_BINDS);
    bool ok = db_row(s, stmt, found, e);
    if (ok && *found)
        (void)sqlite3_snprintf(CLOCK_BOOT_ID_BYTES, known, "%s", db_text(stmt, 0));
    db_done(stmt);
    return ok;
}

static bool move_deadlines(struct store *s, struct err *e) {
    int64_t now_boot_ms = clock_boot_ms();
    return db_run(s, Q_boot_delayed,
                  BINDS(INT(":now_boot_ms", now_boot_ms), INT(":now_ms", clock_wall_ms()),
                        INT(":most_ms", DELAY_LEFT_MAX_MS)),
                  NULL, e) &&
           db_run(s, Q_boot_accounts,
                  BINDS(INT(":now_boot_ms", now_boot_ms), INT(":now_ms", clock_wall_ms()),
                        INT(":most_ms", DELAY_LEFT_MAX_MS)),
                  NULL, e) &&
           db_run(s, Q_boot_leases, BINDS(INT(":now_boot_ms", now_boot_ms)), NULL, e) &&
           db_run(s, Q_boot_endings, NO_BINDS, NULL, e);
}

/* Looks again inside the transaction: another process may have been first. */
static bool move_to_boot(struct store *s, const char *boot_id, struct err *e) {
    char known[CLOCK_BOOT_ID_BYTES];
    bool found = false;
    if (!db_begin(s, e))
        return false;
    bool ok = read_boot(s, known, &found, e);
    if (ok && !found)
        ok = db_run(s, Q_meta_insert,
                    BINDS(TEXT(":boot_id", boot_id), INT(":now_ms", clock_wall_ms())), NULL, e);
    else if (ok && strcmp(known, boot_id) != 0)
        ok = move_deadlines(s, e) &&
             db_run(s, Q_meta_set_boot, BINDS(TEXT(":boot_id", boot_id)), NULL, e);
    return db_end(s, ok, e);
}

static bool check_boot(struct store *s, struct err *e) {
    char now[CLOCK_BOOT_ID_BYTES], known[CLOCK_BOOT_ID_BYTES];
    bool found = false;
    if (!clock_boot_id(now, e) || !read_boot(s, known, &found, e))
        return false;
    if (s->mode == STORE_READ || (found && strcmp(now, known) == 0))
        return true;
    return move_to_boot(s, now, e);
}

/* SQLite would make the file readable for the group only; the log and the index get its mode, too.
 * Whoever may write to the folder may write to the queue, whatever the umask of its first user.
 * Nobody has a file open that is not there, so closing it drops no locks. */
static bool create_file(const struct store *s, struct err *e) {
    int fd = open(s->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, DATABASE_MODE);
    if (fd >= 0) {
        char *folder = folder_of(s->path);
        file_share(fd, folder);
        free(folder);
        close(fd);
    }
    return fd >= 0 || errno == EEXIST ||
           err_set(e, ERR_NO_SERVICE, "%s: %s", s->path, strerror(errno));
}

/* A copy made by another program, or a person's PRAGMA, may have taken the log away; without it one
 * reader would stop all writers, and the checkpoint's rules would mean nothing. */
static bool ensure_wal(struct store *s, struct err *e) {
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(s->db, "PRAGMA journal_mode", -1, &stmt, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    bool ok = rc == SQLITE_ROW || db_error(s, rc, "reading the header", e);
    bool is_wal = ok && strcmp(db_text(stmt, 0), "wal") == 0;
    (void)sqlite3_finalize(stmt);
    if (!ok || is_wal || s->mode == STORE_READ)
        return ok;
    if (!turn_lock_take(&s->turn, &s->turn_wait_us, e))
        return false;
    ok = exec(s, "PRAGMA journal_mode = WAL", "switching to WAL", e);
    turn_lock_drop(&s->turn);
    return ok;
}

static bool open_db(struct store *s, struct err *e) {
    if (s->mode == STORE_CREATE && !create_file(s, e))
        return false;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                (s->mode == STORE_CREATE ? SQLITE_OPEN_CREATE : 0);
    int rc = sqlite3_open_v2(s->path, &s->db, flags, NULL);
    if (rc != SQLITE_OK)
        return db_error(s, rc, "opening", e);
    int64_t version = 0;
    apply_limits(s);
    if (!exec(s, settings, "opening", e) || !read_version(s, &version, e))
        return false;
    if (version < SCHEMA_NEWEST) {
        if (s->mode == STORE_READ)
            return err_set(e, ERR_NO_SERVICE, "%s: %s", s->path,
                           version == 0
                               ? "holds no queue yet; `ttsq supervise` or `ttsq enqueue` makes one"
                               : "made by an older ttsq; start `ttsq supervise` once");
        if (!migrate(s, e))
            return false;
    }
    if (!ensure_wal(s, e) || !check_boot(s, e))
        return false;
    return s->mode != STORE_READ || exec(s, "PRAGMA query_only = ON", "opening", e);
}

/* SQLite's allocation statistics take a global mutex at every malloc and nobody reads them. And its
 * page cache is emptied whenever another process has written, so by almost every turn of a busy
 * fleet: pages come from one block of the connection's, not from malloc each time. */
static void configure_library(void) {
    (void)sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    (void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, CACHE_BLOCK_PAGES);
}

bool store_open(struct store **out, const char *path, enum store_mode mode, struct err *e) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    PRE(path[0] == '/');
    (void)pthread_once(&once, configure_library);
    if (!refuse_place(path, mode, e))
        return false;
    struct store *s = ensure_alloc(sizeof *s);
    s->path = ensure_strdup(path);
    s->mode = mode;
    s->turn = TURN_LOCK_CLOSED;
    s->busy_ms = STORE_BUSY_MS;
    bool ok = (mode == STORE_READ || turn_lock_open(&s->turn, path, e)) && open_db(s, e);
    if (!ok) {
        store_close(s);
        return false;
    }
    *out = s;
    return true;
}

void store_close(struct store *s) {
    if (!s)
        return;
    db_finalize_all(s);
    (void)sqlite3_close(s->db); /* cannot fail: all statements are finalized */
    turn_lock_close(&s->turn);
    free(s->deltas);
    free(s->bills);
    free(s->path);
    free(s->who);
    free(s);
}

void store_set_patience(struct store *s, int busy_ms) {
    PRE(busy_ms > 0);
    s->busy_ms = busy_ms;
}

int64_t store_data_version(struct store *s) {
    struct err ignored; /* the caller's next real call says it better */
    int64_t version = -1;
    bool found;
    return db_int(s, Q_data_version, NO_BINDS, &version, &found, &ignored) ? version : -1;
}
