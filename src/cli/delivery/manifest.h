/*
 * manifest: what a delivery consists of, as one JSON document: its jobs in order, each with its
 * file, its text and what is known of its sound.
 */
#ifndef CLI_DELIVERY_MANIFEST_H
#define CLI_DELIVERY_MANIFEST_H

#include <stdio.h>

#include "store/store.h"

#define MANIFEST_NAME "manifest.json"

/* In turn: begin, add for each job, end. Errors stick to the stream. */
void manifest_begin(FILE *out, const char *batch);
/* `file`: its name below the manifest's folder; NULL = it has none. The row's facts are the file's.
 * The first job of a batch has the number 1. */
void manifest_add(FILE *out, const struct store_job_row *row, const char *file);
void manifest_end(FILE *out);

#endif
