/*
 * bulk: a large file, written from its beginning to its end at the speed of the disk.
 *
 * What is added fills one room while a thread writes the other one, past the page cache where the
 * file system can: nothing is copied twice, the sync at the end finds little to do, and what other
 * programs read stays in memory. Of a small file, which never fills a room, nothing of this is
 * done. Takes two rooms of BULK_ROOM_BYTES, whatever the size of the file.
 */
#ifndef BASE_BULK_H
#define BASE_BULK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define BULK_ROOM_BYTES (4 * 1024 * 1024)

struct bulk;

/* Writes to `fd`, an empty regular file, which stays the caller's and is left to bulk until it has
 * ended or is freed. Its offset is neither used nor moved. `name` (kept) is for messages. */
struct bulk *bulk_new(int fd, const char *name);
void bulk_free(struct bulk *b); /* waits for what is being written; NULL is fine */

/* Copies the bytes, and waits for the disk when both rooms are full. A failure of the disk is told
 * by this or a later call; after it nothing can be added. ERR_SPACE, ERR_IO. */
bool bulk_add(struct bulk *b, const void *data, size_t bytes, struct err *e) MUST_CHECK;

/* The same for zeros, something to follow them. Where they fill whole rooms they are a hole in the
 * file, which takes no space and no time. */
bool bulk_add_zeros(struct bulk *b, int64_t bytes, struct err *e) MUST_CHECK;

/* Writes what is left. Then the file is as if it had been written by write(2): the caller may
 * change it, and syncs it. */
bool bulk_end(struct bulk *b, struct err *e) MUST_CHECK;

#endif
