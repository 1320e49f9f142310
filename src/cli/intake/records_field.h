/*
 * records_field: the fields that a record may have, where a format names them: what they are called
 * and what may stand in them. Messages are ERR_INPUT and begin with FILE:LINE.
 */
#ifndef CLI_INTAKE_RECORDS_FIELD_H
#define CLI_INTAKE_RECORDS_FIELD_H

#include "cli/intake/records.h"

enum records_field {
    FIELD_TEXT,
    FIELD_VOICE,
    FIELD_ID,
    FIELD_NAME,
    FIELD_CHAPTER,
    FIELD_PRIORITY,
    FIELD_COUNT
};

/* Which field this is; else fails: "unknown field …; did you mean …". */
bool records_field_find(const struct input *in, int64_t line, const char *name,
                        enum records_field *out, struct err *e) MUST_CHECK;

/* Stores `value`, which has to live as long as *r, in *r. */
bool records_field_set(const struct input *in, struct record *r, enum records_field field,
                       const char *value, size_t bytes, struct err *e) MUST_CHECK;
bool records_field_set_priority(const struct input *in, struct record *r, int64_t priority,
                                struct err *e) MUST_CHECK;

/* Only white space: such a text is no job. */
bool records_field_is_blank(const char *text, size_t bytes);

#endif
