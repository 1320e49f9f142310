/*
 * profile: how to speak to a provider, as data: templates for the request, limits, timeouts, what
 * counts as audio. Read by config from [profile:NAME]; the built-in presets (etc/providers.d) are
 * text of the same language (provider/preset.h). Immutable once loaded, so threads may share it.
 * Pure: knows nothing of files, sockets and queues.
 */
#ifndef PROVIDER_PROFILE_H
#define PROVIDER_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "provider/fact.h"
#include "provider/rule.h"
#include "queue/price.h"
#include "text/measure.h"

#define PROFILE_NAME_MAX 48
#define PROFILE_URL_MAX 2048
#define PROFILE_HEADERS_MAX 32
#define PROFILE_VARS_MAX 64
#define PROFILE_SECRETS_MAX 16
#define PROFILE_SETS_MAX 32
#define PROFILE_QUERIES_MAX 32
#define PROFILE_RULES_MAX 96
#define PROFILE_SIGN_USER "AWS_ACCESS_KEY_ID"
#define PROFILE_SIGN_PASSWORD "AWS_SECRET_ACCESS_KEY"
#define PROFILE_SIGN_TOKEN "AWS_SESSION_TOKEN" /* goes along when there is one */

struct decode_plan; /* provider/decode.h */
struct template;    /* provider/template.h: a parsed "text ${json:x} text" */

struct profile_header {
    char *name;
    struct template *value;
};

struct profile_var { /* a name that templates may use: base_url, model, voice, format, … */
    char *name;
    char *value;
};

/* `set = /pointer TYPE VALUE`: a member of the JSON body that is there only when its value is. */
enum set_type {
    SET_STRING,
    SET_NUMBER,
    SET_BOOL,
    SET_JSON,      /* the value is JSON */
    SET_JSON_TEXT, /* the value is JSON, and goes in as a string that holds it */
};

struct profile_set {
    char *pointer;
    enum set_type type;
    struct template *value; /* left out while one of its placeholders has no value */
};

struct profile_query { /* `query = NAME=VALUE`: as set, a member of the URL's query */
    char *name;
    struct template *value; /* percent-encoded as a whole */
};

/* How the body of a good answer is built: `audio = FORM [POINTER CODING] [end=POINTER=VALUE]`. */
enum profile_audio_form {
    PROFILE_AUDIO_BODY,   /* it is the audio */
    PROFILE_AUDIO_JSON,   /* one JSON document */
    PROFILE_AUDIO_STREAM, /* json-stream: documents behind one another, or one on each line */
    PROFILE_AUDIO_EVENTS, /* sse: server-sent events, a document each */
};

enum profile_audio_coding {
    PROFILE_AUDIO_RAW, /* with PROFILE_AUDIO_BODY */
    PROFILE_AUDIO_BASE64,
    PROFILE_AUDIO_HEX,
    PROFILE_AUDIO_URL, /* the audio is to be fetched from there */
};

struct profile_audio {
    enum profile_audio_form form;
    enum profile_audio_coding coding;
    char *pointer;     /* of the audio's string; NULL with PROFILE_AUDIO_BODY */
    char *end_pointer; /* an answer without this mark is cut; NULL = none is needed */
    char *end_value;
    bool drops_repeat; /* the document with the end mark may hold the whole audio again */
    int rate;          /* Hz of raw PCM; 0 = not known */
    int channels;      /* of raw PCM; 0 = not known */
    int64_t max_s;     /* longer audio is no answer (cut by the provider); 0 = no limit */
};

struct profile_live {           /* what the provider tells about its limits */
    struct fact_list max;       /* most calls at a time */
    struct fact_list now;       /* calls at this time */
    struct fact_list remaining; /* requests left in this window */
    struct fact_list reset;     /* until the window's end */
};

/* To let a command provide a secret that expires (an OAuth token), it would get a second source
 * here beside the value: the command and for how long its output counts; request.c asks for the
 * value in one place, profile_secret. */
struct profile_secret { /* resolved once, when the profile is loaded */
    char *name;
    char *value;   /* NULL = not usable */
    char *problem; /* why value is NULL: what was looked for, or what is wrong with it */
    bool absent;   /* value is NULL because there is none anywhere */
};

#define PROFILE_FINGERPRINT_BYTES 32

struct profile_price {
    struct price price; /* micros 0 = not known */
    char currency[PRICE_CURRENCY_BYTES];
};

struct profile {
    char *name;
    unsigned char fingerprint[PROFILE_FINGERPRINT_BYTES]; /* of what it asks: fingerprint.h */
    bool shares;   /* equal texts are equal requests: their jobs may share an answer */
    char *account; /* name of the account whose limits count */
    char *method;  /* POST or GET */
    struct template *url;
    struct template *body; /* NULL = no body */
    struct profile_header headers[PROFILE_HEADERS_MAX];
    size_t header_count;
    struct profile_var vars[PROFILE_VARS_MAX];
    size_t var_count;
    struct profile_secret secrets[PROFILE_SECRETS_MAX];
    size_t secret_count;
    char *content_type; /* of the body */
    bool fetches;       /* the URL is the job's text: where it leads needs a guard (`allow`) */
    bool loopback;      /* the URL's host is this machine: a header whose secret is absent
                           is left out instead of being an error */
    char **accept;      /* prefixes of acceptable content types; NULL-terminated */
    struct profile_set *sets; /* in order; no two have the same pointer */
    size_t set_count;
    struct profile_query *queries;
    size_t query_count;
    struct template *sign; /* AWS SigV4: "aws:amz:REGION:SERVICE"; NULL = not signed. The key is in
                              the secrets PROFILE_SIGN_USER and PROFILE_SIGN_PASSWORD. */

    struct profile_audio audio;
    struct decode_plan *decode; /* of `audio` and `wanted`; NULL = a body is audio, nothing else */
    struct rule_condition *ok;  /* a success needs all of them; beside status and content type */
    size_t ok_count;
    struct profile_rule *rules; /* asked in this order */
    size_t rule_count;
    struct fact_wanted wanted; /* what all these need of headers and body */
    struct fact_list request_id;
    struct fact_list retry_after;
    struct fact_list cost; /* billed units */
    struct profile_live live;
    char **allow;       /* hosts that URLs of jobs and answers may name, "*.example.org" too;
                           NULL-terminated; NULL = every public one */
    int64_t expires_ms; /* wall clock: the provider ends it then; 0 = not known */

    int64_t timeout_connect_ms;
    int64_t timeout_first_byte_ms;
    int64_t timeout_stall_ms; /* no byte for so long = dead */
    int64_t timeout_total_ms; /* the hard deadline of a call */
    int64_t response_bytes_max;
    int64_t retry_after_max_ms; /* clamp */

    int retry_max; /* → struct retry_policy of queue/retry.h */
    int retry_uncertain_max;
    int64_t retry_base_ms;
    int64_t retry_cap_ms;

    struct profile_price price; /* of a call, price_factor in it */
    int64_t price_factor;       /* millionths */
    bool bills_failed;          /* an answer that is no success costs, too */

    int64_t audio_min_ms_per_char; /* 0 = check off */
    bool audio_accepts_silence;
    int64_t audio_bytes_min;
    struct measure_limit text_max; /* of one call */
};

void profile_free(struct profile *p); /* wipes the secrets; NULL is fine */
const char *profile_var(const struct profile *p, const char *name); /* NULL when unset */
const struct profile_secret *profile_secret(const struct profile *p,
                                            const char *name); /* or NULL */

/* The first secret that a request of this profile needs and lacks, or NULL. */
const struct profile_secret *profile_missing_secret(const struct profile *p);

/* Overwrites with * what in these bytes is the value of a secret: servers repeat what they were
 * sent, and their words go to logs and terminals. As it is, or as JSON or a URL writes it. */
void profile_mask(const struct profile *p, char *text, size_t bytes);
/* The same of a text that was cut: it may end within one. */
void profile_mask_cut(const struct profile *p, char *text, size_t bytes);

#define PROFILE_EXPIRY_DAYS 60 /* warned of so long before */
#define PROFILE_EXPIRY_BYTES 160

/* One line when `expires` is near or past; NULL else. Returns out. */
const char *profile_expiry(const struct profile *p, int64_t now_wall_ms,
                           char out[PROFILE_EXPIRY_BYTES]);

/* Is this template a header that is left out, because its secret is absent and the host is this
 * machine? */
bool profile_omits(const struct profile *p, const struct template *value);

#endif
