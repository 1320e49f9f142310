/* test_fingerprint: what makes two profiles ask for the same, and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "provider/fingerprint.h"
#include "provider/template.h"
#include "queue/request_key.h"

#define BODY "{\"m\": \"${json:model}\", \"v\": \"${json:voice}\", \"t\": \"${json:text}\"}"

static struct template *parse(const char *text) {
    struct template *t;
    struct err e;
    size_t at;
    assert_true(template_parse(text, &t, &at, &e));
    return t;
}

static void add_header(struct profile *p, const char *name, const char *value) {
    p->headers[p->header_count++] =
        (struct profile_header){.name = ensure_strdup(name), .value = parse(value)};
}

static void add_var(struct profile *p, const char *name, const char *value) {
    p->vars[p->var_count++] =
        (struct profile_var){.name = ensure_strdup(name), .value = ensure_strdup(value)};
}

/* What a case changes. NULL = as it is. */
struct change {
    const char *what;
    const char *name, *account, *method, *url, *body, *content_type, *model, *voice, *unused;
    const char *authorization; /* value of the header */
    bool swapped, lower_case;  /* of the headers */
    bool equal;                /* expected */
};

static const char *or_else(const char *changed, const char *usual) {
    return changed ? changed : usual;
}

static struct profile *profile_new(const struct change *c) {
    struct profile *p = ensure_alloc(sizeof *p);
    *p = (struct profile){.name = ensure_strdup(or_else(c->name, "p")),
                          .account = ensure_strdup(or_else(c->account, "a")),
                          .method = ensure_strdup(or_else(c->method, "POST")),
                          .content_type =
                              ensure_strdup(or_else(c->content_type, "application/json")),
                          .url = parse(or_else(c->url, "https://x/${url:voice}")),
                          .body = parse(or_else(c->body, BODY))};
    add_var(p, "model", or_else(c->model, "tts-1"));
    add_var(p, "voice", or_else(c->voice, "alloy"));
    add_var(p, "unused", or_else(c->unused, "1"));
    const char *authorization = or_else(c->authorization, "Bearer ${secret:KEY}");
    if (!c->swapped)
        add_header(p, c->lower_case ? "authorization" : "Authorization", authorization);
    add_header(p, "X-Id", "${uuid}");
    if (c->swapped)
        add_header(p, "Authorization", authorization);
    return p;
}

static void take(const struct change *c, unsigned char out[SHA256_BYTES]) {
    struct profile *p = profile_new(c);
    fingerprint_of(p, out);
    profile_free(p);
}

static void only_the_request_counts(void **state) {
    static const struct change cases[] = {
        {.what = "nothing", .equal = true},
        {.what = "name", .name = "q", .equal = true},
        {.what = "account", .account = "b", .equal = true},
        {.what = "order of headers", .swapped = true, .equal = true},
        {.what = "case of headers", .lower_case = true, .equal = true},
        {.what = "a variable that is not used", .unused = "2", .equal = true},
        /* the voice is in the key of each request, with what jobs say of it */
        {.what = "voice", .voice = "nova", .equal = true},
        {.what = "method", .method = "PUT"},
        {.what = "url", .url = "https://y/${url:voice}"},
        {.what = "escaping", .url = "https://x/${raw:voice}"},
        {.what = "placeholder", .url = "https://x/${url:text}"},
        {.what = "body", .body = BODY " "},
        {.what = "a literal like a placeholder's value", .body = "{\"m\": \"tts-1\"}"},
        {.what = "content type", .content_type = "text/plain"},
        {.what = "model", .model = "tts-1-hd"},
        {.what = "another secret", .authorization = "Bearer ${secret:OTHER}"},
        {.what = "around the secret", .authorization = "Token ${secret:KEY}"},
    };
    unsigned char usual[SHA256_BYTES], changed[SHA256_BYTES];
    (void)state;
    take(&cases[0], usual);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        take(&cases[i], changed);
        if ((memcmp(usual, changed, sizeof usual) == 0) != cases[i].equal)
            fail_msg("%s: %s", cases[i].what, cases[i].equal ? "counts" : "does not count");
    }
}

/* Two jobs whose requests differ in nothing but their number are two requests. */
static void requests_that_name_their_job_are_not_shared(void **state) {
    static const struct {
        const char *url;
        bool shares;
    } cases[] = {{"https://x/${url:voice}", true},
                 {"https://x/${uuid}", true},
                 {"https://x/page/${seq}", false},
                 {"https://x/?id=${job_id}", false},
                 {"https://x/?n=${attempt_no}", false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct change change = {.url = cases[i].url};
        struct profile *p = profile_new(&change);
        unsigned char expected[SHA256_BYTES];
        fingerprint_of(p, expected);
        fingerprint_take(p);
        assert_memory_equal(p->fingerprint, expected, sizeof expected);
        assert_int_equal(p->shares, cases[i].shares);
        profile_free(p);
    }
}

static bool same(struct request_key a, struct request_key b) {
    assert_int_equal(a.find == b.find, a.check == b.check); /* each half has it all */
    return a.find == b.find;
}

static void every_part_is_told_apart(void **state) {
    const unsigned char f[REQUEST_FINGERPRINT_BYTES] = {1}, g[REQUEST_FINGERPRINT_BYTES] = {2};
    const struct request_parts usual = {.voice = "v", .text = "text", .text_bytes = 4};
    const struct request_parts others[] = {
        {.voice = "w", .text = "text", .text_bytes = 4},
        {.text = "text", .text_bytes = 4},
        {.voice = "vt", .text = "ext", .text_bytes = 3},
        {.voice = "v", .text = "text", .text_bytes = 3},
        {.voice = "v", .text = "text", .text_bytes = 4, .prev_text = "x"},
        {.voice = "v", .text = "text", .text_bytes = 4, .next_text = "x"},
    };
    (void)state;
    assert_true(same(request_key(f, &usual), request_key(f, &usual)));
    assert_false(same(request_key(f, &usual), request_key(g, &usual)));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        for (size_t k = 0; k < sizeof others / sizeof others[0]; k++) {
            assert_false(same(request_key(f, &usual), request_key(f, &others[i])));
            assert_int_equal(same(request_key(f, &others[i]), request_key(f, &others[k])), i == k);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_request_counts),
        cmocka_unit_test(requests_that_name_their_job_are_not_shared),
        cmocka_unit_test(every_part_is_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
