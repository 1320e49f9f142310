/*
 * shim: an LD_PRELOAD library that makes libc disappoint a program (fault matrix 10, 11, 13, 14).
 *
 *   SHIM_MALLOC=N     the N-th allocation fails     SHIM_MALLOC=N+    and every one after it
 *   SHIM_SHORT=K      writes to regular files but stderr are halved, each K-th is interrupted first
 *   SHIM_CLOCKS=FILE  the wall clock and the clock since boot are off by as many seconds as the two int64 in
 *                     FILE say at that moment
 *   SHIM_COUNT=FILE   the number of allocations, or of disturbed writes, is written there at exit
 *
 * Allocations count from main() on: what libraries do before it is not the program's to handle. A crash names the calls that
 * led to it on stderr, innermost first.
 *
 * It belongs to the tests and is never installed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* glibc's own, which need no dlsym: that allocates */
extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *old, size_t bytes);

ssize_t pwrite64(int fd, const void *data, size_t bytes, off_t at);

static _Atomic long allocations, disturbed, writes;
static long fails_at, interrupts_each;
static const _Atomic int64_t *offsets_s;
static bool fails_on, is_short, has_begun;

static void map_clocks(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    void *map = fd < 0 ? MAP_FAILED : mmap(NULL, 2 * sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        abort();
    offsets_s = map;
    (void)close(fd);
}

#define FRAMES_MAX 16

/* Returns to where it happened, which now kills. */
static void on_crash(int number) {
    void *frames[FRAMES_MAX];
    (void)number;
    backtrace_symbols_fd(frames, backtrace(frames, FRAMES_MAX), STDERR_FILENO);
}

static void watch_crashes(void) {
    struct sigaction once = {.sa_handler = on_crash, .sa_flags = (int)SA_RESETHAND};
    void *frame;
    (void)backtrace(&frame, 1); /* its first use allocates */
    (void)sigaction(SIGSEGV, &once, NULL);
}

__attribute__((constructor)) static void read_orders(void) {
    watch_crashes();
    if (getenv("SHIM_CLOCKS"))
        map_clocks(getenv("SHIM_CLOCKS"));
    const char *text = getenv("SHIM_MALLOC");
    char *end = NULL;
    if (text) {
        fails_at = strtol(text, &end, 10);
        fails_on = *end == '+';
    }
    text = getenv("SHIM_SHORT");
    if (text) {
        is_short = true;
        interrupts_each = strtol(text, NULL, 10);
    }
}

typedef int main_fn(int, char **, char **);
typedef int start_fn(main_fn *, int, char **, void (*)(void), void (*)(void), void (*)(void), void *);
int __libc_start_main(main_fn *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void *stack_end);

/* Replaces glibc's, which calls main(). */
int __libc_start_main(main_fn *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void *stack_end) {
    start_fn *start = (start_fn *)(uintptr_t)dlsym(RTLD_NEXT, "__libc_start_main");
    has_begun = true;
    return start(main, argc, argv, init, fini, rtld_fini, stack_end);
}

__attribute__((destructor)) static void say_count(void) {
    const char *path = getenv("SHIM_COUNT");
    if (!path)
        return;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    (void)dprintf(fd, "%ld\n", is_short ? atomic_load(&disturbed) : atomic_load(&allocations));
    (void)close(fd);
}

static bool fails(void) {
    if (!has_begun)
        return false;
    long n = atomic_fetch_add(&allocations, 1) + 1;
    if (fails_at == 0 || (fails_on ? n < fails_at : n != fails_at))
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t bytes) {
    return fails() ? NULL : __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes) {
    return fails() ? NULL : __libc_calloc(count, bytes);
}

void *realloc(void *old, size_t bytes) {
    return fails() ? NULL : __libc_realloc(old, bytes);
}

/* How many of the bytes are written this time; -1: interrupted. */
static ssize_t granted(int fd, size_t bytes) {
    struct stat st;
    if (!is_short || fd == STDERR_FILENO || bytes < 2 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return (ssize_t)bytes;
    atomic_fetch_add(&disturbed, 1);
    if (interrupts_each > 0 && atomic_fetch_add(&writes, 1) % interrupts_each == 0) {
        errno = EINTR;
        return -1;
    }
    return (ssize_t)(bytes / 2);
}

ssize_t write(int fd, const void *data, size_t bytes) {
    ssize_t n = granted(fd, bytes);
    return n < 0 ? n : syscall(SYS_write, fd, data, n);
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t at) {
    ssize_t n = granted(fd, bytes);
    return n < 0 ? n : syscall(SYS_pwrite64, fd, data, n, at);
}

ssize_t pwrite64(int fd, const void *data, size_t bytes, off_t at) {
    return pwrite(fd, data, bytes, at);
}

int clock_gettime(clockid_t id, struct timespec *out) {
    int rc = (int)syscall(SYS_clock_gettime, id, out);
    if (rc == 0 && offsets_s && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
        out->tv_sec += atomic_load(&offsets_s[0]);
    if (rc == 0 && offsets_s && id == CLOCK_BOOTTIME)
        out->tv_sec += atomic_load(&offsets_s[1]);
    return rc;
}

int gettimeofday(struct timeval *out, void *zone) {
    struct timespec now;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return -1;
    *out = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *out) {
    struct timespec now;
    time_t seconds = clock_gettime(CLOCK_REALTIME, &now) == 0 ? now.tv_sec : -1;
    if (out)
        *out = seconds;
    return seconds;
}
