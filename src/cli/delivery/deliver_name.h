/*
 * deliver_name: what the files of a batch are called.
 *
 * A template is text with fields in braces: seq (with {seq:04} at least so many digits), name (the
 * job's name, else its first words), id (its own, else ours), batch, chapter, voice, ext. ".{ext}"
 * is put behind a template without {ext}; '/' makes folders. Values are made safe for a name, so
 * only the template's own text could lead out of the folder, and that is refused.
 */
#ifndef CLI_DELIVERY_DELIVER_NAME_H
#define CLI_DELIVERY_DELIVER_NAME_H

#include "store/store.h"

#define DELIVER_TEMPLATE "{seq}_{name}"
#define DELIVER_TEMPLATE_BYTES_MAX 200
#define DELIVER_NAME_BYTES 1024

struct deliver_name {
    const char *template, *batch; /* the caller's */
    bool is_default, has_ext;
    int number_width; /* of {seq} without one of its own */
};

/* ERR_USAGE for a template that cannot be used. `jobs`: how many numbers there will be. */
bool deliver_name_init(struct deliver_name *n, const char *template, const char *batch,
                       int64_t jobs, struct err *e) MUST_CHECK;
/* Would two jobs get one name? Then ERR_USAGE tells which. Reads all rows of the batch. */
bool deliver_name_check_all(const struct deliver_name *n, struct store *store, int64_t batch_id,
                            struct err *e) MUST_CHECK;
void deliver_name_make(const struct deliver_name *n, const struct store_job_row *row,
                       char out[DELIVER_NAME_BYTES]);

#endif
