/*
 * speech: what a request's body asks for, or what is wrong with it, in OpenAI's words.
 *
 * Pure: bytes in, a struct out. Knows nothing of connections.
 */
#ifndef SAY_SPEECH_H
#define SAY_SPEECH_H

#include "encode.h"
#include "voices.h"

#define SPEECH_INPUT_CHARS_MAX 4096
#define SPEECH_MESSAGE_BYTES 256

struct speech {
    char *input; /* ours; valid UTF-8 without NUL */
    size_t input_bytes, input_chars;
    uint64_t input_hash;
    enum encode_format format;
    struct voices_voice voice;
    double speed;
};

/* The parts of {"error": …}. All but the message are literals; NULL is written as null. */
struct speech_error {
    unsigned status;
    const char *type, *param, *code;
    char message[SPEECH_MESSAGE_BYTES];
};

/* Fills *out, to be released by speech_release, or returns false with *error filled. */
bool speech_parse(const char *body, size_t bytes, struct speech *out,
                  struct speech_error *error) MUST_CHECK;
void speech_release(struct speech *s);

/* The models that are known, ended by NULL. */
extern const char *const speech_models[];

#endif
