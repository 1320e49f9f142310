/* nearest.c: see nearest.h. Edits are counted with a swap of neighbours as one (optimal string
 * alignment), since that is the commonest typing mistake. */
#include "base/nearest.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define EDITS_MAX 3 /* further away is another word */

void nearest_init(struct nearest *n, const char *typed) {
    *n = (struct nearest){.typed = typed, .best_edits = EDITS_MAX + 1};
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

static size_t edits(const char *a, size_t a_bytes, const char *b, size_t b_bytes) {
    size_t rows[3][NEAREST_NAME_MAX + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_bytes; j++) {
        above[j] = j;
        before[j] = j;
    }
    for (size_t i = 1; i <= a_bytes; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_bytes; j++) {
            size_t change = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(change, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        size_t *free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return above[b_bytes];
}

void nearest_offer(struct nearest *n, const char *known) {
    size_t typed_bytes = strlen(n->typed), known_bytes = strlen(known);
    if (typed_bytes > NEAREST_NAME_MAX || known_bytes > NEAREST_NAME_MAX || known_bytes == 0)
        return;
    size_t found = edits(n->typed, typed_bytes, known, known_bytes);
    bool begins = typed_bytes > 1 && strncmp(n->typed, known, typed_bytes) == 0;
    if (begins && found > 1)
        found = 1;
    if (found >= n->best_edits || 2 * found > typed_bytes) /* half of it wrong is another word */
        return;
    n->best_edits = found;
    (void)snprintf(n->best, sizeof n->best, "%s", known);
}

const char *nearest_hint(const struct nearest *n, char *out, size_t out_bytes) {
    out[0] = '\0';
    if (n->best[0])
        (void)snprintf(out, out_bytes, "; did you mean %s?", n->best);
    return out;
}
