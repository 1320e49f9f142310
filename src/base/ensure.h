/*
 * ensure: assertions that stay on in release.
 *
 * For the program's own mistakes only, never for outside input: a crash is safe by design here (the
 * keeper reaps, the supervisor restarts), a wrong step is not.
 */
#ifndef BASE_ENSURE_H
#define BASE_ENSURE_H

_Noreturn void ensure_failed(const char *kind, const char *expr, const char *file, int line);

#define ASSERT(x) ((x) ? (void)0 : ensure_failed("assertion", #x, __FILE__, __LINE__))
#define PRE(x) ((x) ? (void)0 : ensure_failed("precondition", #x, __FILE__, __LINE__))
#define POST(x) ((x) ? (void)0 : ensure_failed("postcondition", #x, __FILE__, __LINE__))

/* Allocation that ends the process when memory is out: for small, bounded allocations whose failure
 * nobody could handle better than a restart. Results are freed with free(). */
__attribute__((returns_nonnull)) void *ensure_alloc(unsigned long bytes);
__attribute__((returns_nonnull)) void *ensure_realloc(void *p, unsigned long bytes);
__attribute__((returns_nonnull)) char *ensure_strdup(const char *s);
/* The first `bytes` bytes of s, all of which must be text. */
__attribute__((returns_nonnull)) char *ensure_strndup(const char *s, unsigned long bytes);

#endif
