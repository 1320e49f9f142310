/* pieces.c: see pieces.h. */
#include "pieces.h"

#include <stdlib.h>

#include "base/ensure.h"
#include "base/utf8.h"
#include "text/split.h"

/* Without the white space at its ends, which is not sent with a piece. */
static int64_t length_of(const struct call *c, enum measure_unit unit) {
    size_t at = 0, bytes = c->claim.text_bytes;
    if (c->claim.piece_no > 0)
        split_trim(c->claim.text, &at, &bytes);
    return measure_text(c->claim.text + at, bytes, unit);
}

bool pieces_are_needed(const struct call *c) {
    const struct measure_limit *limit = &c->profile->text_max;
    if (limit->max == 0 || (int64_t)c->claim.text_bytes <= limit->max)
        return false;
    return length_of(c, limit->unit) > limit->max;
}

static bool cut(struct call *c, enum measure_unit unit, int64_t most, struct err *e) {
    struct splitter *splitter;
    if (!splitter_new(&splitter, e))
        return false;
    PRE(!c->split_ends);
    bool ok = split_ends(splitter, c->claim.text, c->claim.text_bytes, unit, most, STORE_PIECES_MAX,
                         &c->split_ends, &c->split_count, e);
    splitter_free(splitter);
    if (ok && c->split_count >= 2)
        return true;
    free(c->split_ends);
    c->split_ends = NULL;
    c->split_count = 0;
    return !ok ? false : err_set(e, ERR_INPUT, "the text cannot be cut into pieces");
}

bool pieces_cut(struct call *c, struct err *e) {
    const struct measure_limit *limit = &c->profile->text_max;
    return cut(c, limit->unit, limit->max, e);
}

bool pieces_halve(struct call *c, struct err *e) {
    int64_t chars = length_of(c, MEASURE_CODEPOINTS);
    if (chars < PIECES_HALVE_CHARS_MIN)
        return err_set(e, ERR_INPUT, "a text of %lld characters is not split further",
                       (long long)chars);
    return cut(c, MEASURE_CODEPOINTS, (chars + 1) / 2, e);
}
