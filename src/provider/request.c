/* request.c: see request.h. */
#include "provider/request.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/ensure.h"
#include "provider/members.h"
#include "provider/template.h"

#define HEADERS_BYTES_MAX (32 * 1024)
#define BODY_BYTES_MAX (8 * 1024 * 1024) /* a text, escaped, in its template */
#define SIGN_BYTES_MAX 256
#define UUID_BYTES 37
#define NUMBER_BYTES 24

struct own_texts { /* written when first asked for: most templates want none or one of them */
    char uuid[UUID_BYTES];
    char job_id[NUMBER_BYTES];
    char seq[NUMBER_BYTES];
    char attempt_no[NUMBER_BYTES];
};

struct rendering { /* what the placeholders of one attempt stand for */
    const struct profile *profile;
    const struct request_input *in;
    struct own_texts *own;
};

/* RFC 9562, 5.4: version 4, variant 10. */
static void write_uuid(const uint64_t random[2], char out[UUID_BYTES]) {
    uint64_t high = (random[0] & ~UINT64_C(0xf000)) | UINT64_C(0x4000);
    uint64_t low = (random[1] & ~(UINT64_C(3) << 62)) | UINT64_C(2) << 62;
    (void)snprintf(
        out, UUID_BYTES, "%08" PRIx64 "-%04" PRIx64 "-%04" PRIx64 "-%04" PRIx64 "-%012" PRIx64,
        high >> 32, high >> 16 & 0xffff, high & 0xffff, low >> 48, low & UINT64_C(0xffffffffffff));
}

static const char *value_text(const struct rendering *r) {
    return r->in->text;
}

static const char *value_voice(const struct rendering *r) {
    return r->in->voice ? r->in->voice : profile_var(r->profile, "voice");
}

static const char *value_prev_text(const struct rendering *r) {
    return r->in->prev_text ? r->in->prev_text : "";
}

static const char *value_next_text(const struct rendering *r) {
    return r->in->next_text ? r->in->next_text : "";
}

static const char *number_text(char text[NUMBER_BYTES], int64_t number) {
    if (!text[0])
        (void)snprintf(text, NUMBER_BYTES, "%" PRId64, number);
    return text;
}

static const char *value_job_id(const struct rendering *r) {
    return number_text(r->own->job_id, r->in->job_id);
}

static const char *value_seq(const struct rendering *r) {
    return number_text(r->own->seq, r->in->seq);
}

static const char *value_attempt_no(const struct rendering *r) {
    return number_text(r->own->attempt_no, r->in->attempt_no);
}

static const char *value_uuid(const struct rendering *r) {
    if (!r->own->uuid[0])
        write_uuid(r->in->random, r->own->uuid);
    return r->own->uuid;
}

static const struct own_name {
    const char *name;
    const char *(*value)(const struct rendering *r);
    bool job_data;
} own_names[] = {
    {"text", value_text, true},           {"voice", value_voice, true},
    {"prev_text", value_prev_text, true}, {"next_text", value_next_text, true},
    {"job_id", value_job_id, false},      {"seq", value_seq, false},
    {"uuid", value_uuid, false},          {"attempt_no", value_attempt_no, false},
};

static const struct own_name *own_name(const char *name) {
    for (size_t i = 0; i < sizeof own_names / sizeof *own_names; i++)
        if (strcmp(own_names[i].name, name) == 0)
            return &own_names[i];
    return NULL;
}

bool request_is_own_name(const char *name) {
    return own_name(name) != NULL;
}

bool request_is_job_data(const char *name) {
    const struct own_name *own = own_name(name);
    return own && own->job_data;
}

static const char *find_value(const void *context, const char *name) {
    const struct rendering *r = context;
    const struct own_name *own = own_name(name);
    return own ? own->value(r) : profile_var(r->profile, name);
}

/* For members that are left out without a value: an empty one is none. */
static const char *find_some_value(const void *context, const char *name) {
    const char *value = find_value(context, name);
    return value && *value ? value : NULL;
}

static const char *find_secret(const void *context, const char *name) {
    const struct rendering *r = context;
    const struct profile_secret *secret = profile_secret(r->profile, name);
    return secret ? secret->value : NULL;
}

static struct rendering rendering_of(const struct profile *p, const struct request_input *in,
                                     struct own_texts *own) {
    own->uuid[0] = own->job_id[0] = own->seq[0] = own->attempt_no[0] = '\0';
    return (struct rendering){.profile = p, .in = in, .own = own};
}

static bool render(const struct rendering *r, const struct template *t, struct buf *out,
                   struct err *e) {
    struct template_values values = {.find = find_value, .secret = find_secret, .context = r};
    return template_render(t, &values, out, e);
}

static struct template_values member_values(const struct rendering *r) {
    return (struct template_values){.find = find_some_value, .secret = find_secret, .context = r};
}

bool request_render_part(const struct profile *p, const struct template *t,
                         const struct request_input *in, struct buf *out, struct err *e) {
    struct own_texts own;
    struct rendering r = rendering_of(p, in, &own);
    return render(&r, t, out, e);
}

void request_init(struct request *r) {
    *r = (struct request){0};
    buf_init(&r->url, PROFILE_URL_MAX);
    buf_init(&r->body, BODY_BYTES_MAX);
    buf_init(&r->headers, HEADERS_BYTES_MAX);
    buf_init(&r->sign, SIGN_BYTES_MAX);
}

void request_clear(struct request *r) {
    buf_clear(&r->url);
    buf_clear(&r->body);
    buf_clear(&r->headers);
    buf_clear(&r->sign);
    r->user = r->password = r->method = NULL;
}

static void wipe(struct buf *b) {
    if (b->data)
        explicit_bzero(b->data, b->room);
    buf_release(b);
}

void request_release(struct request *r) {
    wipe(&r->url);
    wipe(&r->body);
    wipe(&r->headers);
    wipe(&r->sign);
    r->user = r->password = r->method = NULL;
}

bool request_url_authority(const char *url, const char **start, size_t *bytes) {
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t n = strlen(schemes[i]);
        if (strncasecmp(url, schemes[i], n) != 0)
            continue;
        *start = url + n;
        *bytes = strcspn(url + n, "/?#");
        /* parsers disagree on what a backslash in front of an '@' means, so neither is allowed */
        return *bytes > 0 && !memchr(*start, '@', *bytes) && !memchr(*start, '\\', *bytes);
    }
    return false;
}

static bool is_printable(const char *s, size_t bytes, const char *also, char least) {
    for (size_t i = 0; i < bytes; i++)
        if ((s[i] < least || s[i] > '~') && (s[i] == '\0' || !strchr(also, s[i])))
            return false;
    return true;
}

static bool render_url(const struct rendering *r, struct buf *out, struct err *e) {
    struct template_values values = member_values(r);
    if (!render(r, r->profile->url, out, e) || !members_apply_queries(r->profile, &values, out, e))
        return err_prefix(e, "profile %s: url", r->profile->name);
    const char *authority;
    size_t bytes;
    if (!is_printable(out->data, out->bytes, "", '!') ||
        !request_url_authority(buf_str(out), &authority, &bytes))
        return err_set(e, ERR_INPUT, "profile %s: url: not an http(s) URL of printable ASCII",
                       r->profile->name);
    return true;
}

/* "Name: value" and a NUL. The value must be free of line ends whatever it was made of. */
static bool add_header(const struct profile *p, const char *name, const char *value, size_t bytes,
                       struct buf *out, struct err *e) {
    if (!is_printable(value, bytes, "\t", ' '))
        return err_set(e, ERR_INPUT, "profile %s: header %s: only printable ASCII is allowed",
                       p->name, name);
    if (!buf_add_str(out, name) || !buf_add_str(out, ": ") || !buf_add(out, value, bytes) ||
        !buf_add_char(out, '\0'))
        return err_set(e, ERR_INPUT, "profile %s: headers larger than %d bytes", p->name,
                       HEADERS_BYTES_MAX);
    return true;
}

static bool render_header(const struct rendering *r, const struct profile_header *header,
                          struct buf *out, struct err *e) {
    struct buf value;
    buf_init(&value, HEADERS_BYTES_MAX);
    bool ok = render(r, header->value, &value, e);
    if (!ok)
        (void)err_prefix(e, "profile %s: header %s", r->profile->name, header->name);
    else
        ok = add_header(r->profile, header->name, buf_str(&value), value.bytes, out, e);
    wipe(&value);
    return ok;
}

static bool has_header(const struct profile *p, const char *name) {
    for (size_t i = 0; i < p->header_count; i++)
        if (strcasecmp(p->headers[i].name, name) == 0)
            return true;
    return false;
}

static bool check_secrets(const struct profile *p, struct err *e) {
    const struct profile_secret *missing = profile_missing_secret(p);
    if (missing)
        return err_set(e, ERR_CONFIG, "profile %s: secret %s: %s", p->name, missing->name,
                       missing->problem);
    return true;
}

/* Of temporary keys: part of what is signed. */
static bool add_session_token(const struct rendering *r, struct buf *out, struct err *e) {
    const char *token = r->profile->sign ? find_secret(r, PROFILE_SIGN_TOKEN) : NULL;
    return !token || add_header(r->profile, "X-Amz-Security-Token", token, strlen(token), out, e);
}

static bool render_headers(const struct rendering *r, struct buf *out, struct err *e) {
    const struct profile *p = r->profile;
    if (!check_secrets(p, e))
        return false;
    for (size_t i = 0; i < p->header_count; i++)
        if (!profile_omits(p, p->headers[i].value) && !render_header(r, &p->headers[i], out, e))
            return false;
    if (p->body && p->content_type && !has_header(p, "Content-Type") &&
        !add_header(p, "Content-Type", p->content_type, strlen(p->content_type), out, e))
        return false;
    if (!add_session_token(r, out, e))
        return false;
    if (!buf_add_char(out, '\0'))
        return err_set(e, ERR_INPUT, "profile %s: headers too large", p->name);
    return true;
}

static bool render_body(const struct rendering *r, struct buf *out, struct err *e) {
    struct template_values values = member_values(r);
    if (!r->profile->body ||
        (render(r, r->profile->body, out, e) && members_apply_sets(r->profile, &values, out, e)))
        return true;
    return err_prefix(e, "profile %s: body", r->profile->name);
}

bool request_render_body(const struct profile *p, const struct request_input *in, struct buf *out,
                         struct err *e) {
    struct own_texts own;
    struct rendering r = rendering_of(p, in, &own);
    return render_body(&r, out, e);
}

bool request_check_set(const struct profile *p, const struct profile_set *set,
                       const struct request_input *in, struct err *e) {
    struct own_texts own;
    struct rendering r = rendering_of(p, in, &own);
    struct template_values values = member_values(&r);
    return members_check_set(set, &values, e);
}

/* libcurl signs what it sends: it needs only what the signature is for, and the key. */
static bool render_sign(const struct rendering *r, struct request *out, struct err *e) {
    const struct profile *p = r->profile;
    if (!p->sign)
        return true;
    if (!render(r, p->sign, &out->sign, e))
        return err_prefix(e, "profile %s: sign", p->name);
    out->user = find_secret(r, PROFILE_SIGN_USER);
    out->password = find_secret(r, PROFILE_SIGN_PASSWORD);
    return true; /* render_headers has looked for absent secrets */
}

bool request_render(struct request *r, const struct profile *p, const struct request_input *in,
                    struct err *e) {
    PRE(in->text);
    struct own_texts own;
    struct rendering rendering = rendering_of(p, in, &own);
    r->method = p->method;
    if (render_url(&rendering, &r->url, e) && render_headers(&rendering, &r->headers, e) &&
        render_body(&rendering, &r->body, e) && render_sign(&rendering, r, e))
        return true;
    request_release(r);
    return false;
}

static bool names(const struct template *t, const char *name) {
    for (size_t i = 0; t && i < t->count; i++) {
        const struct template_piece *piece = &t->pieces[i];
        if (piece->kind != TEMPLATE_LITERAL && piece->kind != TEMPLATE_SECRET &&
            !strcmp(piece->text, name))
            return true;
    }
    return false;
}

static bool names_context(const struct template *t) {
    return names(t, "prev_text") || names(t, "next_text");
}

static bool names_job(const struct template *t) {
    return names(t, "job_id") || names(t, "seq") || names(t, "attempt_no");
}

static bool any_template(const struct profile *p, bool (*is)(const struct template *t)) {
    bool any = is(p->url) || is(p->body);
    for (size_t i = 0; !any && i < p->header_count; i++)
        any = is(p->headers[i].value);
    for (size_t i = 0; !any && i < p->set_count; i++)
        any = is(p->sets[i].value);
    for (size_t i = 0; !any && i < p->query_count; i++)
        any = is(p->queries[i].value);
    return any;
}

bool request_wants_context(const struct profile *p) {
    return any_template(p, names_context);
}

bool request_names_job(const struct profile *p) {
    return any_template(p, names_job);
}

bool request_needs_voice(const struct profile *p) {
    return !profile_var(p, "voice") && (names(p->url, "voice") || names(p->body, "voice"));
}
