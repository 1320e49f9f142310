/*
 * file_copy: a file of one folder, durably in another.
 */
#ifndef BASE_FILE_COPY_H
#define BASE_FILE_COPY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define FILE_COPY_PATH_MAX 512

/* The first `bytes` bytes of from_fd's `from` as to_fd's `to`; one folder on the way to it is made
 * where missing. When `may_link`, and the file has just that size and lies on the same file system,
 * it is a second name for the same content. A file that is there with that size is left alone
 * (*same); one of another size is replaced. The bytes are durable on return, the name when the
 * caller has synced the folder it is in. Blocks. */
bool file_copy(int from_fd, const char *from, int to_fd, const char *to, int64_t bytes,
               bool may_link, bool *same, struct err *e) MUST_CHECK;

/* Makes the names in to_fd and in the folders directly below it durable. */
bool file_sync_tree(int to_fd, struct err *e) MUST_CHECK;

#endif
