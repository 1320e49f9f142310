/* zip: how large an archive says that it is, before anything unpacks it. */
#ifndef DOCUMENT_ZIP_H
#define DOCUMENT_ZIP_H

#include <stdint.h>

#include "base/err.h"

/* The sum of the sizes in its directory. ERR_INPUT for what is no zip archive; it may lie, so who
 * unpacks it needs a limit of its own. */
bool zip_unpacked_bytes(int fd, int64_t *bytes, struct err *e) MUST_CHECK;

#endif
