/*
 * checkpoint: copying the write-ahead log into the database without SQLite's WAL-reset race.
 *
 * The race needs a writer that resets the log while a checkpoint runs. So: no connection
 * checkpoints by itself (wal_autocheckpoint=0), the keeper does it in a write turn of its own,
 * and always in RESTART or TRUNCATE mode, which takes SQLite's own write lock first. SQLite falls
 * back to the exposed PASSIVE mode when the busy handler gives up on that lock; so the handler
 * never gives up before the lock is ours, and soon gives up on slow readers after. Which of the two
 * it is, is seen through the connection's own xShmLock; there a wait that has become too long (a
 * foreign program sits on the lock) is ended by an error, which SQLite passes on instead of falling
 * back.
 */
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "store/sqlite/checkpoint.h"
#include "store/sqlite/db.h"
#include "store/sqlite/holder.h"

#define READER_TRIES_MAX 10 /* × 1 ms: how long writers wait for a slow reader */
#define WAIT_NS 1000000L
#define WAL_PATH_MAX 4096
/* Foreign connections checkpoint by themselves past 1,000 frames; ours come first. */
#define WAL_FRAMES_MAX 900

/* The wal-index (sqlite.org/walformat.html, "The WAL-Index File Format"): its write lock, the bytes
 * of its first part, and there, in words of four bytes, mxFrame and nBackfill. */
#define WAL_WRITE_LOCK 0
#define WAL_INDEX_PART_BYTES 32768
#define WAL_INDEX_FRAMES 4
#define WAL_INDEX_COPIED 24

/* One checkpointing connection a process: SQLite's callbacks carry no argument of ours. */
static struct store *checkpointing;
static int64_t give_up_boot_ms; /* on the write lock */
static const sqlite3_io_methods *methods_before;
static sqlite3_io_methods methods_watched;

static int watched_shm_lock(sqlite3_file *file, int offset, int n, int flags) {
    int rc = methods_before->xShmLock(file, offset, n, flags);
    if (offset != WAL_WRITE_LOCK || !(flags & SQLITE_SHM_EXCLUSIVE))
        return rc;
    if (rc == SQLITE_OK)
        checkpointing->have_write_lock = (flags & SQLITE_SHM_LOCK) != 0;
    return rc == SQLITE_BUSY && clock_boot_ms() >= give_up_boot_ms ? SQLITE_IOERR_LOCK : rc;
}

static int wait_while_it_matters(void *arg, int tries) {
    struct store *s = arg;
    if (s->have_write_lock && tries >= READER_TRIES_MAX)
        return 0;
    struct timespec pause = {.tv_nsec = WAIT_NS};
    (void)nanosleep(&pause, NULL);
    return 1;
}

static sqlite3_file *watch(struct store *s) {
    sqlite3_file *file = NULL;
    int rc = sqlite3_file_control(s->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    ASSERT(rc == SQLITE_OK && file && file->pMethods && !checkpointing);
    checkpointing = s;
    give_up_boot_ms = clock_boot_ms() + s->busy_ms;
    s->have_write_lock = false;
    methods_before = file->pMethods;
    methods_watched = *methods_before;
    methods_watched.xShmLock = watched_shm_lock;
    file->pMethods = &methods_watched;
    return file;
}

static void unwatch(sqlite3_file *file) {
    file->pMethods = methods_before;
    checkpointing = NULL;
}

int checkpoint_guarded(struct store *s, bool truncate) {
    sqlite3_file *file = watch(s);
    (void)sqlite3_busy_handler(s->db, wait_while_it_matters, s);
    int rc = sqlite3_wal_checkpoint_v2(
        s->db, "main", truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_RESTART, NULL,
        NULL);
    db_wait_for_locks(s);
    unwatch(file);
    return rc;
}

bool store_checkpoint(struct store *s, bool truncate, struct err *e) {
    char holder[HOLDER_BYTES];
    PRE(!s->writing && s->mode != STORE_READ);
    if (!turn_lock_take(&s->turn, &s->turn_wait_us, e))
        return false;
    int rc = checkpoint_guarded(s, truncate);
    turn_lock_drop(&s->turn);
    if (rc == SQLITE_IOERR_LOCK)
        return err_set(e, ERR_DB_LOCKED, "%s: checkpointing: database is locked%s", s->path,
                       holder_text(s->path, holder));
    /* BUSY: a reader still needs the log; the rest is for the next time */
    return rc == SQLITE_OK || rc == SQLITE_BUSY || db_error(s, rc, "checkpointing", e);
}

bool store_checkpoint_is_due(const struct store *s) {
    sqlite3_file *file = NULL;
    volatile void *index = NULL;
    int rc = sqlite3_file_control(s->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    ASSERT(rc == SQLITE_OK && file && file->pMethods);
    if (file->pMethods->xShmMap(file, 0, WAL_INDEX_PART_BYTES, 0, &index) != SQLITE_OK || !index)
        return false;
    const volatile uint32_t *words = index; /* a hint: read without SQLite's locks */
    uint32_t frames = words[WAL_INDEX_FRAMES], copied = words[WAL_INDEX_COPIED];
    return frames >= WAL_FRAMES_MAX && copied < frames;
}

int64_t store_wal_bytes(const struct store *s) {
    char path[WAL_PATH_MAX];
    (void)sqlite3_snprintf((int)sizeof path, path, "%s-wal", s->path);
    struct stat st; /* by stat only: the log is SQLite's to open */
    return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}
