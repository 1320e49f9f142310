/*
 * segment: many small answers in one append-only file, so that one sync makes all of them durable.
 *
 * `<results>/segments/<writer, 16 hex>-<n>.seg`, written by one process and read by any. Each
 * record is a header and its body; the header says what the body is, so a file explains itself
 * without a database, and what was appended by a process that died right after it can be found by
 * its key:
 *
 *     0  magic "ttsqseg1"       28  format, NUL-padded     96  check: FNV-1a 64 of bytes 0 … 95
 *     8  key, i64               40  bytes of body, i64    104  the body
 *    16  owner, i64             48  duration in ms, i64
 *    24  number, i32            56  8 bytes of 0
 *                               64  SHA-256 of the body         all integers little-endian
 *
 * An append begins on a boundary of SEGMENT_BLOCK_BYTES; what is left of its last block is 0.
 * A record counts when its check and its hash hold: an append that was cut is nothing. Whoever has
 * a body's place from elsewhere reads (path, offset, bytes) and needs no header. To delete one
 * body, punch a hole over it (fallocate FALLOC_FL_PUNCH_HOLE) and leave its header, for a scan goes
 * from header to header.
 */
#ifndef BASE_SEGMENT_H
#define BASE_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/sha256.h"

#define SEGMENT_FOLDER "segments"
#define SEGMENT_PATH_MAX 48 /* of a file, below the results folder, NUL included */
#define SEGMENT_FORMAT_MAX 12
#define SEGMENT_HEADER_BYTES 104
#define SEGMENT_BLOCK_BYTES 4096
#define SEGMENT_BODY_MAX (INT64_C(16) << 20)
#define SEGMENT_FILE_MAX (INT64_C(256) << 20) /* a file that has reached this gets no more, … */
/* … nor one that was left alone so long: a file that nobody refers to is taken for a stray one
 * after an hour and may be moved away. */
#define SEGMENT_IDLE_MAX_MS (INT64_C(30) * 60 * 1000)

struct segment_record {
    int64_t key;                     /* random: finds the record again */
    int64_t owner;                   /* whose answer it is, … */
    int32_t number;                  /* … and of which of its attempts */
    char format[SEGMENT_FORMAT_MAX]; /* "wav", … */
    int64_t bytes;                   /* of body, 1 … SEGMENT_BODY_MAX */
    int64_t duration_ms;             /* -1 unknown */
    unsigned char sha256[SHA256_BYTES];
    const void *body;            /* the writer's; a scan leaves it NULL */
    int64_t offset;              /* out: of the body in its file; 0 = not appended */
    char path[SEGMENT_PATH_MAX]; /* out: the file, below the results folder */
};

/* ---- writing ----------------------------------------------------------------------------------*/

struct segment { /* the file being written; belongs to one thread */
    int results_fd;
    int64_t writer; /* random, never used before: no other process writes files of this name */
    unsigned next;  /* number of the next file */
    int fd;         /* -1 = none yet */
    int64_t bytes;  /* durable ones, whole blocks */
    int64_t file_max;
    int64_t used_boot_ms; /* when it was appended to last */
    char *room;           /* what is on its way to the file: … */
    size_t used;
    int64_t written; /* … all before is */
    char path[SEGMENT_PATH_MAX];
};

/* Opens nothing: the first append does. results_fd is kept, not owned. */
void segment_init(struct segment *s, int results_fd, int64_t writer);
void segment_close(struct segment *s);

/* Appends all records that are not appended yet (offset 0) and makes them durable; fills offset and
 * path. On failure none of them counts as appended, and the same call may be made again: after
 * ERR_SPACE it goes on in the same file; after any other error in a new one, since nobody knows
 * what the disk has of the old. Blocks on the disk. */
bool segment_append(struct segment *s, struct segment_record *records, size_t count,
                    struct err *e) MUST_CHECK;

/* Has its writer the file open still? By a lock, where the file system has them: a wall clock that
 * was set makes files look old. `fd` is anybody's. */
bool segment_is_being_written(int fd);

/* ---- reading ----------------------------------------------------------------------------------*/

/* Appends to *out the `bytes` at `offset` of a segment file, which may still be growing. Nothing is
 * checked but that they are there (ERR_CORRUPT): the caller knows their hash. */
bool segment_read(int results_fd, const char *path, int64_t offset, int64_t bytes, struct buf *out,
                  struct err *e) MUST_CHECK;

/* Makes another writer's file and its name durable: that one may have died before it did. */
bool segment_sync(int results_fd, const char *path, struct err *e) MUST_CHECK;

/* Calls `each` for every whole header of every file of `writer` that is there. A file is read from
 * header to header, without the bodies; it ends where a header is cut or damaged. The record lives
 * during the call. Return false to stop. Without a file there is nothing to call. */
bool segment_scan(int results_fd, int64_t writer,
                  bool (*each)(const struct segment_record *record, void *arg), void *arg,
                  struct err *e) MUST_CHECK;
/* The same for one file, by its path below the results folder (shorter than SEGMENT_PATH_MAX). */
bool segment_scan_file(int results_fd, const char *path,
                       bool (*each)(const struct segment_record *record, void *arg), void *arg,
                       struct err *e) MUST_CHECK;

#endif
