/*
 * sync_witness: writes down what a test program makes durable. It takes the place of libc's fsync()
 * and fdatasync() for the whole program, SQLite included, and passes each call on. A name is
 * durable when its folder is synced after it was made; bytes are when their file is synced after
 * the write. Include it in one file of a program.
 */
#ifndef TESTS_LIB_SYNC_WITNESS_H
#define TESTS_LIB_SYNC_WITNESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SYNCS_MAX 4096

struct synced {
    dev_t dev;
    ino_t ino;
    int64_t bytes; /* of the file, then */
    nlink_t names; /* it had, then */
    bool is_folder;
};

static struct synced synced[SYNCS_MAX];
static size_t synced_count;
static pthread_mutex_t synced_mutex = PTHREAD_MUTEX_INITIALIZER;

static void witness_sync(int fd) {
    struct stat st;
    if (fstat(fd, &st) != 0)
        return;
    (void)pthread_mutex_lock(&synced_mutex);
    if (synced_count < SYNCS_MAX)
        synced[synced_count++] = (struct synced){st.st_dev, st.st_ino, (int64_t)st.st_size,
                                                 st.st_nlink, S_ISDIR(st.st_mode)};
    (void)pthread_mutex_unlock(&synced_mutex);
}

int fsync(int fd);
int fsync(int fd) {
    witness_sync(fd);
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd);
int fdatasync(int fd) {
    witness_sync(fd);
    return (int)syscall(SYS_fdatasync, fd);
}

/* The index of the first sync of `path`, from `from` on; -1 = none. */
static inline int synced_at(const char *path, size_t from) {
    struct stat st;
    if (stat(path, &st) != 0)
        return -1;
    for (size_t i = from; i < synced_count; i++)
        if (synced[i].dev == st.st_dev && synced[i].ino == st.st_ino)
            return (int)i;
    return -1;
}

#endif
