/* audio_place.c: see audio_place.h. */
#include "provider/audio_place.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/nearest.h"
#include "provider/json_scan.h"

#define WORDS_MAX 5
#define WORD_BYTES_MAX 256
#define HINT_BYTES 160
#define END_PREFIX "end="
#define REPEATS "repeats"

static const char *const form_words[] = {
    [PROFILE_AUDIO_BODY] = "body",
    [PROFILE_AUDIO_JSON] = "json",
    [PROFILE_AUDIO_STREAM] = "json-stream",
    [PROFILE_AUDIO_EVENTS] = "sse",
};

static const char *const coding_words[] = {
    [PROFILE_AUDIO_RAW] = "raw",
    [PROFILE_AUDIO_BASE64] = "base64",
    [PROFILE_AUDIO_HEX] = "hex",
    [PROFILE_AUDIO_URL] = "url",
};

struct words {
    char text[WORDS_MAX][WORD_BYTES_MAX + 1];
    size_t at[WORDS_MAX + 1];
    size_t count;
};

static bool split(const char *text, struct words *out, size_t *at, struct err *e) {
    out->count = 0;
    size_t i = strspn(text, " \t");
    for (; text[i]; i += strspn(text + i, " \t")) {
        size_t n = strcspn(text + i, " \t");
        *at = i;
        if (out->count == WORDS_MAX || n > WORD_BYTES_MAX)
            return err_set(e, ERR_CONFIG,
                           "too long: FORM POINTER CODING end=POINTER=VALUE repeats");
        memcpy(out->text[out->count], text + i, n);
        out->text[out->count][n] = '\0';
        out->at[out->count++] = i;
        i += n;
    }
    out->at[out->count] = i;
    return true;
}

static bool find_word(const char *const *words, size_t count, const char *word, const char *all,
                      size_t *out, struct err *e) {
    struct nearest near;
    nearest_init(&near, word);
    for (*out = 0; *out < count; (*out)++) {
        nearest_offer(&near, words[*out]);
        if (strcmp(words[*out], word) == 0)
            return true;
    }
    char hint[HINT_BYTES];
    return err_set(e, ERR_CONFIG, "%.40s is none of %s%s", *word ? word : "\"\"", all,
                   nearest_hint(&near, hint, sizeof hint));
}

static bool check_pointer(const char *text, size_t *at, struct err *e) {
    struct json_pointer pointer;
    size_t inside;
    if (json_pointer_parse(&pointer, text, &inside, e))
        return true;
    *at += inside;
    return false;
}

/* end=/pointer=value */
static bool take_end(const char *word, struct profile_audio *out, size_t *at, struct err *e) {
    const char *pointer = word + strlen(END_PREFIX);
    const char *equals = strchr(pointer, '=');
    *at += strlen(END_PREFIX);
    if (!equals || !equals[1])
        return err_set(e, ERR_CONFIG, "is written end=/POINTER=VALUE");
    out->end_pointer = ensure_strndup(pointer, (size_t)(equals - pointer));
    out->end_value = ensure_strdup(equals + 1);
    return check_pointer(out->end_pointer, at, e);
}

static bool take_rest(const struct words *w, struct profile_audio *out, size_t *at, struct err *e) {
    for (size_t i = 3; i < w->count; i++) {
        *at = w->at[i];
        if (strcmp(w->text[i], REPEATS) == 0)
            out->drops_repeat = true;
        else if (strncmp(w->text[i], END_PREFIX, strlen(END_PREFIX)) != 0 || out->end_pointer)
            return err_set(e, ERR_CONFIG, "%.60s: only end=/POINTER=VALUE and repeats stand here",
                           w->text[i]);
        else if (!take_end(w->text[i], out, at, e))
            return false;
    }
    *at = w->at[0];
    if (out->form == PROFILE_AUDIO_JSON && (out->end_pointer || out->drops_repeat))
        return err_set(e, ERR_CONFIG,
                       "one document needs no end mark; for several it is "
                       "json-stream or sse");
    if (out->drops_repeat && !out->end_pointer)
        return err_set(e, ERR_CONFIG, "repeats is about the document with the end mark: say end=");
    return true;
}

static bool parse(const char *text, struct profile_audio *out, size_t *at, struct err *e) {
    struct words w;
    size_t form, coding;
    *at = 0;
    if (!split(text, &w, at, e))
        return false;
    *at = w.at[0];
    if (!find_word(form_words, sizeof form_words / sizeof *form_words, w.count ? w.text[0] : "",
                   "body, json, json-stream, sse", &form, e))
        return false;
    out->form = (enum profile_audio_form)form;
    if (form == PROFILE_AUDIO_BODY) {
        *at = w.at[1];
        return w.count == 1 || err_set(e, ERR_CONFIG, "nothing comes behind body");
    }
    *at = w.at[w.count < 3 ? w.count : 1];
    if (w.count < 3)
        return err_set(e, ERR_CONFIG,
                       "a pointer and how the audio is written are missing, as in "
                       "json /data base64");
    if (!check_pointer(w.text[1], at, e))
        return false;
    out->pointer = ensure_strdup(w.text[1]);
    *at = w.at[2];
    if (!find_word(coding_words + 1, sizeof coding_words / sizeof *coding_words - 1, w.text[2],
                   "base64, hex, url", &coding, e))
        return false;
    out->coding = (enum profile_audio_coding)(coding + 1);
    return take_rest(&w, out, at, e);
}

bool audio_place_parse(const char *text, struct profile_audio *out, size_t *at, struct err *e) {
    struct profile_audio audio = *out;
    audio.pointer = audio.end_pointer = audio.end_value = NULL;
    audio.coding = PROFILE_AUDIO_RAW;
    audio.drops_repeat = false;
    if (!parse(text, &audio, at, e)) {
        audio_place_release(&audio);
        return false;
    }
    audio_place_release(out);
    *out = audio;
    return true;
}

void audio_place_release(struct profile_audio *audio) {
    free(audio->pointer);
    free(audio->end_pointer);
    free(audio->end_value);
    audio->pointer = audio->end_pointer = audio->end_value = NULL;
}
