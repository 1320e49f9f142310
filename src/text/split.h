/*
 * split: where a text may be cut: at paragraphs, sentences, clauses, words, and at the least
 * between characters as people see them. Pure.
 *
 * Sentence ends are ICU's (UAX 29) as candidates; a list of vetoes (text/veto.h) takes back those
 * after "Dr.", initials, "z. B.", and before `she asked`. A line end by itself is no sentence end:
 * the text may be hard-wrapped (text/unwrap.h). Never cut: a grapheme cluster, a tag such as
 * <break time="1s"/> or <#0.5#>, an entity such as &amp;.
 */
#ifndef TEXT_SPLIT_H
#define TEXT_SPLIT_H

#include "base/err.h"
#include "text/measure.h"

#define SPLIT_TAG_BYTES_MAX 256 /* what is longer between < and > is no tag */

struct splitter; /* of one thread */

/* ERR_MEMORY, or ERR_CONFIG when ICU lacks its data. */
bool splitter_new(struct splitter **out, struct err *e) MUST_CHECK;
void splitter_free(struct splitter *s); /* NULL is fine */

/* Called for each part, in order; the parts cover the text. False ends the splitting. */
typedef bool split_each(void *arg, size_t at, size_t bytes);

/* The sentences of a text of valid UTF-8, each with the white space behind it. Returns false when
 * `each` did. A part without anything to speak belongs to its neighbour. */
bool split_sentences(struct splitter *s, const char *text, size_t bytes, split_each *each,
                     void *arg);

struct split_ends {
    size_t count_max; /* in: more parts than these are ERR_INPUT */
    size_t *ends;     /* out: where each part ends; the caller frees them */
    size_t count;
};
/* Parts of at most limit->max (above 0) units each, when white space at both ends is trimmed
 * (split_trim); as few and as well-cut ones as a look ahead of one part allows; they cover the
 * text. ERR_INPUT when something that must not be cut is longer than that by itself. On failure the
 * list is empty: ends NULL, count 0. */
bool split_ends(struct splitter *s, const char *text, size_t bytes,
                const struct measure_limit *limit, struct split_ends *out,
                struct err *e) MUST_CHECK;

/* Narrows a part to what is spoken of it. */
void split_trim(const char *text, size_t *at, size_t *bytes);

#endif
