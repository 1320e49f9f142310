/* manifest.c: see manifest.h. */
#include "cli/delivery/manifest.h"

#include <jansson.h>

#include "base/ensure.h"
#include "base/sha256.h"
#include "cli/view/text.h"

static json_t *job_json(const struct store_job_row *row, const char *file) {
    char sha[SHA256_HEX_BYTES];
    json_t *o = json_pack("{s:I, s:o, s:o, s:o, s:o}", "seq", (json_int_t)row->seq, "name",
                          text_json(row->name), "ext_id", text_json(row->ext_id), "file",
                          text_json(file), "text", text_json(row->text));
    ASSERT(o != NULL);
    json_object_set_new(o, "chapter", text_json(row->chapter));
    bool known = file && row->result_duration_ms >= 0;
    json_object_set_new(o, "bytes", file ? json_integer(row->result_bytes) : json_null());
    json_object_set_new(o, "sha256",
                        file ? json_string(sha256_hex(row->result_sha256, sha)) : json_null());
    json_object_set_new(o, "seconds",
                        known ? json_real((double)row->result_duration_ms / 1000.0) : json_null());
    int64_t attempts = row->piece_count > 0 ? row->attempt_no : row->attempts;
    json_object_set_new(o, "attempts", json_integer(attempts));
    if (row->piece_count > 0)
        json_object_set_new(o, "pieces", json_integer(row->piece_count));
    json_object_set_new(o, "cost_micros", json_integer(row->cost_micros));
    return o;
}

void manifest_begin(FILE *out, const char *batch) {
    json_t *name = text_json(batch);
    fputs("{\n  \"batch\": ", out);
    (void)json_dumpf(name, out, JSON_ENCODE_ANY);
    fputs(",\n  \"jobs\": [", out);
    json_decref(name);
}

void manifest_add(FILE *out, const struct store_job_row *row, const char *file) {
    json_t *o = job_json(row, file);
    fputs(row->seq == 1 ? "\n    " : ",\n    ", out);
    (void)json_dumpf(o, out, JSON_REAL_PRECISION(10));
    json_decref(o);
}

void manifest_end(FILE *out) {
    fputs("\n  ]\n}\n", out);
}
