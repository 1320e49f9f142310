/* fuzz_split: any text, any limit: the parts cover it, fit, and are not blank. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/utf8.h"
#include "text/split.h"
#include "text/unwrap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct check {
    const char *text;
    size_t bytes, end;
    struct measure_limit limit;
};

static void check_part(struct check *c, size_t at, size_t bytes) {
    ASSERT(at == c->end && bytes > 0 && bytes <= c->bytes - at);
    c->end += bytes;
    size_t whole = bytes;
    split_trim(c->text, &at, &bytes);
    ASSERT(bytes > 0 || whole == c->bytes);
    ASSERT(measure_text(c->text + at, bytes, c->limit.unit) <= c->limit.max);
}

static void check_pieces(struct splitter *splitter, struct check *c) {
    struct split_ends cut = {.count_max = SIZE_MAX};
    struct err e;
    bool ok = split_ends(splitter, c->text, c->bytes, &c->limit, &cut, &e);
    for (size_t i = 0; i < cut.count; i++)
        check_part(c, c->end, cut.ends[i] - c->end);
    ASSERT(ok ? c->end == c->bytes : e.code == ERR_INPUT && cut.count == 0);
    free(cut.ends);
}

static bool cover(void *arg, size_t at, size_t bytes) {
    size_t *end = arg;
    ASSERT(at == *end && bytes > 0);
    *end += bytes;
    return true;
}

/* First byte: the unit; second: the limit; the rest is text as far as it is UTF-8. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct splitter *splitter;
    struct err e;
    size_t bad = 0, end = 0;
    if (size < 3)
        return 0;
    if (!splitter && !splitter_new(&splitter, &e))
        return 0;
    const char *from = (const char *)data + 2;
    size_t bytes = size - 2;
    if (utf8_check(from, bytes, &bad) != UTF8_GOOD)
        bytes = bad;
    if (bytes == 0)
        return 0;
    char *text = ensure_alloc(bytes); /* without a NUL: nothing may rely on one */
    memcpy(text, from, bytes);
    struct check c = {
        .text = text,
        .bytes = bytes,
        .limit = {.unit = (enum measure_unit)(data[0] % 3), .max = 1 + (int64_t)data[1] * 4}};
    check_pieces(splitter, &c);
    ASSERT(split_sentences(splitter, text, bytes, cover, &end));
    ASSERT(end == bytes);
    free(text);
    text = ensure_alloc(bytes + 1);
    memcpy(text, from, bytes);
    text[bytes] = '\0';
    ASSERT(text_unwrap(text, bytes) <= bytes);
    free(text);
    return 0;
}
