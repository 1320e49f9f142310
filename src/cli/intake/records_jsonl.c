/* records_jsonl.c: one JSON object a line; see records.h. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/intake/records_field.h"
#include "cli/view/text.h"

#define ID_BYTES 32

struct row {
    struct record record;
    char id_digits[ID_BYTES]; /* of an id that is a number */
};

static bool wrong_type(const struct input *in, int64_t line, const char *key, const char *wanted,
                       struct err *e) {
    return err_set(e, ERR_INPUT, "%s:%" PRId64 ": '%s' must be %s", in->name, line, key, wanted);
}

static bool take_field(const struct input *in, struct row *row, const char *key, json_t *value,
                       struct err *e) {
    struct record *r = &row->record;
    enum records_field field;
    if (!records_field_find(in, r->line, key, &field, e))
        return false;
    if (field == FIELD_PRIORITY)
        return json_is_integer(value)
                   ? records_field_set_priority(in, r, json_integer_value(value), e)
                   : wrong_type(in, r->line, key, "a whole number", e);
    if (field == FIELD_ID && json_is_integer(value)) {
        int n = snprintf(row->id_digits, sizeof row->id_digits, "%" JSON_INTEGER_FORMAT,
                         json_integer_value(value));
        return records_field_set(in, r, field, row->id_digits, (size_t)n, e);
    }
    if (!json_is_string(value))
        return wrong_type(in, r->line, key, "a string", e);
    return records_field_set(in, r, field, json_string_value(value), json_string_length(value), e);
}

static bool take_object(const struct input *in, json_t *object, struct records_sink *sink,
                        struct err *e) {
    struct row row = {.record = {.line = in->line, .begins = BEGIN_PARAGRAPH}};
    const char *key;
    json_t *value;
    if (!json_is_object(object))
        return err_set(e, ERR_INPUT, "%s:%" PRId64 ": not a JSON object; write {\"text\": \"...\"}",
                       in->name, in->line);
    json_object_foreach(object, key, value) {
        if (!take_field(in, &row, key, value, e))
            return false;
    }
    if (!row.record.text)
        return err_set(e, ERR_INPUT, "%s:%" PRId64 ": the field 'text' is missing", in->name,
                       in->line);
    if (records_field_is_blank(row.record.text, row.record.text_bytes))
        return err_set(e, ERR_INPUT, "%s:%" PRId64 ": 'text' is empty", in->name, in->line);
    return sink->each(sink->arg, &row.record, e);
}

static bool take_line(const struct input *in, const struct input_line *line,
                      struct records_sink *sink, struct err *e) {
    json_error_t problem;
    json_t *object = json_loadb(line->text, line->bytes, JSON_REJECT_DUPLICATES, &problem);
    if (!object) {
        char shown[TEXT_SHOWN_BYTES];
        return err_set(e, ERR_INPUT, "%s:%" PRId64 ":%d: not JSON: %.200s", in->name, in->line,
                       problem.column, text_show(problem.text, 100, shown));
    }
    bool ok = take_object(in, object, sink, e);
    json_decref(object);
    return ok;
}

bool records_read_jsonl(struct input *in, struct records_sink *sink, struct err *e) {
    struct input_line line;
    bool more;
    while (input_line(in, &line, &more, e)) {
        if (!more)
            return true;
        if (records_field_is_blank(line.text, line.bytes))
            sink->empty_lines++;
        else if (!take_line(in, &line, sink, e))
            return false;
    }
    return false;
}
