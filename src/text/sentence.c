/* sentence.c: see sentence.h. */
#include "text/sentence.h"

#include <string.h>
#include <unicode/uchar.h>

#include "base/ensure.h"
#include "text/chars.h"
#include "text/veto.h"

/* Neither can fail with memory at hand: the UText is reused, and iterators do not copy the text. */
void splitter_set_text(struct splitter *s, UBreakIterator *it, const char *text, size_t bytes) {
    UErrorCode code = U_ZERO_ERROR;
    s->text = utext_openUTF8(s->text, text, (int64_t)bytes, &code);
    ubrk_setUText(it, s->text, &code);
    ASSERT(U_SUCCESS(code));
}

/* "… Then": ICU sees no end there. From `from` to before `to`; 0 = none. */
static size_t find_ellipsis_end(const char *text, size_t bytes, size_t from, size_t to) {
    static const char ellipsis[] = "\xe2\x80\xa6";
    for (size_t at = from; at < to;) {
        const char *p = memmem(text + at, to - at, ellipsis, sizeof ellipsis - 1);
        if (!p)
            return 0;
        size_t next, end = (size_t)(p - text) + sizeof ellipsis - 1;
        for (uint32_t c; (c = chars_at(text, bytes, end, &next)) == 0x2026 || chars_is_closer(c);)
            end = next;
        at = end;
        size_t after = chars_skip_space(text, bytes, end);
        uint32_t c = chars_at(text, bytes, after, &next);
        bool begins = u_isupper((UChar32)c) || chars_is_opener(c);
        if (after > end && after < to && begins)
            return after;
    }
    return 0;
}

void sentences_begin(struct sentences *q, struct splitter *s, const char *text, size_t bytes,
                     bool whole) {
    *q = (struct sentences){.s = s, .text = text, .bytes = bytes, .whole = whole};
    splitter_set_text(s, s->sentence, text, bytes);
}

static bool next_candidate(struct sentences *q) {
    while (q->asked || q->pending <= q->from) { /* a late closer may have taken us beyond it */
        int32_t at = ubrk_next(q->s->sentence);
        if (at == UBRK_DONE)
            return false;
        q->pending = (size_t)at;
        q->asked = false;
    }
    return true;
}

bool sentences_next(struct sentences *q, size_t *end) {
    size_t at = 0;
    while (at == 0) {
        if (!next_candidate(q))
            return false;
        at = find_ellipsis_end(q->text, q->bytes, q->searched, q->pending);
        q->searched = at ? at : q->pending;
        if (at == 0) {
            at = veto_sentence(q->text, q->bytes, q->from, q->pending);
            q->asked = true;
        }
    }
    if (at >= q->bytes && !q->whole)
        return false;
    q->from = at;
    if (q->searched < at)
        q->searched = at;
    *end = at;
    return true;
}
