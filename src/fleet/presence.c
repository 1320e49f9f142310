/*
 * presence.c: see presence.h. Layout of the file: a header of one cache line, then the marks. The
 * marks in use are known from the free list in private memory; the file is only written here.
 */
#include "fleet/presence.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/file.h"

#define PRESENCE_VERSION 1
#define PRESENCE_NAME_BYTES 40
#define PRESENCE_PREFIX "worker-"
#define LIST_ROOM 64
#define BOOT_BYTES 32
#define PRESENCE_CREATE_TRIES_MAX 64

static const char presence_magic[8] = {'t', 't', 's', 'q', 'p', 'r', 'e', 's'};

struct presence_header {
    char magic[8]; /* written last: all zero means the worker died while opening */
    uint32_t version;
    uint32_t mark_bytes;
    uint64_t mark_count;
    int64_t worker_id;
    char boot_id[BOOT_BYTES]; /* without dashes; shorter ones end with zeros */
};
_Static_assert(sizeof(struct presence_header) == 64, "the marks start on a cache line");
_Static_assert(sizeof(struct presence_mark) == 40, "marks keep their layout between versions");

struct presence {
    int dir_fd;
    int fd; /* holds the lock */
    char name[PRESENCE_NAME_BYTES];
    void *map;
    size_t map_bytes;
    struct presence_mark *marks; /* inside the map */
    size_t mark_count;
    uint32_t *free; /* stack of free indexes */
    size_t free_count;
};

static void make_name(char out[PRESENCE_NAME_BYTES], int64_t worker_id) {
    (void)snprintf(out, PRESENCE_NAME_BYTES, PRESENCE_PREFIX "%016" PRIx64, (uint64_t)worker_id);
}

static size_t file_bytes(size_t marks) {
    return sizeof(struct presence_header) + marks * sizeof(struct presence_mark);
}

static int lock_fd(int fd, int how) {
    int rc;
    do
        rc = flock(fd, how);
    while (rc != 0 && errno == EINTR);
    return rc;
}

static int open_dir(const char *dir) {
    return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Between creation and lock somebody may have taken the file for a dead worker's and unlinked it:
 * then it proves nothing, and the next try makes another. Waits only for such a reader. */
static bool create_locked(struct presence *p, const char *dir, struct err *e) {
    for (int i = 0; i < PRESENCE_CREATE_TRIES_MAX; i++) {
        int fd =
            openat(p->dir_fd, p->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
            return err_set_errno(e, errno, "cannot create %s", p->name);
        struct stat st = {0};
        if (lock_fd(fd, LOCK_EX) != 0 || fstat(fd, &st) != 0) {
            err_set_errno(e, errno, "cannot lock %s", p->name);
            (void)unlinkat(p->dir_fd, p->name, 0);
            close(fd);
            return false;
        }
        if (st.st_nlink > 0) {
            file_share(fd, dir);
            p->fd = fd;
            return true;
        }
        close(fd);
    }
    return err_set(e, ERR_IO, "cannot create %s: it is removed again and again", p->name);
}

/* Reserves the blocks first: a write to a mapped page that a full file system cannot provide would
 * be a SIGBUS later, in the middle of a paid call. */
static bool map_file(struct presence *p, struct err *e) {
    p->map_bytes = file_bytes(p->mark_count);
    int errnum = posix_fallocate(p->fd, 0, (off_t)p->map_bytes);
    if (errnum != 0)
        return err_set_errno(e, errnum, "cannot reserve %s", p->name);
    void *map = mmap(NULL, p->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, p->fd, 0);
    if (map == MAP_FAILED)
        return err_set_errno(e, errno, "cannot map %s", p->name);
    p->map = map;
    return true;
}

static bool read_boot(char out[BOOT_BYTES], struct err *e) {
    char id[CLOCK_BOOT_ID_BYTES] = {0};
    bool ok = clock_boot_id(id, e);
    memcpy(out, id, BOOT_BYTES);
    return ok;
}

static void write_header(struct presence *p, int64_t worker_id, const char boot_id[BOOT_BYTES]) {
    struct presence_header *header = p->map;
    memcpy(header->boot_id, boot_id, BOOT_BYTES);
    header->version = PRESENCE_VERSION;
    header->mark_bytes = sizeof(struct presence_mark);
    header->mark_count = p->mark_count;
    header->worker_id = worker_id;
    atomic_signal_fence(memory_order_release);
    memcpy(header->magic, presence_magic, sizeof header->magic);
}

static void fill_free_list(struct presence *p) {
    p->marks = (struct presence_mark *)((struct presence_header *)p->map + 1);
    p->free = ensure_alloc(p->mark_count * sizeof *p->free);
    while (p->free_count < p->mark_count) {
        p->free[p->free_count] = (uint32_t)(p->mark_count - 1 - p->free_count);
        p->free_count++;
    }
}

/* Also closes a half-opened one; the file goes before its lock does. */
void presence_close(struct presence *p) {
    if (!p)
        return;
    if (p->fd >= 0) {
        (void)unlinkat(p->dir_fd, p->name, 0);
        if (p->map)
            (void)munmap(p->map, p->map_bytes);
        close(p->fd);
    }
    if (p->dir_fd >= 0)
        close(p->dir_fd);
    free(p->free);
    free(p);
}

bool presence_open(struct presence **out, const char *dir, int64_t worker_id, size_t marks,
                   struct err *e) {
    PRE(worker_id > 0 && marks <= PRESENCE_MARKS_MAX);
    char boot_id[BOOT_BYTES];
    if (!read_boot(boot_id, e))
        return false;
    struct presence *p = ensure_alloc(sizeof *p);
    p->fd = -1;
    p->mark_count = marks;
    make_name(p->name, worker_id);
    p->dir_fd = open_dir(dir);
    bool ok = p->dir_fd >= 0 || err_set_errno(e, errno, "cannot open");
    ok = ok && create_locked(p, dir, e) && map_file(p, e);
    if (!ok) {
        err_prefix(e, "folder %s", dir);
        presence_close(p);
        return false;
    }
    write_header(p, worker_id, boot_id);
    fill_free_list(p);
    *out = p;
    return true;
}

static void set_phase(struct presence_mark *mark, enum presence_phase phase) {
    __atomic_store_n(&mark->phase, (int32_t)phase, __ATOMIC_RELEASE);
}

size_t presence_sent(struct presence *p, const struct presence_mark *call) {
    PRE(p->free_count > 0);
    size_t index = p->free[--p->free_count];
    struct presence_mark *mark = &p->marks[index];
    ASSERT(mark->phase == PRESENCE_FREE);
    *mark = *call;
    mark->phase = PRESENCE_FREE;
    set_phase(mark, PRESENCE_SENT);
    return index;
}

void presence_over(struct presence *p, size_t mark) {
    PRE(mark < p->mark_count && p->marks[mark].phase == PRESENCE_SENT);
    set_phase(&p->marks[mark], PRESENCE_OVER);
}

void presence_settled(struct presence *p, size_t mark) {
    PRE(mark < p->mark_count && p->marks[mark].phase != PRESENCE_FREE);
    set_phase(&p->marks[mark], PRESENCE_FREE);
    p->free[p->free_count++] = (uint32_t)mark;
}

/* Opens a worker's file for reading, never waiting on anything. -1 and errno. */
static int open_reading(const char *dir, int64_t worker_id) {
    char name[PRESENCE_NAME_BYTES];
    make_name(name, worker_id);
    int dir_fd = open_dir(dir);
    if (dir_fd < 0)
        return -1;
    int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    int errnum = errno;
    close(dir_fd);
    errno = errnum;
    return fd;
}

/* A shared lock, so that two who look at the same time do not take each other for the owner. */
static bool owner_lives(int fd) {
    return lock_fd(fd, LOCK_SH | LOCK_NB) != 0;
}

bool presence_is_alive(const char *dir, int64_t worker_id) {
    int fd = open_reading(dir, worker_id);
    if (fd < 0)
        return errno != ENOENT;
    bool alive = owner_lives(fd);
    close(fd);
    return alive;
}

static bool read_at(int fd, void *out, size_t bytes, int64_t at, struct err *e) {
    ssize_t n = file_read_at(fd, out, bytes, at);
    if (n < 0)
        return err_set_errno(e, errno, "cannot read");
    return (size_t)n == bytes || err_set(e, ERR_IO, "shorter than its header says");
}

/* The number of marks in a worker's file, from a header that is checked in every field. *known is
 * false when the file says nothing: its header was never written, or in another boot, after which
 * nobody knows which of the mapped pages had reached the disk. */
static bool read_count(int fd, int64_t worker_id, size_t *count, bool *known, struct err *e) {
    static const char unwritten[sizeof presence_magic];
    char boot_id[BOOT_BYTES];
    struct stat st;
    *known = false;
    *count = 0;
    if (!read_boot(boot_id, e))
        return false;
    if (fstat(fd, &st) != 0)
        return err_set_errno(e, errno, "cannot stat");
    if (!S_ISREG(st.st_mode))
        return err_set(e, ERR_IO, "not a regular file");
    struct presence_header header = {0};
    if ((size_t)st.st_size >= sizeof header && !read_at(fd, &header, sizeof header, 0, e))
        return false;
    if (memcmp(header.magic, unwritten, sizeof unwritten) == 0)
        return true;
    if (memcmp(header.magic, presence_magic, sizeof presence_magic) != 0)
        return err_set(e, ERR_IO, "not a presence file");
    if (header.version != PRESENCE_VERSION || header.mark_bytes != sizeof(struct presence_mark))
        return err_set(e, ERR_IO, "written by another version (%" PRIu32 ")", header.version);
    if (header.worker_id != worker_id || header.mark_count > PRESENCE_MARKS_MAX ||
        (size_t)st.st_size < file_bytes(header.mark_count))
        return err_set(e, ERR_IO, "damaged header");
    *known = memcmp(header.boot_id, boot_id, BOOT_BYTES) == 0;
    if (*known)
        *count = header.mark_count;
    return true;
}

/* Moves the marks in use to the front; false when one holds what no worker ever wrote. */
static bool keep_used(struct presence_mark *marks, size_t count, size_t *used, struct err *e) {
    *used = 0;
    for (size_t i = 0; i < count; i++) {
        const struct presence_mark *mark = &marks[i];
        if (mark->phase == PRESENCE_FREE)
            continue;
        bool sane = (mark->phase == PRESENCE_SENT || mark->phase == PRESENCE_OVER) &&
                    mark->job_id > 0 && mark->slot_no >= 0;
        if (!sane)
            return err_set(e, ERR_IO, "damaged mark %zu", i);
        marks[(*used)++] = *mark;
    }
    return true;
}

static bool read_marks(int fd, int64_t worker_id, struct presence_record *out, struct err *e) {
    size_t total = 0, used = 0;
    bool known;
    if (!read_count(fd, worker_id, &total, &known, e))
        return false;
    struct presence_mark *all = ensure_alloc(total * sizeof *all);
    bool ok = read_at(fd, all, total * sizeof *all, sizeof(struct presence_header), e) &&
              keep_used(all, total, &used, e);
    if (ok)
        *out = (struct presence_record){.known = known, .marks = all, .count = used};
    else
        free(all);
    return ok;
}

static bool read_file(const char *dir, int64_t worker_id, bool must_be_dead,
                      struct presence_record *out, struct err *e) {
    *out = (struct presence_record){0};
    int fd = open_reading(dir, worker_id);
    if (fd < 0 && errno == ENOENT)
        return true;
    bool ok = fd >= 0 || err_set_errno(e, errno, "cannot open");
    if (ok && must_be_dead && owner_lives(fd))
        ok = err_set(e, ERR_LATER, "its worker is alive");
    ok = ok && read_marks(fd, worker_id, out, e);
    if (fd >= 0)
        close(fd);
    return ok || err_prefix(e, "%s/worker-%016" PRIx64, dir, (uint64_t)worker_id);
}

bool presence_read_dead(const char *dir, int64_t worker_id, struct presence_record *out,
                        struct err *e) {
    return read_file(dir, worker_id, true, out, e);
}

bool presence_read_frozen(const char *dir, int64_t worker_id, struct presence_record *out,
                          struct err *e) {
    return read_file(dir, worker_id, false, out, e);
}

/* The lock is held until the name is gone, and a file that has lost its name already says nothing
 * about who has that name now. */
void presence_remove(const char *dir, int64_t worker_id) {
    char name[PRESENCE_NAME_BYTES];
    struct stat st;
    make_name(name, worker_id);
    int fd = open_reading(dir, worker_id);
    if (fd < 0)
        return;
    bool dead = lock_fd(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0 && st.st_nlink > 0;
    int dir_fd = dead ? open_dir(dir) : -1;
    if (dir_fd >= 0) {
        (void)unlinkat(dir_fd, name, 0);
        close(dir_fd);
    }
    close(fd);
}

/* Exactly the names that make_name makes. */
static bool read_name(const char *name, int64_t *worker_id) {
    char again[PRESENCE_NAME_BYTES];
    uint64_t id;
    if (sscanf(name, PRESENCE_PREFIX "%16" SCNx64, &id) != 1 || id == 0 || id > INT64_MAX)
        return false;
    make_name(again, (int64_t)id);
    *worker_id = (int64_t)id;
    return strcmp(again, name) == 0;
}

bool presence_list(const char *dir, int64_t **ids, size_t *count, struct err *e) {
    DIR *folder = opendir(dir);
    size_t room = 0;
    *ids = NULL;
    *count = 0;
    if (!folder)
        return errno == ENOENT || err_set_errno(e, errno, "cannot list %s", dir);
    for (struct dirent *entry; *count < PRESENCE_LISTED_MAX && (entry = readdir(folder));) {
        int64_t id;
        if (!read_name(entry->d_name, &id))
            continue;
        if (*count == room) {
            room = room ? 2 * room : LIST_ROOM;
            *ids = ensure_realloc(*ids, room * sizeof **ids);
        }
        (*ids)[(*count)++] = id;
    }
    (void)closedir(folder);
    return true;
}
