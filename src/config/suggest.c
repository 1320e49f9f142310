/* suggest.c: see suggest.h. Levenshtein's distance, with one row of the matrix. */
#include "config/suggest.h"

#include <stdio.h>
#include <string.h>

void suggest_init(struct suggest *s, const char *typed) {
    *s = (struct suggest){.typed = typed};
}

static size_t least(size_t a, size_t b, size_t c) {
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

static size_t edits(const char *a, size_t a_bytes, const char *b, size_t b_bytes) {
    size_t row[SUGGEST_NAME_MAX + 1];
    for (size_t j = 0; j <= b_bytes; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_bytes; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_bytes; j++) {
            size_t above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[b_bytes];
}

/* Near is: a third of the letters may differ, and one always may. */
void suggest_offer(struct suggest *s, const char *known) {
    size_t typed_bytes = strlen(s->typed);
    size_t known_bytes = strlen(known);
    if (typed_bytes > SUGGEST_NAME_MAX || known_bytes > SUGGEST_NAME_MAX)
        return;
    size_t allowed = 1 + (typed_bytes < known_bytes ? typed_bytes : known_bytes) / 3;
    size_t n = edits(s->typed, typed_bytes, known, known_bytes);
    if (n > allowed || (s->best && n >= s->best_edits))
        return;
    s->best = known;
    s->best_edits = n;
}

const char *suggest_text(const struct suggest *s, char *out, size_t out_bytes) {
    out[0] = '\0';
    if (s->best)
        (void)snprintf(out, out_bytes, "; did you mean %s?", s->best);
    return out;
}
