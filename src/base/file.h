/*
 * file: files that are either durably there under their name, or not there at all.
 *
 * A result is written to a file without a name (struct file_part), and gets its name only when its
 * content is safe on the disk. So a name always stands for whole content, through kill -9 and power
 * loss. Names are content addresses: publishing the same name twice is no conflict.
 * Everything here blocks on the disk; publishing (fsync) belongs into a thread pool. Modes are
 * subject to the umask. Descriptors are close-on-exec.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

#define FILE_PART_NAME_BYTES 32

/* Makes `path` and what is missing above it, each with `mode`; a directory that is there is fine.
 * The new entries are durable on return. */
bool file_mkdir_p(const char *path, mode_t mode, struct err *e) MUST_CHECK;

/* Makes the folder `name` in another, if it is not there. In one that is shared by its group (see
 * file_mkdir_shared) it is shared, too, as far as that may be done. Not durable by itself. */
bool file_add_folder(int dir_fd, const char *name, mode_t mode, struct err *e) MUST_CHECK;
/* The same, durable on return also when it was there: whoever made it may not have come so far yet.
 */
bool file_mkdir_at(int dir_fd, const char *name, mode_t mode, struct err *e) MUST_CHECK;

/* A folder with the set-group-ID bit is shared by its group: what is made in it should be, too,
 * whoever comes first and whatever the umask is. Makes `path` and what is missing above it with
 * mode 0770 less the umask; in a shared folder its last part gets that folder's permissions, less
 * those of others. A directory that is there stays as it is. */
bool file_mkdir_shared(const char *path, struct err *e) MUST_CHECK;
/* The same for a new file: in a shared folder the group may read and write it as it may the folder.
 * Does nothing elsewhere, and never fails: the file then stays as it was created. */
void file_share(int fd, const char *folder);
void file_share_at(int fd, int dir_fd); /* of a folder that is open */

/* The group's share in what is made in a folder, as a mode; 0 = the folder is not shared. */
mode_t file_shared_mode(int dir_fd);

/* Makes the names in a folder durable. */
bool file_sync_folder(const char *path, struct err *e) MUST_CHECK;
/* Makes the name durable that `path` has in the folder it lies in. */
bool file_sync_parent(const char *path, struct err *e) MUST_CHECK;

/* Opens a directory for use as a dir_fd; the caller closes it. Follows links. */
bool file_open_dir(const char *path, int *dir_fd, struct err *e) MUST_CHECK;

/* Opens a file without a name in $TMPDIR or /tmp, readable and writable; gone when it is closed. */
bool file_open_scratch(int *fd, struct err *e) MUST_CHECK;

/* Writes everything, through short writes and EINTR. */
bool file_write_all(int fd, const void *data, size_t bytes, struct err *e) MUST_CHECK;

/* Reads `bytes` at a place in the file, through short reads and EINTR; the file's offset is neither
 * used nor moved. Returns how many: fewer only where the file ends; -1 with errno on failure. */
ssize_t file_read_at(int fd, void *out, size_t bytes, int64_t at) MUST_CHECK;

/* Writes everything at a place in the file, whose offset is neither used nor moved. O_DIRECT is
 * taken off a descriptor whose file system does not take these bytes with it. `name` is for the
 * message. */
bool file_write_at(int fd, const void *data, size_t bytes, int64_t at, const char *name,
                   struct err *e) MUST_CHECK;

/* A file being written. Where the file system knows no nameless files it is called ".part-<16 hex>"
 * and locked, so that file_part_sweep can tell one that lost its process. */
struct file_part {
    int fd; /* readable and writable, for the owner to check and patch the content; -1 = closed */
    int dir_fd;
    int64_t bytes;                   /* written so far */
    char name[FILE_PART_NAME_BYTES]; /* "" = no name */
};

/* Opens a part in the directory (mode 0440: what is published is never written again). *part is
 * ready for file_part_discard also on failure. `dir_fd` is not kept. */
bool file_part_open(struct file_part *part, int dir_fd, struct err *e) MUST_CHECK;
bool file_part_write(struct file_part *part, const void *data, size_t bytes,
                     struct err *e) MUST_CHECK;

/* Makes the content durable, then gives it the name `name` in `dir_fd` (same file system as the
 * part), then makes the name durable. *was_there tells that a file of this name and size had
 * already been published; the part was not needed then. A file of this name but another size is
 * damage, as names are content addresses, and is replaced. May run in any thread; the part stays
 * open. */
bool file_part_publish(struct file_part *part, int dir_fd, const char *name, bool *was_there,
                       struct err *e) MUST_CHECK;

/* Closes the part; what was not published is gone. May be called again, and after publishing. */
void file_part_discard(struct file_part *part);

/* Unlinks named parts in the directory whose process is dead; returns how many. Never fails: what
 * cannot be looked at stays. */
int file_part_sweep(int dir_fd);

/* Opens (creates, mode 0660) and locks a file that stands for "only one of us": the lock lives as
 * long as *fd is open in any process. Held by another: ERR_LATER, naming its process where known.
 * The file is never unlinked. Does not wait. */
bool file_lock_open(const char *path, int *fd, struct err *e) MUST_CHECK;

/* True for file systems shared between machines, where a WAL database and flock cannot be relied
 * on. *fs_name is static: "NFS", …, or "local". A FUSE file system counts as local: what is behind
 * it cannot be told. */
bool file_is_network_fs(const char *path, bool *network, const char **fs_name,
                        struct err *e) MUST_CHECK;

#endif
