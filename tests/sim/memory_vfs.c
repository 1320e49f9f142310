/*
 * memory_vfs.c: SQLite's files in memory, with real locks between the connections of this process,
 * so that the real store runs in WAL mode at the speed of memory. A disk that is full or fails is a
 * variable.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "sim.h"

#define FILES_MAX 8
#define NAME_MAX_BYTES 160
#define SHM_REGIONS_MAX 64
#define JULIAN_EPOCH_MS INT64_C(210866760000000)

struct memory_file {
    char name[NAME_MAX_BYTES];
    bool exists;
    unsigned char *bytes;
    sqlite3_int64 size, room;
    int shared, reserved; /* how many hold at least so much of the lock */
    void *shm[SHM_REGIONS_MAX];
    int shm_bytes;
    int shm_users;
    int shm_shared[SQLITE_SHM_NLOCK], shm_exclusive[SQLITE_SHM_NLOCK];
};

struct handle {
    sqlite3_file base; /* first member */
    struct memory_file *file;
    int level;
    bool has_shm;
    unsigned shm_shared, shm_exclusive; /* masks */
};

static struct memory_file files[FILES_MAX];
static bool is_full;
static int64_t writes_done;
static int64_t error_in; /* writes and syncs until one fails; 0 = none does */

void sim_vfs_full(bool full) {
    is_full = full;
}

int64_t sim_vfs_writes(void) {
    return writes_done;
}

void sim_vfs_error_at(int64_t writes) {
    error_in = writes;
}

static bool fails_now(void) {
    return error_in > 0 && --error_in == 0;
}

static struct memory_file *find(const char *name, bool make) {
    struct memory_file *unused = NULL;
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (files[i].name[0] && strcmp(files[i].name, name) == 0)
            return &files[i];
        if (!unused && !files[i].name[0])
            unused = &files[i];
    }
    if (!make)
        return NULL;
    ASSERT(unused && strlen(name) < NAME_MAX_BYTES);
    memcpy(unused->name, name, strlen(name) + 1);
    return unused;
}

int64_t sim_vfs_wal_bytes(void) {
    char name[NAME_MAX_BYTES];
    (void)sqlite3_snprintf(sizeof name, name, "%s-wal", sim_database);
    const struct memory_file *f = find(name, false);
    return f && f->exists ? f->size : 0;
}

/* ---- a file -----------------------------------------------------------------------------------*/

static struct handle *of(sqlite3_file *f) {
    return (struct handle *)f;
}

static int on_unlock(sqlite3_file *f, int level);

static int on_close(sqlite3_file *f) {
    return on_unlock(f, SQLITE_LOCK_NONE);
}

static int on_read(sqlite3_file *f, void *to, int bytes, sqlite3_int64 at) {
    const struct memory_file *m = of(f)->file;
    sqlite3_int64 there = at < m->size ? m->size - at : 0;
    if (there > bytes)
        there = bytes;
    if (there > 0)
        memcpy(to, m->bytes + at, (size_t)there);
    if (there == bytes)
        return SQLITE_OK;
    memset((char *)to + there, 0, (size_t)(bytes - there));
    return SQLITE_IOERR_SHORT_READ;
}

static int on_write(sqlite3_file *f, const void *from, int bytes, sqlite3_int64 at) {
    struct memory_file *m = of(f)->file;
    if (is_full)
        return SQLITE_FULL;
    if (fails_now())
        return SQLITE_IOERR_WRITE;
    writes_done++;
    if (at + bytes > m->room) {
        m->room = 2 * (at + bytes);
        m->bytes = ensure_realloc(m->bytes, (size_t)m->room);
    }
    if (at > m->size)
        memset(m->bytes + m->size, 0, (size_t)(at - m->size));
    memcpy(m->bytes + at, from, (size_t)bytes);
    if (at + bytes > m->size)
        m->size = at + bytes;
    return SQLITE_OK;
}

static int on_truncate(sqlite3_file *f, sqlite3_int64 size) {
    if (size < of(f)->file->size)
        of(f)->file->size = size;
    return SQLITE_OK;
}

static int on_sync(sqlite3_file *f, int flags) {
    (void)f, (void)flags;
    return fails_now() ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int on_size(sqlite3_file *f, sqlite3_int64 *size) {
    *size = of(f)->file->size;
    return SQLITE_OK;
}

static int on_lock(sqlite3_file *f, int level) {
    struct handle *h = of(f);
    struct memory_file *m = h->file;
    if (level <= h->level)
        return SQLITE_OK;
    if (level >= SQLITE_LOCK_RESERVED && h->level < SQLITE_LOCK_RESERVED && m->reserved > 0)
        return SQLITE_BUSY;
    if (level == SQLITE_LOCK_EXCLUSIVE && m->shared > (h->level >= SQLITE_LOCK_SHARED ? 1 : 0))
        return SQLITE_BUSY;
    if (h->level < SQLITE_LOCK_SHARED)
        m->shared++;
    if (level >= SQLITE_LOCK_RESERVED && h->level < SQLITE_LOCK_RESERVED)
        m->reserved++;
    h->level = level;
    return SQLITE_OK;
}

static int on_unlock(sqlite3_file *f, int level) {
    struct handle *h = of(f);
    if (level >= h->level)
        return SQLITE_OK;
    if (h->level >= SQLITE_LOCK_RESERVED && level < SQLITE_LOCK_RESERVED)
        h->file->reserved--;
    if (h->level >= SQLITE_LOCK_SHARED && level < SQLITE_LOCK_SHARED)
        h->file->shared--;
    h->level = level;
    return SQLITE_OK;
}

static int on_check_reserved(sqlite3_file *f, int *out) {
    *out = of(f)->file->reserved > 0;
    return SQLITE_OK;
}

static int on_control(sqlite3_file *f, int op, void *arg) {
    (void)f, (void)op, (void)arg;
    return SQLITE_NOTFOUND;
}

static int on_sector_size(sqlite3_file *f) {
    (void)f;
    return 4096;
}

static int on_characteristics(sqlite3_file *f) {
    (void)f;
    return SQLITE_IOCAP_UNDELETABLE_WHEN_OPEN | SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

/* ---- shared memory of the write-ahead log -----------------------------------------------------*/

static int on_shm_map(sqlite3_file *f, int region, int bytes, int extend, void volatile **out) {
    struct handle *h = of(f);
    struct memory_file *m = h->file;
    ASSERT(region < SHM_REGIONS_MAX);
    if (!h->has_shm) {
        h->has_shm = true;
        m->shm_users++;
    }
    if (!m->shm[region] && extend) {
        m->shm[region] = ensure_alloc((size_t)bytes);
        memset(m->shm[region], 0, (size_t)bytes);
        m->shm_bytes = bytes;
    }
    *out = m->shm[region];
    return SQLITE_OK;
}

static bool shm_is_busy(const struct handle *h, int slot, bool exclusive) {
    const struct memory_file *m = h->file;
    unsigned bit = 1u << slot;
    int shared = m->shm_shared[slot] - (h->shm_shared & bit ? 1 : 0);
    int own = h->shm_exclusive & bit ? 1 : 0;
    return m->shm_exclusive[slot] - own > 0 || (exclusive && shared > 0);
}

static void shm_set(struct handle *h, int slot, bool exclusive, bool held) {
    unsigned *mask = exclusive ? &h->shm_exclusive : &h->shm_shared;
    int *count = exclusive ? &h->file->shm_exclusive[slot] : &h->file->shm_shared[slot];
    unsigned bit = 1u << slot;
    if (held == ((*mask & bit) != 0))
        return;
    *mask ^= bit;
    *count += held ? 1 : -1;
}

static int on_shm_lock(sqlite3_file *f, int offset, int n, int flags) {
    struct handle *h = of(f);
    bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0, lock = (flags & SQLITE_SHM_LOCK) != 0;
    for (int i = offset; lock && i < offset + n; i++)
        if (shm_is_busy(h, i, exclusive))
            return SQLITE_BUSY;
    for (int i = offset; i < offset + n; i++) {
        if (lock) {
            shm_set(h, i, exclusive, true);
            continue;
        }
        shm_set(h, i, true, false);
        shm_set(h, i, false, false);
    }
    return SQLITE_OK;
}

static void on_shm_barrier(sqlite3_file *f) {
    (void)f;
}

static void forget_shm(struct memory_file *m) {
    for (size_t i = 0; i < SHM_REGIONS_MAX; i++) {
        free(m->shm[i]);
        m->shm[i] = NULL;
    }
}

static int on_shm_unmap(sqlite3_file *f, int delete) {
    struct handle *h = of(f);
    (void)delete;
    if (!h->has_shm)
        return SQLITE_OK;
    (void)on_shm_lock(f, 0, SQLITE_SHM_NLOCK, SQLITE_SHM_UNLOCK);
    h->has_shm = false;
    if (--h->file->shm_users == 0)
        forget_shm(h->file);
    return SQLITE_OK;
}

/* ---- the file system --------------------------------------------------------------------------*/

static const sqlite3_io_methods methods = {.iVersion = 2,
                                           .xClose = on_close,
                                           .xRead = on_read,
                                           .xWrite = on_write,
                                           .xTruncate = on_truncate,
                                           .xSync = on_sync,
                                           .xFileSize = on_size,
                                           .xLock = on_lock,
                                           .xUnlock = on_unlock,
                                           .xCheckReservedLock = on_check_reserved,
                                           .xFileControl = on_control,
                                           .xSectorSize = on_sector_size,
                                           .xDeviceCharacteristics = on_characteristics,
                                           .xShmMap = on_shm_map,
                                           .xShmLock = on_shm_lock,
                                           .xShmBarrier = on_shm_barrier,
                                           .xShmUnmap = on_shm_unmap};

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out_flags) {
    (void)vfs;
    struct handle *h = of(f);
    *h = (struct handle){.file = find(name ? name : "temporary", true)};
    if (!h->file->exists && !(flags & SQLITE_OPEN_CREATE))
        return SQLITE_CANTOPEN;
    h->file->exists = true;
    h->base.pMethods = &methods;
    if (out_flags)
        *out_flags = flags;
    return SQLITE_OK;
}

static int on_delete(sqlite3_vfs *vfs, const char *name, int sync_folder) {
    (void)vfs, (void)sync_folder;
    struct memory_file *f = find(name, false);
    if (!f || !f->exists)
        return SQLITE_IOERR_DELETE_NOENT;
    f->exists = false;
    f->size = 0;
    return SQLITE_OK;
}

static int on_access(sqlite3_vfs *vfs, const char *name, int flags, int *out) {
    (void)vfs, (void)flags;
    const struct memory_file *f = find(name, false);
    *out = f && f->exists;
    return SQLITE_OK;
}

static int on_full_name(sqlite3_vfs *vfs, const char *name, int bytes, char *out) {
    (void)vfs;
    (void)sqlite3_snprintf(bytes, out, "%s", name);
    return SQLITE_OK;
}

static int on_randomness(sqlite3_vfs *vfs, int bytes, char *out) {
    (void)vfs;
    for (int i = 0; i < bytes; i++)
        out[i] = (char)(i * 37 + 11); /* salts of the log: any will do, and no two runs differ */
    return bytes;
}

static int on_sleep(sqlite3_vfs *vfs, int us) {
    (void)vfs;
    return us; /* nobody to wait for: a transaction is one event */
}

static int on_time64(sqlite3_vfs *vfs, sqlite3_int64 *out) {
    (void)vfs;
    *out = JULIAN_EPOCH_MS + clock_wall_ms();
    return SQLITE_OK;
}

static int on_time(sqlite3_vfs *vfs, double *out) {
    sqlite3_int64 ms;
    (void)on_time64(vfs, &ms);
    *out = (double)ms / 86400000.0;
    return SQLITE_OK;
}

static int on_last_error(sqlite3_vfs *vfs, int bytes, char *out) {
    (void)vfs, (void)bytes, (void)out;
    return 0;
}

void sim_vfs_register(void) {
    static sqlite3_vfs vfs = {.iVersion = 2,
                              .szOsFile = sizeof(struct handle),
                              .mxPathname = NAME_MAX_BYTES,
                              .zName = "sim",
                              .xOpen = on_open,
                              .xDelete = on_delete,
                              .xAccess = on_access,
                              .xFullPathname = on_full_name,
                              .xRandomness = on_randomness,
                              .xSleep = on_sleep,
                              .xCurrentTime = on_time,
                              .xGetLastError = on_last_error,
                              .xCurrentTimeInt64 = on_time64};
    (void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    int rc = sqlite3_vfs_register(&vfs, 1);
    ASSERT(rc == SQLITE_OK);
}
