/*
 * decode: the audio and the facts in the body of an answer, taken out while it arrives.
 *
 * A body is the audio itself, or JSON that holds it as base64 or hexadecimal text, or a URL where
 * it is; one document, several behind one another, or a stream of server-sent events. Memory is one
 * struct of fixed size, whatever the body's. Pure.
 *
 *   decode_plan_new (with the profile) … decode_begin ─▶ decode_feed … ─▶ decode_end ─▶ facts
 */
#ifndef PROVIDER_DECODE_H
#define PROVIDER_DECODE_H

#include "provider/decode_text.h"
#include "provider/json_scan.h"
#include "provider/sse_scan.h"

#define DECODE_FACTS_MAX 24
#define DECODE_FACT_BYTES_MAX 256 /* a longer value is cut */
#define DECODE_URL_BYTES_MAX 4096
#define DECODE_END_BYTES_MAX 64

/* How the body is built. */
enum decode_form {
    DECODE_BODY,   /* it is the audio */
    DECODE_JSON,   /* one document */
    DECODE_STREAM, /* documents behind one another: JSON lines, or with nothing between */
    DECODE_EVENTS, /* server-sent events, each with one document as its data */
};

/* What the profile says, as text. */
struct decode_spec {
    enum decode_form form;
    enum decode_coding coding;
    const char *audio;        /* pointer; NULL with DECODE_BODY */
    const char *end;          /* pointer; NULL = no end mark is needed */
    const char *end_value;    /* the text of the value there in the last document */
    bool drops_repeat;        /* the document with the end mark may hold the whole audio again */
    const char *const *facts; /* pointers to be captured */
    size_t fact_count;
};

struct decode_plan;
struct profile;

/* Both live as long as the profile. Fails with ERR_CONFIG; *at is the offset in *which, one of the
 * spec's strings. */
bool decode_plan_new(const struct decode_spec *spec, struct decode_plan **out, const char **which,
                     size_t *at, struct err *e) MUST_CHECK;

/* The plan of a profile whose `audio` and `wanted` are filled; *out is NULL when no body has to be
 * looked into. Facts are in the order of wanted.pointers. ERR_CONFIG names the pointer. */
bool decode_plan_of_profile(const struct profile *p, struct decode_plan **out,
                            struct err *e) MUST_CHECK;
void decode_plan_free(struct decode_plan *plan); /* NULL is fine */

bool decode_plan_has_facts(const struct decode_plan *plan);

/* The form of a success with this content type. Servers ignore what they were asked for: audio
 * that comes as audio/… is taken as it is, events and JSON as what they say they are. With other
 * types the first byte decides between the plan's form and the plain body: `first` is that byte
 * behind white space. */
enum decode_form decode_form_of(const struct decode_plan *plan, const char *content_type,
                                unsigned char first);

/* The form of a body that is no success; false when it looks like nothing that could be read. */
bool decode_form_of_error(const char *content_type, unsigned char first, enum decode_form *form);

/* Where audio goes. A false return with *e filled ends the decoding. */
struct decode_sink {
    bool (*write)(void *arg, const void *data, size_t bytes, struct err *e);
    bool (*take_back)(void *arg, int64_t bytes, struct err *e); /* the newest so many bytes */
    void *arg;
};

struct decode_fact { /* the newest value at a pointer */
    bool found;      /* a string, number, true, false */
    bool is_cut;
    size_t bytes;
    char text[DECODE_FACT_BYTES_MAX + 1]; /* NUL-terminated; may hold anything but NUL */
};

struct decode {
    const struct decode_plan *plan;
    struct decode_sink sink;
    enum decode_form form;
    bool wants_audio; /* false: facts only */
    struct json_scan scan, inner;
    struct sse_scan events;
    bool inner_open;   /* a string that holds JSON is under way */
    bool inner_broken; /* … and it does not */
    bool failed;       /* a callback has filled the error */
    bool audio_open;   /* the audio's string is under way */
    struct decode_text text;
    int64_t audio_bytes;  /* out so far */
    int64_t before_bytes; /* … in the documents before this one */
    uint64_t sum;         /* checksum of all audio */
    uint64_t sum_before;  /* … of the documents before this one */
    uint64_t piece_sum;   /* … of this one's */
    bool ended;           /* the end mark has been seen */
    bool end_here;        /* … in this document */
    size_t url_bytes;
    char url[DECODE_URL_BYTES_MAX + 1]; /* with DECODE_URL: where the audio is */
    char end_text[DECODE_END_BYTES_MAX + 1];
    size_t end_bytes;
    struct decode_fact facts[DECODE_FACTS_MAX];
};

/* `form`: see decode_form_of. `wants_audio` false: only facts are looked for, as in an error's
 * body, and neither an end mark nor audio need be there. plan and the sink's arg must live on. */
void decode_begin(struct decode *d, const struct decode_plan *plan, enum decode_form form,
                  bool wants_audio, const struct decode_sink *sink);

/* After a failure nothing more may be fed; facts found so far stay. ERR_INPUT is the body's fault,
 * with a line for people; all else is the sink's. */
bool decode_feed(struct decode *d, const void *data, size_t bytes, struct err *e) MUST_CHECK;

/* The body is over: fails when it is cut (JSON that is not closed,
 * no end mark) or holds no audio. */
bool decode_end(struct decode *d, struct err *e) MUST_CHECK;

/* By the order in the spec; NULL when it was not found. */
const struct decode_fact *decode_fact(const struct decode *d, size_t i);

#endif
