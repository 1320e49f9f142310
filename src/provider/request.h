/*
 * request: one job through a profile's templates: URL, headers and body, ready to send.
 *
 * Escaping is typed and explicit: ${json:x} inside a JSON string, ${url:x} percent-encoding,
 * ${xml:x}, ${raw:x}; a bare ${x} is raw and allowed for the profile's own variables only, never
 * for job text. ${secret:NAME} is resolved when the profile is loaded and never shown. Pure.
 */
#ifndef PROVIDER_REQUEST_H
#define PROVIDER_REQUEST_H

#include "base/buf.h"
#include "provider/profile.h"

struct request_input {
    const char *text;  /* UTF-8, NUL-terminated */
    const char *voice; /* NULL = the profile's */
    /* of the neighbours in the batch; NULL = none, or not known */
    const char *prev_text, *next_text;
    int64_t job_id;
    int64_t seq; /* the job's number in its batch */
    int64_t attempt_no;
    uint64_t random[2]; /* for ${uuid}: fresh per attempt */
};

struct request {
    struct buf url;
    struct buf body;
    struct buf headers; /* "Name: value\0Name: value\0…\0": NUL-separated, empty string ends */
    struct buf sign;    /* CURLOPT_AWS_SIGV4; empty = not signed */
    const char *user, *password; /* with sign; live with the profile, as this: */
    const char *method;
};

void request_init(struct request *r);
void request_clear(struct request *r);   /* ready for another one, keeps the memory */
void request_release(struct request *r); /* wipes (it may hold secrets), then frees */

/* Renders; on failure (a value with CR or LF in a header, a limit) *r is released.
 * Does not block. */
bool request_render(struct request *r, const struct profile *p, const struct request_input *in,
                    struct err *e) MUST_CHECK;

/* The body of this input with all its members, for checks. */
bool request_render_body(const struct profile *p, const struct request_input *in, struct buf *out,
                         struct err *e) MUST_CHECK;
/* One `set` alone: false when its value cannot be of its type. */
bool request_check_set(const struct profile *p, const struct profile_set *set,
                       const struct request_input *in, struct err *e) MUST_CHECK;

/* One template of the profile for this input, appended to out;
 * the parts request_render is made of. */
bool request_render_part(const struct profile *p, const struct template *t,
                         const struct request_input *in, struct buf *out, struct err *e) MUST_CHECK;

/* Names with a value of their own, next to the profile's variables: text, prev_text, next_text,
 * voice, job_id, seq, attempt_no, uuid. The texts and `voice` may come from a job, so they are
 * never written unescaped by accident. */
bool request_is_own_name(const char *name);
bool request_is_job_data(const char *name);

/* Do its requests say what is spoken before or after the text? */
bool request_wants_context(const struct profile *p);

/* Do its requests say which job or attempt asks (job_id, seq, attempt_no)? Then no two jobs ask the
 * same. A uuid does not count: it is another one each time, and means nothing. */
bool request_names_job(const struct profile *p);

/* Does a job have to name a voice, because the profile has none and cannot go without? */
bool request_needs_voice(const struct profile *p);

/* The authority "HOST[:PORT]" of an http(s) URL: its start and length inside url. False when the
 * URL has none or carries a user name. */
bool request_url_authority(const char *url, const char **start, size_t *bytes);

#endif
