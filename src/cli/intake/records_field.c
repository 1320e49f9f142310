/* records_field.c: see records_field.h. */
#include "cli/intake/records_field.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/utf8.h"
#include "cli/view/text.h"

static const char *const field_names[FIELD_COUNT] = {
    [FIELD_TEXT] = "text", [FIELD_VOICE] = "voice",     [FIELD_ID] = "id",
    [FIELD_NAME] = "name", [FIELD_CHAPTER] = "chapter", [FIELD_PRIORITY] = "priority",
};

bool records_field_is_blank(const char *text, size_t bytes) {
    for (size_t i = 0; i < bytes; i++)
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\n' && text[i] != '\r')
            return false;
    return true;
}

bool records_field_find(const struct input *in, int64_t line, const char *name,
                        enum records_field *out, struct err *e) {
    struct nearest near;
    nearest_init(&near, name);
    for (int i = 0; i < FIELD_COUNT; i++) {
        if (!strcmp(name, field_names[i])) {
            *out = (enum records_field)i;
            return true;
        }
        nearest_offer(&near, field_names[i]);
    }
    char shown[TEXT_SHOWN_BYTES];
    text_show(name, 40, shown);
    if (near.best[0])
        return err_set(e, ERR_INPUT, "%s:%" PRId64 ": unknown field '%s'; did you mean '%s'?",
                       in->name, line, shown, near.best);
    return err_set(e, ERR_INPUT,
                   "%s:%" PRId64
                   ": unknown field '%s'; there are text, voice, id, name, chapter, priority",
                   in->name, line, shown);
}

static const char **short_field(struct record *r, enum records_field field) {
    switch (field) {
    case FIELD_VOICE:
        return &r->voice;
    case FIELD_ID:
        return &r->ext_id;
    case FIELD_NAME:
        return &r->name;
    case FIELD_CHAPTER:
        return &r->chapter;
    case FIELD_TEXT:
    case FIELD_PRIORITY:
    case FIELD_COUNT:
        break;
    }
    return NULL;
}

static bool set_short(const struct input *in, struct record *r, enum records_field field,
                      const char *value, size_t bytes, struct err *e) {
    if (bytes > RECORDS_FIELD_BYTES_MAX)
        return err_set(e, ERR_INPUT, "%s:%" PRId64 ": '%s' is longer than %d bytes", in->name,
                       r->line, field_names[field], RECORDS_FIELD_BYTES_MAX);
    *short_field(r, field) = bytes ? value : NULL;
    return true;
}

bool records_field_set_priority(const struct input *in, struct record *r, int64_t priority,
                                struct err *e) {
    if (priority < -RECORDS_PRIORITY_MAX || priority > RECORDS_PRIORITY_MAX)
        return err_set(e, ERR_INPUT, "%s:%" PRId64 ": 'priority' must be from -%d to %d", in->name,
                       r->line, RECORDS_PRIORITY_MAX, RECORDS_PRIORITY_MAX);
    r->priority = priority;
    r->has_priority = true;
    return true;
}

static bool parse_priority(const struct input *in, struct record *r, const char *value,
                           size_t bytes, struct err *e) {
    if (bytes == 0)
        return true;
    char *end;
    errno = 0;
    long long n = strtoll(value, &end, 10);
    if (errno || end != value + bytes || *value == ' ' || *value == '+')
        return err_set(e, ERR_INPUT, "%s:%" PRId64 ": 'priority' must be a whole number", in->name,
                       r->line);
    return records_field_set_priority(in, r, n, e);
}

bool records_field_set(const struct input *in, struct record *r, enum records_field field,
                       const char *value, size_t bytes, struct err *e) {
    switch (field) {
    case FIELD_TEXT:
        r->text = value;
        r->text_bytes = bytes;
        r->chars = (int64_t)utf8_count_codepoints(value, bytes);
        return true;
    case FIELD_VOICE:
    case FIELD_ID:
    case FIELD_NAME:
    case FIELD_CHAPTER:
        return set_short(in, r, field, value, bytes, e);
    case FIELD_PRIORITY:
        return parse_priority(in, r, value, bytes, e);
    case FIELD_COUNT:
        break;
    }
    return true;
}
