/*
 * sentence: where sentences end: ICU's candidates, less those that veto.h takes back, and the ends
 * at an ellipsis, which ICU does not see. Pure. Internal to split.
 */
#ifndef TEXT_SENTENCE_H
#define TEXT_SENTENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <unicode/ubrk.h>
#include <unicode/utext.h>

struct splitter {
    UBreakIterator *sentence, *word, *grapheme;
    UText *text;
};

/* The iterator looks at this text, which stays the caller's. */
void splitter_set_text(struct splitter *s, UBreakIterator *it, const char *text, size_t bytes);

struct sentences {
    struct splitter *s;
    const char *text;
    size_t bytes;
    bool whole;      /* `bytes` is where the text ends, not only the look ahead */
    size_t from;     /* where the sentence began */
    size_t pending;  /* ICU's newest candidate */
    bool asked;      /* whether it is one */
    size_t searched; /* for ellipses, up to here */
};

void sentences_begin(struct sentences *q, struct splitter *s, const char *text, size_t bytes,
                     bool whole);
/* The next sentence end; false when there is none that is certain. */
bool sentences_next(struct sentences *q, size_t *end);

#endif
