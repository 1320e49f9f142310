/* ensure.c: see ensure.h. */
#include "base/ensure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void ensure_failed(const char *kind, const char *expr, const char *file, int line) {
    fprintf(stderr, "ttsq: %s failed: %s (%s:%d)\n", kind, expr, file, line);
    abort();
}

void *ensure_alloc(unsigned long bytes) {
    void *p = calloc(1, bytes ? bytes : 1);
    ASSERT(p != NULL);
    return p;
}

void *ensure_realloc(void *p, unsigned long bytes) {
    void *q = realloc(p, bytes ? bytes : 1);
    ASSERT(q != NULL);
    return q;
}

char *ensure_strdup(const char *s) {
    return ensure_strndup(s, strlen(s));
}

char *ensure_strndup(const char *s, unsigned long bytes) {
    char *copy = ensure_alloc(bytes + 1);
    memcpy(copy, s, bytes);
    return copy;
}
