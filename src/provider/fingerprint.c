/* fingerprint.c: see fingerprint.h. Every part has its kind and its length before it, so that no
 * two lists of parts look alike. */
#include "provider/fingerprint.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "provider/request.h"
#include "provider/template.h"

/* These numbers are in databases: a new part goes to the end. */
enum part {
    PART_METHOD,
    PART_URL,
    PART_HEADER,
    PART_CONTENT_TYPE,
    PART_BODY,
    PART_LITERAL,
    PART_JOB,
    PART_SECRET,
    PART_END,
    PART_SET,
    PART_QUERY,
    PART_SIGN,
    PART_AUDIO,
};

static void add(struct sha256 *sha, enum part part, const char *data, size_t bytes) {
    uint64_t head[2] = {(uint64_t)part, bytes};
    sha256_add(sha, head, sizeof head);
    sha256_add(sha, data, bytes);
}

static void add_text(struct sha256 *sha, enum part part, const char *text) {
    add(sha, part, text ? text : "", text ? strlen(text) : 0);
}

/* A placeholder counts with its way of escaping; a variable with its value. */
static void add_piece(struct sha256 *sha, const struct profile *p,
                      const struct template_piece *piece) {
    const char kind = (char)piece->kind;
    if (piece->kind == TEMPLATE_LITERAL) {
        add(sha, PART_LITERAL, piece->text, piece->bytes);
        return;
    }
    add(sha, PART_JOB, &kind, sizeof kind);
    if (piece->kind == TEMPLATE_SECRET)
        add_text(sha, PART_SECRET, piece->text);
    else if (request_is_own_name(piece->text) || !profile_var(p, piece->text))
        add_text(sha, PART_JOB, piece->text);
    else
        add_text(sha, PART_LITERAL, profile_var(p, piece->text));
}

static void add_template(struct sha256 *sha, enum part part, const struct profile *p,
                         const struct template *t) {
    add_text(sha, part, "");
    for (size_t i = 0; t && i < t->count; i++)
        add_piece(sha, p, &t->pieces[i]);
    add_text(sha, PART_END, "");
}

static int by_name(const void *a, const void *b) {
    const struct profile_header *const *x = a, *const *y = b;
    return strcasecmp((*x)->name, (*y)->name);
}

static void add_headers(struct sha256 *sha, const struct profile *p) {
    const struct profile_header *sorted[PROFILE_HEADERS_MAX];
    for (size_t i = 0; i < p->header_count; i++)
        sorted[i] = &p->headers[i];
    qsort(sorted, p->header_count, sizeof *sorted, by_name);
    for (size_t i = 0; i < p->header_count; i++) {
        char name[256];
        size_t bytes = 0;
        for (const char *s = sorted[i]->name; *s && bytes < sizeof name; s++)
            name[bytes++] = (char)tolower((unsigned char)*s);
        add(sha, PART_HEADER, name, bytes);
        add_template(sha, PART_HEADER, p, sorted[i]->value);
    }
}

static void add_number(struct sha256 *sha, enum part part, int64_t number) {
    add(sha, part, (const char *)&number, sizeof number);
}

static void add_members(struct sha256 *sha, const struct profile *p) {
    for (size_t i = 0; i < p->set_count; i++) {
        add_text(sha, PART_SET, p->sets[i].pointer);
        add_number(sha, PART_SET, (int64_t)p->sets[i].type);
        add_template(sha, PART_SET, p, p->sets[i].value);
    }
    for (size_t i = 0; i < p->query_count; i++) {
        add_text(sha, PART_QUERY, p->queries[i].name);
        add_template(sha, PART_QUERY, p, p->queries[i].value);
    }
}

/* How the audio is taken out of the answer: a profile that was mended must not get the answers from
 * before. */
static void add_audio(struct sha256 *sha, const struct profile_audio *a) {
    const int64_t numbers[] = {(int64_t)a->form, (int64_t)a->coding, a->drops_repeat, a->rate,
                               a->channels};
    add(sha, PART_AUDIO, (const char *)numbers, sizeof numbers);
    add_text(sha, PART_AUDIO, a->pointer);
    add_text(sha, PART_AUDIO, a->end_pointer);
    add_text(sha, PART_AUDIO, a->end_value);
}

void fingerprint_of(const struct profile *p, unsigned char out[SHA256_BYTES]) {
    struct sha256 sha;
    sha256_init(&sha);
    add_text(&sha, PART_METHOD, p->method);
    add_template(&sha, PART_URL, p, p->url);
    add_headers(&sha, p);
    add_text(&sha, PART_CONTENT_TYPE, p->body ? p->content_type : NULL);
    add_template(&sha, PART_BODY, p, p->body);
    add_members(&sha, p);
    if (p->sign)
        add_template(&sha, PART_SIGN, p, p->sign);
    add_audio(&sha, &p->audio);
    sha256_finish(&sha, out);
}

void fingerprint_take(struct profile *p) {
    fingerprint_of(p, p->fingerprint);
    p->shares = !request_names_job(p);
}
