/* gate.c: see gate.h. */
#include "fleet/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/file.h"

#define GATE_NAME "gate"
#define GATE_BYTES (GATE_PLACES * sizeof(int64_t))

struct gate {
    int64_t *places; /* the map; written by many processes, with atomic operations only */
};

/* Reserves the blocks: a write to a mapped page that a full disk cannot provide would be
 * a SIGBUS. */
static bool map(struct gate *g, int fd, struct err *e) {
    int errnum = posix_fallocate(fd, 0, (off_t)GATE_BYTES);
    if (errnum != 0)
        return err_set_errno(e, errnum, "cannot reserve %s", GATE_NAME);
    void *at = mmap(NULL, GATE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        return err_set_errno(e, errno, "cannot map %s", GATE_NAME);
    g->places = at;
    return true;
}

static bool open_in(struct gate *g, int dir_fd, const char *dir, struct err *e) {
    int fd = openat(dir_fd, GATE_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_set_errno(e, errno, "cannot open %s", GATE_NAME);
    file_share(fd, dir);
    bool ok = map(g, fd, e);
    close(fd);
    return ok;
}

bool gate_open(struct gate **out, const char *dir, struct err *e) {
    int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0)
        return err_set_errno(e, errno, "folder %s: cannot open", dir);
    struct gate *g = ensure_alloc(sizeof *g);
    bool ok = open_in(g, dir_fd, dir, e);
    close(dir_fd);
    if (!ok) {
        free(g);
        return err_prefix(e, "folder %s", dir);
    }
    *out = g;
    return true;
}

void gate_close(struct gate *g) {
    if (!g)
        return;
    (void)munmap(g->places, GATE_BYTES);
    free(g);
}

static int64_t *place_of(const struct gate *g, int64_t account_id) {
    PRE(account_id >= 0);
    return &g->places[account_id % GATE_PLACES];
}

/* What a place says; 0 when that cannot be a hint. */
static int64_t believed(int64_t until_boot_ms, int64_t now_boot_ms) {
    bool may_be = until_boot_ms > now_boot_ms && until_boot_ms <= now_boot_ms + GATE_HINT_MS;
    return may_be ? until_boot_ms : 0;
}

void gate_raise(struct gate *g, int64_t account_id, int64_t until_boot_ms, int64_t now_boot_ms) {
    int64_t *place = place_of(g, account_id);
    int64_t most = now_boot_ms + GATE_HINT_MS, old = __atomic_load_n(place, __ATOMIC_RELAXED);
    int64_t until = until_boot_ms < most ? until_boot_ms : most;
    while (
        until > now_boot_ms && believed(old, now_boot_ms) < until &&
        !__atomic_compare_exchange_n(place, &old, until, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        ;
}

int64_t gate_until(const struct gate *g, int64_t account_id, int64_t now_boot_ms) {
    return believed(__atomic_load_n(place_of(g, account_id), __ATOMIC_ACQUIRE), now_boot_ms);
}
