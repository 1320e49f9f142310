/* speech.c: see speech.h. To read another member: one row in `members`. */
#include "speech.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "ledger.h"

#define SPEED_MIN 0.25
#define SPEED_MAX 4.0

const char *const speech_models[] = {"tts-1",     "tts-1-hd", "gpt-4o-mini-tts",
                                     "espeak-ng", "tone",     NULL};

static bool refuse(struct speech_error *error, unsigned status, const char *param, const char *code,
                   const char *fmt, ...) PRINTF_LIKE(5, 6);

static bool refuse(struct speech_error *error, unsigned status, const char *param, const char *code,
                   const char *fmt, ...) {
    *error = (struct speech_error){status, "invalid_request_error", param, code, ""};
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(error->message, sizeof error->message, fmt, ap);
    va_end(ap);
    return false;
}

/* The member's text, NULL with *error filled when it is missing or no string. */
static const char *text_of(const json_t *value, const char *name, struct speech_error *error) {
    if (!value)
        refuse(error, 400, name, "missing_required_parameter", "Missing required parameter: '%s'.",
               name);
    else if (!json_is_string(value))
        refuse(error, 400, name, "invalid_type", "Invalid type for '%s': expected a string.", name);
    else
        return json_string_value(value);
    return NULL;
}

static bool read_model(const json_t *value, struct speech *s, struct speech_error *error) {
    (void)s;
    const char *name = text_of(value, "model", error);
    if (!name)
        return false;
    for (const char *const *known = speech_models; *known; known++)
        if (!strcmp(*known, name))
            return true;
    return refuse(error, 404, "model", "model_not_found", "The model '%.60s' does not exist.",
                  name);
}

static size_t count_chars(const char *text, size_t bytes) {
    size_t chars = 0;
    for (size_t i = 0; i < bytes; i++)
        chars += ((unsigned char)text[i] & 0xc0) != 0x80;
    return chars;
}

static bool read_input(const json_t *value, struct speech *s, struct speech_error *error) {
    const char *text = text_of(value, "input", error);
    if (!text)
        return false;
    s->input_bytes = json_string_length(value);
    s->input_chars = count_chars(text, s->input_bytes);
    if (text[strspn(text, " \t\r\n")] == '\0')
        return refuse(error, 400, "input", "empty_string", "Invalid 'input': it is empty.");
    if (s->input_chars > SPEECH_INPUT_CHARS_MAX)
        return refuse(error, 400, "input", "string_above_max_length",
                      "Invalid 'input': %zu characters, at most %d are possible.", s->input_chars,
                      SPEECH_INPUT_CHARS_MAX);
    s->input_hash = ledger_hash(text, s->input_bytes);
    s->input = ensure_strdup(text);
    return true;
}

/* A name, or {"id": name}. Read after the input, whose language may decide. */
static bool read_voice(const json_t *value, struct speech *s, struct speech_error *error) {
    const char *name =
        text_of(json_is_object(value) ? json_object_get(value, "id") : value, "voice", error);
    if (!name)
        return false;
    if (!voices_find(name, s->input, &s->voice))
        return refuse(error, 400, "voice", "invalid_value", "Invalid 'voice': '%.60s'.", name);
    return true;
}

static bool read_format(const json_t *value, struct speech *s, struct speech_error *error) {
    s->format = ENCODE_MP3;
    if (!value)
        return true;
    const char *name = text_of(value, "response_format", error);
    if (!name)
        return false;
    if (!encode_format_named(name, &s->format))
        return refuse(error, 400, "response_format", "invalid_value",
                      "Invalid 'response_format': '%.60s'. Possible are mp3, wav, flac, opus, pcm.",
                      name);
    return true;
}

static bool read_speed(const json_t *value, struct speech *s, struct speech_error *error) {
    s->speed = 1;
    if (!value)
        return true;
    if (!json_is_number(value))
        return refuse(error, 400, "speed", "invalid_type",
                      "Invalid type for 'speed': expected a number.");
    s->speed = json_number_value(value);
    if (!(s->speed >= SPEED_MIN && s->speed <= SPEED_MAX))
        return refuse(error, 400, "speed", "invalid_value",
                      "Invalid 'speed': must be 0.25 to 4.0.");
    return true;
}

static bool read_stream_format(const json_t *value, struct speech *s, struct speech_error *error) {
    (void)s;
    if (!value || (json_is_string(value) && !strcmp(json_string_value(value), "audio")))
        return true;
    return refuse(error, 400, "stream_format", "unsupported_value",
                  "Unsupported 'stream_format': only 'audio' is possible.");
}

static const struct {
    const char *name;
    bool (*read)(const json_t *value, struct speech *s, struct speech_error *error);
} members[] = {
    {"model", read_model}, {"input", read_input},
    {"voice", read_voice}, {"response_format", read_format},
    {"speed", read_speed}, {"stream_format", read_stream_format},
};
#define MEMBERS (sizeof members / sizeof *members)

bool speech_parse(const char *body, size_t bytes, struct speech *out, struct speech_error *error) {
    json_error_t where;
    json_t *root = json_loadb(body, bytes, 0, &where);
    if (!json_is_object(root)) {
        json_decref(root);
        return refuse(error, 400, NULL, NULL, "The body is not a JSON object: %.150s",
                      root ? "it is something else" : where.text);
    }
    struct speech s = {0};
    bool done = true;
    for (size_t i = 0; i < MEMBERS && done; i++)
        done = members[i].read(json_object_get(root, members[i].name), &s, error);
    json_decref(root);
    if (done)
        *out = s;
    else
        speech_release(&s);
    return done;
}

void speech_release(struct speech *s) {
    free(s->input);
    *s = (struct speech){0};
}
