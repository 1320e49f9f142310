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

static bool cut(struct call *c, const struct measure_limit *limit, struct err *e) {
    struct split_ends found = {.count_max = STORE_PIECES_MAX};
    struct splitter *splitter;
    PRE(!c->split_ends);
    if (!splitter_new(&splitter, e))
        return false;
    bool ok = split_ends(splitter, c->claim.text, c->claim.text_bytes, limit, &found, e);
    splitter_free(splitter);
    if (ok && found.count < 2)
        ok = err_set(e, ERR_INPUT, "the text cannot be cut into pieces");
    if (!ok) {
        free(found.ends);
        return false;
    }
    c->split_ends = found.ends;
    c->split_count = found.count;
    return true;
}

bool pieces_cut(struct call *c, struct err *e) {
    return cut(c, &c->profile->text_max, e);
}

bool pieces_halve(struct call *c, struct err *e) {
    int64_t chars = length_of(c, MEASURE_CODEPOINTS);
    if (chars < PIECES_HALVE_CHARS_MIN)
        return err_set(e, ERR_INPUT, "a text of %lld characters is not split further",
                       (long long)chars);
    struct measure_limit half = {.unit = MEASURE_CODEPOINTS, .max = (chars + 1) / 2};
    return cut(c, &half, e);
}
