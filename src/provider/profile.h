/*
 * profile: how to speak to a provider, as data: templates for the request, limits, timeouts, what
 * counts as audio. Read by config from [profile:NAME]; the built-in presets `say` and
 * `openai-compat` are text of the same language (provider/preset.c). Immutable once loaded, so
 * threads may share it. Pure: knows nothing of files, sockets and queues.
 */
#ifndef PROVIDER_PROFILE_H
#define PROVIDER_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define PROFILE_NAME_MAX 48
#define PROFILE_URL_MAX 2048
#define PROFILE_HEADERS_MAX 32
#define PROFILE_VARS_MAX 64
#define PROFILE_BODY_MAX (64 * 1024)
#define PROFILE_SECRETS_MAX 16

struct template; /* provider/template.h: a parsed "text ${json:x} text" */

struct profile_header {
    char *name;
    struct template *value;
};

struct profile_var { /* a name that templates may use: base_url, model, voice, format, … */
    char *name;
    char *value;
};

struct profile_secret { /* resolved once, when the profile is loaded */
    char *name;
    char *value;   /* NULL = not usable */
    char *problem; /* why value is NULL: what was looked for, or what is wrong with it */
    bool absent;   /* value is NULL because there is none anywhere */
};

struct profile {
    char *name;
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
    char *content_type;      /* of the body */
    bool loopback;           /* the URL's host is this machine: a header whose secret is absent
                                is left out instead of being an error */
    char **accept;           /* prefixes of acceptable content types; NULL-terminated */
    char *request_id_header; /* response header kept with the attempt; NULL = none */

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

    int64_t audio_min_ms_per_char; /* 0 = check off */
    int64_t audio_bytes_min;
    int64_t text_max_codepoints; /* 0 = no limit */
};

void profile_free(struct profile *p); /* wipes the secrets; NULL is fine */
const char *profile_var(const struct profile *p, const char *name); /* NULL when unset */
const struct profile_secret *profile_secret(const struct profile *p,
                                            const char *name); /* or NULL */

/* The first secret that a request of this profile needs and lacks, or NULL. */
const struct profile_secret *profile_missing_secret(const struct profile *p);

/* Is this template a header that is left out, because its secret is absent and the host is this
 * machine? */
bool profile_omits(const struct profile *p, const struct template *value);

#endif
