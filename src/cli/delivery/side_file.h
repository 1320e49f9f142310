/*
 * side_file: files that appear under their names only when all of them are whole; until then each
 * is called NAME.ttsq-part.
 */
#ifndef CLI_DELIVERY_SIDE_FILE_H
#define CLI_DELIVERY_SIDE_FILE_H

#include <limits.h>
#include <stddef.h>

#include "base/err.h"

struct side_file {    /* zero before it is opened */
    const char *path; /* the caller's */
    int fd;           /* of the part, readable and writable */
    bool is_open, force;
    bool is_named;
    bool has_old; /* the part is what had the name before */
};

/* Makes the part, and what is missing of the folders above it. Of a `path` that is NULL nothing is
 * made, and nothing below does anything. ERR_FAILED when a file has the name and `force` is not
 * set, or when something has it that is no plain file: a folder, a device, a link. ERR_LATER while
 * another program writes that part. ERR_USAGE for an empty name. */
bool side_file_open(struct side_file *f, const char *path, bool force, struct err *e) MUST_CHECK;

/* Makes the files durable, gives them their names, and makes these durable: what a person takes for
 * safe may be pruned the next moment. All or none: after a failure each name stands for what it
 * stood for before (on a file system that cannot swap names, what was replaced by then is gone). */
bool side_files_publish(struct side_file *const *files, size_t count, struct err *e) MUST_CHECK;

/* Closes it; what was not published is gone. */
void side_file_close(struct side_file *f);

/* Adds what to do to an error for want of space. Always returns false. */
bool side_file_explain(struct err *e);

/* What the part is called. */
bool side_file_part(const char *path, char out[PATH_MAX], struct err *e) MUST_CHECK;

#endif
