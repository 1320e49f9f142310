/* voices.c: see voices.h. To add a voice: one row in `openai_voices`. */
#include "voices.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "espeak.h"

#define LIST_BYTES_MAX ((size_t)1 << 20)
#define LIST_TIMEOUT_MS 10000
#define LANGUAGE_LETTERS_MAX 3

static const struct {
    const char *name, *language, *variant;
    unsigned pitch;
} openai_voices[] = {
    {"alloy", "en-us", "", 50},    {"ash", "en-us", "+m2", 40},   {"ballad", "en-gb", "+m4", 50},
    {"cedar", "en-us", "+m6", 40}, {"coral", "en-us", "+f2", 60}, {"echo", "en-us", "+m3", 50},
    {"fable", "en-gb", "", 55},    {"marin", "en-us", "+f1", 55}, {"nova", "en-us", "+f3", 60},
    {"onyx", "en-us", "+m7", 25},  {"sage", "en-us", "+f5", 50},  {"shimmer", "en-us", "+f4", 70},
    {"verse", "en-us", "+m1", 50},
};
#define OPENAI_VOICES (sizeof openai_voices / sizeof *openai_voices)

/* " af am … zh-cmn zh ": each language between blanks; NULL = not loaded */
static char *languages;

/* Blanks around every word of the list that could be a language; the rest does no harm. */
bool voices_load(const char *program, struct err *e) {
    const char *argv[] = {program, "--voices", NULL};
    struct buf list;
    buf_init(&list, LIST_BYTES_MAX);
    struct espeak_run run = {.argv = argv, .input = "", .timeout_ms = LIST_TIMEOUT_MS};
    bool done = espeak_exec(&run, &list, e);
    if (done) {
        for (size_t i = 0; i < list.bytes; i++)
            if (strchr("()\n\t", list.data[i]))
                list.data[i] = ' ';
        languages = buf_steal(&list);
    }
    buf_release(&list);
    return done;
}

void voices_unload(void) {
    free(languages);
    languages = NULL;
}

/* Two or three lower-case letters, then parts like -us, -GB, -029. */
static bool looks_like_language(const char *name, size_t length) {
    size_t letters = 0;
    while (letters < length && islower((unsigned char)name[letters]))
        letters++;
    if (letters < 2 || letters > LANGUAGE_LETTERS_MAX)
        return false;
    for (size_t i = letters; i < length; i++)
        if (!isalnum((unsigned char)name[i]) && !(name[i] == '-' && i + 1 < length))
            return false;
    return letters == length || name[letters] == '-';
}

static bool looks_like_variant(const char *variant) {
    if (*variant == '\0')
        return true;
    const char *rest = variant + 1;
    return *rest != '\0' && rest[strspn(rest, "abcdefghijklmnopqrstuvwxyz0123456789")] == '\0';
}

static bool is_language(const char *name, size_t length) {
    if (!looks_like_language(name, length))
        return false;
    if (!languages)
        return true;
    char word[VOICES_NAME_BYTES + 2];
    snprintf(word, sizeof word, " %.*s ", (int)length, name);
    return strcasestr(languages, word) != NULL;
}

/* The next code point of valid UTF-8. */
static uint32_t next_char(const char **at) {
    static const unsigned char first_mask[] = {0x7f, 0x1f, 0x0f, 0x07};
    unsigned char c = (unsigned char)*(*at)++;
    int more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
    uint32_t value = c & first_mask[more];
    for (; more && **at; more--)
        value = value << 6 | ((unsigned char)*(*at)++ & 0x3f);
    return value;
}

static bool is_han(uint32_t c) {
    return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff);
}

static bool is_kana(uint32_t c) {
    return c >= 0x3041 && c <= 0x30ff;
}

/* More Han than other letters, and no kana (which would make it Japanese). */
static bool is_chinese(const char *text) {
    size_t han = 0, others = 0;
    while (*text) {
        uint32_t c = next_char(&text);
        if (is_kana(c))
            return false;
        if (is_han(c))
            han++;
        else if (c < 0x80 ? isalpha((int)c) != 0 : (c < 0x2000 || c > 0x206f) && c < 0x3000)
            others++;
    }
    return han > others;
}

bool voices_find(const char *name, const char *text, struct voices_voice *out) {
    for (size_t i = 0; i < OPENAI_VOICES; i++)
        if (!strcmp(openai_voices[i].name, name)) {
            const char *language = is_chinese(text) ? "cmn" : openai_voices[i].language;
            snprintf(out->espeak, sizeof out->espeak, "%s%s", language, openai_voices[i].variant);
            out->pitch = openai_voices[i].pitch;
            return true;
        }
    size_t length = strcspn(name, "+");
    if (strlen(name) >= sizeof out->espeak || !is_language(name, length) ||
        !looks_like_variant(name + length))
        return false;
    snprintf(out->espeak, sizeof out->espeak, "%s", name);
    out->pitch = 50;
    return true;
}
