/*
 * side_file: a file that appears under its name only when it is whole; until then it is called
 * NAME.ttsq-part.
 */
#ifndef CLI_DELIVERY_SIDE_FILE_H
#define CLI_DELIVERY_SIDE_FILE_H

#include <limits.h>

#include "base/err.h"

/* Makes the part, readable and writable. ERR_FAILED when a file has the name and `force` is not
 * set, or when something has it that is no plain file: a folder, a device, a link. ERR_USAGE for an
 * empty name. */
bool side_file_open(const char *path, bool force, int *fd, struct err *e) MUST_CHECK;
/* Makes what `fd` holds durable, gives it its name, and makes that durable: what a person takes for
 * safe may be pruned the next moment. */
bool side_file_publish(const char *path, int fd, struct err *e) MUST_CHECK;
/* Unlinks the part; NULL is fine. */
void side_file_drop(const char *path);
/* What the part is called. */
bool side_file_part(const char *path, char out[PATH_MAX], struct err *e) MUST_CHECK;

#endif
