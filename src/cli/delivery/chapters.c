/* chapters.c: see chapters.h. */
#include "cli/delivery/chapters.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ensure.h"

#define UNTITLED_BYTES 32
#define CUE_FRAMES_PER_S 75

bool chapters_format_of(const char *path, enum chapters_format *out) {
    static const char *const endings[] = {
        [CHAPTERS_CUE] = ".cue", [CHAPTERS_TEXT] = ".txt", [CHAPTERS_FFMPEG] = ".ffmeta"};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof endings[0]; i++)
        if (!strcasecmp(dot, endings[i])) {
            *out = (enum chapters_format)i;
            return true;
        }
    return false;
}

void chapters_add(struct chapters *c, int64_t begin_ms, const char *title) {
    char untitled[UNTITLED_BYTES];
    if ((c->count & (c->count + 1)) == 0) /* full at 0, 1, 3, 7, … */
        c->items = ensure_realloc(c->items, (2 * c->count + 1) * sizeof *c->items);
    (void)snprintf(untitled, sizeof untitled, "Chapter %zu", c->count + 1);
    c->items[c->count++] =
        (struct chapter){.begin_ms = begin_ms, .title = ensure_strdup(title ? title : untitled)};
}

void chapters_release(struct chapters *c) {
    for (size_t i = 0; i < c->count; i++)
        free(c->items[i].title);
    free(c->items);
    *c = (struct chapters){.count = 0};
}

/* One line, with what `special` names behind a backslash. */
static void put_escaped(const char *s, const char *special, FILE *file) {
    for (; *s; s++) {
        if (strchr(special, *s))
            (void)fputc('\\', file);
        (void)fputc((unsigned char)*s < ' ' ? ' ' : *s, file);
    }
}

/* A cue sheet knows no escape for its quotes. */
static void put_quoted(const char *s, FILE *file) {
    (void)fputc('"', file);
    for (; *s; s++)
        (void)fputc(*s == '"' ? '\'' : (unsigned char)*s < ' ' ? ' ' : *s, file);
    (void)fputs("\"", file);
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static const char *cue_type(const char *sound) {
    const char *dot = strrchr(sound, '.');
    return dot && !strcasecmp(dot, ".mp3") ? "MP3" : "WAVE"; /* players take WAVE for all others */
}

static void print_cue(const struct chapters *c, const char *sound, const char *book, FILE *file) {
    (void)fputs("TITLE ", file);
    put_quoted(book, file);
    (void)fputs("\nFILE ", file);
    put_quoted(base_name(sound), file);
    (void)fprintf(file, " %s\n", cue_type(sound));
    for (size_t i = 0; i < c->count; i++) {
        int64_t frames = c->items[i].begin_ms * CUE_FRAMES_PER_S / 1000;
        (void)fprintf(file, "  TRACK %02zu AUDIO\n    TITLE ", i + 1);
        put_quoted(c->items[i].title, file);
        (void)fprintf(file, "\n    INDEX 01 %02" PRId64 ":%02d:%02d\n",
                      frames / CUE_FRAMES_PER_S / 60, (int)(frames / CUE_FRAMES_PER_S % 60),
                      (int)(frames % CUE_FRAMES_PER_S));
    }
}

static void print_text(const struct chapters *c, FILE *file) {
    for (size_t i = 0; i < c->count; i++) {
        int64_t s = c->items[i].begin_ms / 1000;
        (void)fprintf(file, "%" PRId64 ":%02d:%02d ", s / 3600, (int)(s / 60 % 60), (int)(s % 60));
        put_escaped(c->items[i].title, "", file);
        (void)fputc('\n', file);
    }
}

static void print_ffmpeg(const struct chapters *c, const char *book, int64_t end_ms, FILE *file) {
    (void)fputs(";FFMETADATA1\ngenre=Audiobook\ntitle=", file);
    put_escaped(book, "=;#\\", file);
    (void)fputc('\n', file);
    for (size_t i = 0; i < c->count; i++) {
        int64_t end = i + 1 < c->count ? c->items[i + 1].begin_ms : end_ms;
        (void)fprintf(file,
                      "[CHAPTER]\nTIMEBASE=1/1000\nSTART=%" PRId64 "\nEND=%" PRId64 "\ntitle=",
                      c->items[i].begin_ms, end);
        put_escaped(c->items[i].title, "=;#\\", file);
        (void)fputc('\n', file);
    }
}

void chapters_print(const struct chapters *c, enum chapters_format format, const char *sound,
                    const char *book, int64_t end_ms, FILE *file) {
    switch (format) {
    case CHAPTERS_CUE:
        print_cue(c, sound, book, file);
        return;
    case CHAPTERS_TEXT:
        print_text(c, file);
        return;
    case CHAPTERS_FFMPEG:
        print_ffmpeg(c, book, end_ms, file);
        return;
    }
}
