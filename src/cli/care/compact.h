/*
 * compact: the room inside the database, told, and given back to the disk.
 */
#ifndef CLI_CARE_COMPACT_H
#define CLI_CARE_COMPACT_H

#include "cli/session.h"

#define COMPACT_FREE_TOLD_BYTES (INT64_C(1) << 20) /* less is not worth a line */

/* Writes the database anew without what is free in it, and says how long it was and is. ERR_LATER
 * while a supervisor runs; ERR_SPACE, and nothing changed, when there is no room for it. Blocks for
 * as long as reading and writing the database takes. */
bool compact_database(struct session *s, struct err *e) MUST_CHECK;

#endif
