/* check.c: see check.h. Templates are tried out with sample values, so that the very code that
 * makes requests is the one that is checked. */
#include "provider/check.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/nearest.h"
#include "provider/request.h"
#include "provider/template.h"

#define HOST_BYTES_MAX 255
#define SAMPLE_BYTES_MAX (256 * 1024)

/* in all that a job brings: no host may depend on a job, so this word must not show up in it */
#define SAMPLE_WORD "ttsqjobdatasample"

/* hostile on purpose: quotes, backslash, markup, line ends, control, beyond ASCII */
#define SAMPLE_TEXT                                                                                \
    "a \"" SAMPLE_WORD "\" \\ back\\\"slash, <b>&'\n\r\t\x01 ${x} \xc3\xa9\xe4\xb8\xad"

/* A header's name as RFC 9110 allows it, and none of those that belong to the transport. */
static bool may_set_header(const char *name) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "!#$%&'*+-.^_`|~";
    static const char *const transport[] = {"Host", "Content-Length", "Transfer-Encoding",
                                            "Connection", "Expect"};
    if (!*name || name[strspn(name, allowed)])
        return false;
    for (size_t i = 0; i < sizeof transport / sizeof *transport; i++)
        if (strcasecmp(name, transport[i]) == 0)
            return false;
    return true;
}

bool profile_is_loopback(const char *authority, size_t bytes) {
    char host[HOST_BYTES_MAX + 1];
    const char *colon = memrchr(authority, ':', bytes);
    const char *bracket = memrchr(authority, ']', bytes);
    if (colon && (!bracket || colon > bracket))
        bytes = (size_t)(colon - authority);
    if (bytes == 0 || bytes > HOST_BYTES_MAX)
        return false;
    memcpy(host, authority, bytes);
    host[bytes] = '\0';
    struct in_addr v4;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0;
}

static bool check_job_data(const struct template_piece *piece, enum profile_part part,
                           struct err *e) {
    if (part == PROFILE_PART_HEADER && strcmp(piece->text, "voice") != 0)
        return err_set(e, ERR_CONFIG, "a job's text never goes into a header");
    if (piece->kind == TEMPLATE_BARE)
        return err_set(e, ERR_CONFIG,
                       "${%s} comes from jobs: say how it is written, ${json:%s}, ${url:%s}, "
                       "${xml:%s} or ${raw:%s}",
                       piece->text, piece->text, piece->text, piece->text, piece->text);
    if (part == PROFILE_PART_URL && piece->kind != TEMPLATE_URL)
        return err_set(e, ERR_CONFIG, "in a URL it is ${url:%s}", piece->text);
    return true;
}

/* A member's value is written by the program, so a name stands there as it is. */
static bool check_member(const struct template_piece *piece, bool is_json, struct err *e) {
    bool plain = piece->kind == TEMPLATE_BARE || piece->kind == TEMPLATE_RAW;
    if (is_json && request_is_job_data(piece->text) && piece->kind != TEMPLATE_JSON)
        return err_set(e, ERR_CONFIG, "inside JSON it is ${json:%s}", piece->text);
    if (!is_json && !plain)
        return err_set(e, ERR_CONFIG,
                       "here the value is escaped as it has to be: it is ${%s} alone", piece->text);
    return true; /* a name without a value leaves the member out */
}

static bool check_piece(const struct profile *p, const struct template_piece *piece,
                        enum profile_part part, struct err *e) {
    if (piece->kind == TEMPLATE_LITERAL)
        return true;
    if (piece->kind == TEMPLATE_SECRET)
        return part == PROFILE_PART_HEADER ||
               err_set(e, ERR_CONFIG, "a secret goes into a header, nowhere else");
    if (part == PROFILE_PART_SIGN && request_is_own_name(piece->text))
        return err_set(e, ERR_CONFIG, "a signature's name does not depend on jobs");
    if (request_is_job_data(piece->text))
        return check_job_data(piece, part, e);
    if (request_is_own_name(piece->text) || profile_var(p, piece->text))
        return true;
    return err_set(
        e, ERR_CONFIG,
        "${%s} has no value: set it in this profile (%s = …, or var.%s = … for a name of "
        "your own)",
        piece->text, piece->text, piece->text);
}

static bool check_pieces(const struct profile *p, const struct template *t, enum profile_part part,
                         struct profile_spot *spot, struct err *e) {
    for (size_t i = 0; i < t->count; i++) {
        if (check_piece(p, &t->pieces[i], part, e))
            continue;
        spot->at = t->pieces[i].at;
        spot->exact = true;
        return false;
    }
    return true;
}

static bool uses(const struct template *t, const char *name) {
    for (size_t i = 0; t && i < t->count; i++)
        if (t->pieces[i].kind != TEMPLATE_LITERAL && t->pieces[i].kind != TEMPLATE_SECRET &&
            strcmp(t->pieces[i].text, name) == 0)
            return true;
    return false;
}

static bool profile_uses(const struct profile *p, const char *name) {
    bool found = uses(p->url, name) || uses(p->body, name) || uses(p->sign, name);
    for (size_t i = 0; !found && i < p->header_count; i++)
        found = uses(p->headers[i].value, name);
    for (size_t i = 0; !found && i < p->set_count; i++)
        found = uses(p->sets[i].value, name);
    for (size_t i = 0; !found && i < p->query_count; i++)
        found = uses(p->queries[i].value, name);
    return found;
}

static bool uses_job_data(const struct template *t) {
    return uses(t, "text") || uses(t, "voice") || uses(t, "prev_text") || uses(t, "next_text");
}

static bool sends_secret(const struct profile *p) {
    if (p->sign)
        return true;
    for (size_t i = 0; i < p->header_count; i++)
        for (size_t k = 0; k < p->headers[i].value->count; k++)
            if (p->headers[i].value->pieces[k].kind == TEMPLATE_SECRET)
                return true;
    return false;
}

static const struct request_input sample = {.text = SAMPLE_TEXT,
                                            .prev_text = SAMPLE_TEXT,
                                            .next_text = SAMPLE_TEXT,
                                            .voice = SAMPLE_WORD,
                                            .job_id = 1,
                                            .seq = 1,
                                            .attempt_no = 1};

static bool is_url_text(const char *s) {
    for (; *s; s++)
        if (*s < '!' || *s > '~')
            return false;
    return true;
}

static bool check_rendered_url(struct profile *p, const char *url, struct err *e) {
    const char *host;
    size_t bytes;
    if (!is_url_text(url) || !request_url_authority(url, &host, &bytes))
        return err_set(e, ERR_CONFIG,
                       "not a usable URL: http:// or https://, a host, no user name, printable "
                       "ASCII without spaces");
    if (memmem(host, bytes, SAMPLE_WORD, strlen(SAMPLE_WORD)))
        return err_set(e, ERR_CONFIG, "the host must not depend on a job's text or voice");
    p->loopback = profile_is_loopback(host, bytes);
    if (strncasecmp(url, "http://", strlen("http://")) == 0 && !p->loopback && sends_secret(p))
        return err_set(e, ERR_CONFIG,
                       "would send a secret over plain http to %.*s: use https, or drop the header "
                       "(header.drop = Authorization)",
                       (int)(bytes < 80 ? bytes : 80), host);
    return true;
}

/* `url = ${raw:text}`: jobs say where to. Nothing that is ours may go there. */
static bool check_fetch(const struct profile *p, struct err *e) {
    if (p->body || p->query_count || sends_secret(p) || strcmp(p->method, "GET") != 0)
        return err_set(e, ERR_CONFIG,
                       "where jobs bring the URL it is fetched with method = GET: no secret, body, "
                       "query or signature goes along");
    return true;
}

static bool is_job_text(const struct template *t) {
    return t->count == 1 && t->pieces[0].kind == TEMPLATE_RAW &&
           strcmp(t->pieces[0].text, "text") == 0;
}

static bool check_url(struct profile *p, struct profile_spot *spot, struct err *e) {
    spot->part = PROFILE_PART_URL;
    p->fetches = is_job_text(p->url);
    if (p->fetches)
        return check_fetch(p, e);
    if (!check_pieces(p, p->url, PROFILE_PART_URL, spot, e))
        return false;
    struct buf url;
    buf_init(&url, PROFILE_URL_MAX);
    bool ok =
        request_render_part(p, p->url, &sample, &url, e) && check_rendered_url(p, buf_str(&url), e);
    buf_release(&url);
    return ok;
}

static bool is_json(const char *content_type) {
    size_t n = strcspn(content_type, "; ");
    static const char plain[] = "application/json";
    static const char suffix[] = "+json";
    return (n == strlen(plain) && strncasecmp(content_type, plain, n) == 0) ||
           (n > strlen(suffix) &&
            strncasecmp(content_type + n - strlen(suffix), suffix, strlen(suffix)) == 0);
}

/* Offset of the line (1 …) in the body's own text: the sample adds no line end, because JSON
 * escapes them. A body that lets one through is not JSON, and its first lines still count right. */
static size_t offset_of_line(const struct template *t, int line) {
    int seen = 1;
    size_t at = 0;
    for (size_t i = 0; i < t->count && seen < line; i++)
        for (size_t k = 0; t->pieces[i].kind == TEMPLATE_LITERAL && k < t->pieces[i].bytes; k++)
            if (t->pieces[i].text[k] == '\n' && ++seen == line) {
                at = t->pieces[i].at + k + 1;
                break;
            }
    return at;
}

static bool check_json(const struct profile *p, const struct buf *body, struct profile_spot *spot,
                       struct err *e) {
    json_error_t fault;
    json_t *parsed =
        json_loadb(body->data ? body->data : "", body->bytes, JSON_REJECT_DUPLICATES, &fault);
    if (parsed) {
        json_decref(parsed);
        return true;
    }
    spot->at = offset_of_line(p->body, fault.line);
    spot->exact = true;
    return err_set(e, ERR_CONFIG,
                   "the body is not JSON once its placeholders are filled in (%.120s); inside "
                   "quotes use ${json:…}",
                   fault.text);
}

static bool check_body(struct profile *p, struct profile_spot *spot, struct err *e) {
    if (!p->body)
        return true;
    *spot = (struct profile_spot){.part = PROFILE_PART_BODY};
    if (!check_pieces(p, p->body, PROFILE_PART_BODY, spot, e))
        return false;
    struct buf body;
    buf_init(&body, SAMPLE_BYTES_MAX);
    bool ok = request_render_part(p, p->body, &sample, &body, e) &&
              (!is_json(p->content_type) || check_json(p, &body, spot, e));
    buf_release(&body);
    return ok;
}

/* ---- members, signature, variables ----------------------------------------------------------- */

static bool check_member_pieces(const struct template *t, bool is_json, struct profile_spot *spot,
                                struct err *e) {
    for (size_t i = 0; i < t->count; i++) {
        const struct template_piece *piece = &t->pieces[i];
        spot->at = piece->at;
        spot->exact = true;
        if (piece->kind == TEMPLATE_SECRET)
            return err_set(e, ERR_CONFIG, "a secret goes into a header, nowhere else");
        if (piece->kind != TEMPLATE_LITERAL && !check_member(piece, is_json, e))
            return false;
    }
    *spot = (struct profile_spot){.part = spot->part, .index = spot->index, .exact = true};
    return true;
}

static bool check_set(const struct profile *p, const struct profile_set *set,
                      struct profile_spot *spot, struct err *e) {
    bool is_json_value = set->type == SET_JSON || set->type == SET_JSON_TEXT;
    if (!check_member_pieces(set->value, is_json_value, spot, e))
        return false;
    /* a job's text is no number; whether its voice is, only the job can tell */
    return (!is_json_value && set->type != SET_STRING && uses_job_data(set->value)) ||
           request_check_set(p, set, &sample, e);
}

/* The first set that cannot be put into the body has to be found: they are tried one by one. */
static bool check_sets_fit(struct profile *p, struct profile_spot *spot, struct err *e) {
    size_t count = p->set_count;
    bool ok = true;
    for (p->set_count = 1; ok && p->set_count <= count; p->set_count++) {
        if (uses_job_data(p->sets[p->set_count - 1].value) &&
            p->sets[p->set_count - 1].type != SET_STRING)
            continue;
        struct buf body;
        buf_init(&body, SAMPLE_BYTES_MAX);
        *spot = (struct profile_spot){
            .part = PROFILE_PART_SET, .index = p->set_count - 1, .exact = false};
        ok = request_render_body(p, &sample, &body, e);
        buf_release(&body);
    }
    p->set_count = count;
    return ok;
}

static bool check_sets(struct profile *p, struct profile_spot *spot, struct err *e) {
    for (size_t i = 0; i < p->set_count; i++) {
        *spot = (struct profile_spot){.part = PROFILE_PART_SET, .index = i};
        if (!p->body || !is_json(p->content_type))
            return err_set(e, ERR_CONFIG, "needs a JSON body to put the member into");
        if (!check_set(p, &p->sets[i], spot, e))
            return false;
    }
    return p->set_count == 0 || check_sets_fit(p, spot, e);
}

static bool check_queries(const struct profile *p, struct profile_spot *spot, struct err *e) {
    for (size_t i = 0; i < p->query_count; i++) {
        *spot = (struct profile_spot){.part = PROFILE_PART_QUERY, .index = i};
        if (!check_member_pieces(p->queries[i].value, false, spot, e))
            return false;
    }
    return true;
}

/* What libcurl takes: "aws:amz:REGION:SERVICE". */
static bool is_signature(const char *s) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    for (int part = 0; part < 4; part++) {
        size_t n = strspn(s, allowed);
        if (n == 0 || s[n] != (part < 3 ? ':' : '\0'))
            return false;
        s += n + 1;
    }
    return true;
}

static bool check_sign(const struct profile *p, struct profile_spot *spot, struct err *e) {
    if (!p->sign)
        return true;
    *spot = (struct profile_spot){.part = PROFILE_PART_SIGN};
    if (!check_pieces(p, p->sign, PROFILE_PART_SIGN, spot, e))
        return false;
    struct buf text;
    buf_init(&text, PROFILE_URL_MAX);
    bool ok = request_render_part(p, p->sign, &sample, &text, e);
    if (ok && !is_signature(buf_str(&text)))
        ok = err_set(e, ERR_CONFIG, "is written aws:amz:REGION:SERVICE");
    buf_release(&text);
    return ok;
}

/* A variable that nothing uses, while a member waits for one with almost its name. */
static bool check_variable(const struct profile *p, size_t i, struct err *e) {
    const char *name = p->vars[i].name;
    struct nearest near;
    nearest_init(&near, name);
    for (size_t k = 0; k < p->set_count + p->query_count; k++) {
        const struct template *t =
            k < p->set_count ? p->sets[k].value : p->queries[k - p->set_count].value;
        for (size_t n = 0; n < t->count; n++)
            if (t->pieces[n].kind != TEMPLATE_LITERAL && t->pieces[n].kind != TEMPLATE_SECRET &&
                !request_is_own_name(t->pieces[n].text) && !profile_var(p, t->pieces[n].text))
                nearest_offer(&near, t->pieces[n].text);
    }
    if (!near.best[0] || profile_uses(p, name))
        return true;
    return err_set(e, ERR_CONFIG, "nothing in this profile uses ${%s}; did you mean %s?", name,
                   near.best);
}

static bool check_variables(const struct profile *p, struct profile_spot *spot, struct err *e) {
    for (size_t i = 0; i < p->var_count; i++) {
        *spot = (struct profile_spot){.part = PROFILE_PART_VARIABLE, .index = i};
        if (!check_variable(p, i, e))
            return false;
    }
    return true;
}

/* ---- headers --------------------------------------------------------------------------------- */

static bool check_header(const struct profile *p, const struct profile_header *header,
                         struct profile_spot *spot, struct err *e) {
    if (!check_pieces(p, header->value, PROFILE_PART_HEADER, spot, e))
        return false;
    if (!may_set_header(header->name))
        return err_set(e, ERR_CONFIG, "header %.60s cannot be set", header->name);
    for (size_t i = 0; i < header->value->count; i++) {
        const struct template_piece *piece = &header->value->pieces[i];
        const char *s = piece->text;
        if (piece->kind != TEMPLATE_LITERAL && piece->kind != TEMPLATE_SECRET)
            s = profile_var(p, piece->text);
        for (; s && *s; s++)
            if (*s != '\t' && (*s < ' ' || *s > '~'))
                return err_set(e, ERR_CONFIG, "header %s: only printable ASCII is allowed",
                               header->name);
    }
    return true;
}

static bool check_headers(const struct profile *p, struct profile_spot *spot, struct err *e) {
    for (size_t i = 0; i < p->header_count; i++) {
        *spot = (struct profile_spot){.part = PROFILE_PART_HEADER, .index = i};
        if (!check_header(p, &p->headers[i], spot, e))
            return false;
    }
    return true;
}

bool profile_check(struct profile *p, struct profile_spot *spot, struct err *e) {
    *spot = (struct profile_spot){.part = PROFILE_PART_NONE};
    if (!p->url)
        return err_set(e, ERR_CONFIG, "profile %s has no url (or inherit = openai-compat)",
                       p->name);
    if (!check_url(p, spot, e) || !check_body(p, spot, e) || !check_headers(p, spot, e) ||
        !check_sets(p, spot, e) || !check_queries(p, spot, e) || !check_sign(p, spot, e) ||
        !check_variables(p, spot, e)) {
        e->code = ERR_CONFIG;
        return false;
    }
    *spot = (struct profile_spot){.part = PROFILE_PART_NONE};
    if (!profile_uses(p, "text"))
        return err_set(e, ERR_CONFIG, "profile %s sends no ${…:text} in its body or url", p->name);
    return true;
}
