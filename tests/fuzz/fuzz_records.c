/* fuzz_records: any bytes as a file of texts; the first byte chooses format and split. What comes
 * out is good UTF-8 without NUL, counted right, in order. */
#include <string.h>

#include "base/utf8.h"
#include "cli/intake/records.h"
#include "tests/fuzz/target.h"

static bool on_record(void *arg, const struct record *r, struct err *e) {
    int64_t *line = arg;
    size_t bad;
    (void)e;
    MUST(strlen(r->text) == r->text_bytes);
    MUST(utf8_check(r->text, r->text_bytes, &bad) == UTF8_GOOD);
    MUST(r->chars == (int64_t)utf8_count_codepoints(r->text, r->text_bytes));
    MUST(r->line >= *line);
    *line = r->line;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    if (bytes == 0)
        return 0;
    struct input in;
    struct err e = {.code = ERR_NONE};
    int64_t line = 0;
    struct records_sink sink = {.each = on_record, .arg = &line};
    input_open(&in, target_file(data + 1, bytes - 1), "input");
    if (!records_read(&in, data[0] % 3, data[0] / 3 % 3, &sink, &e))
        MUST(e.code != ERR_NONE && e.msg[0] != '\0' && !strchr(e.msg, '\n'));
    input_close(&in);
    return 0;
}
