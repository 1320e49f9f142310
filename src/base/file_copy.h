/*
 * file_copy: a file of one folder, durably in another. Blocks on the disk.
 */
#ifndef BASE_FILE_COPY_H
#define BASE_FILE_COPY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define FILE_COPY_PATH_MAX 512

struct file_name { /* of a file below an open folder */
    int dir_fd;
    const char *path; /* of a copy shorter than FILE_COPY_PATH_MAX */
};

/* Puts the first `bytes` bytes of `from` under the name `to`; one folder on the way to it is made
 * where missing. A file that is there with that size is left alone; one of another size is
 * replaced. The bytes are durable on return, the name when the caller has synced the folder it is
 * in. ERR_CORRUPT when `from` is shorter. */
bool file_copy(struct file_name from, struct file_name to, int64_t bytes, struct err *e) MUST_CHECK;
/* The same, but where `from` has just that size and lies on the same file system, `to` becomes a
 * second name for its content. */
bool file_link_or_copy(struct file_name from, struct file_name to, int64_t bytes,
                       struct err *e) MUST_CHECK;

/* Makes the first `bytes` bytes of a file that is there, and as long, those of `from`; what is
 * behind them stays. Durable on return. ERR_CORRUPT when `from` is shorter. */
bool file_copy_over(struct file_name from, struct file_name to, int64_t bytes,
                    struct err *e) MUST_CHECK;

/* Makes the names in to_fd and in the folders directly below it durable. */
bool file_sync_tree(int to_fd, struct err *e) MUST_CHECK;

#endif
