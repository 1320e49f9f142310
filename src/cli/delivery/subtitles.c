/* subtitles.c: see subtitles.h. */
#include "cli/delivery/subtitles.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "cli/view/text.h"

static void put_time(const struct subtitles *t, int64_t ms) {
    (void)fprintf(t->file, "%02" PRId64 ":%02d:%02d%s%03d", ms / 3600000, (int)(ms / 60000 % 60),
                  (int)(ms / 1000 % 60), t->is_vtt ? "." : ",", (int)(ms % 1000));
}

/* A cue ends at an empty line, so a text may hold none; "-->" would be taken for a time. */
static void put_text(const struct subtitles *t, const char *text, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        bool arrow = bytes - i >= 3 && !memcmp(text + i, "-->", 3);
        bool blank = text[i] == '\n' && i + 1 < bytes && text[i + 1] == '\n';
        if (arrow)
            (void)fputs("->", t->file);
        else if (!blank && text[i] != '\r')
            (void)fputc(text[i], t->file);
        i += arrow ? 2 : 0;
    }
}

void subtitles_add(struct subtitles *t, const char *text, size_t bytes, int64_t from_ms,
                   int64_t to_ms) {
    if (!t->file || from_ms < 0 || to_ms <= from_ms)
        return;
    t->count++;
    if (!t->is_vtt)
        (void)fprintf(t->file, "%" PRId64 "\n", t->count);
    put_time(t, from_ms);
    (void)fputs(" --> ", t->file);
    put_time(t, to_ms);
    (void)fputc('\n', t->file);
    put_text(t, text, bytes);
    (void)fputs("\n\n", t->file);
}

static bool failed(const struct subtitles *t, struct err *e) {
    char shown[TEXT_SHOWN_BYTES];
    return err_set_errno(e, errno, "cannot write %s", text_show(t->path, 120, shown));
}

bool subtitles_open(struct subtitles *t, bool force, struct err *e) {
    if (!t->path)
        return true;
    if (!side_file_open(&t->side, t->path, force, e))
        return false;
    t->file = fdopen(dup(t->side.fd), "w");
    if (!t->file)
        return failed(t, e);
    if (t->is_vtt)
        (void)fputs("WEBVTT\n\n", t->file);
    return true;
}

bool subtitles_end(struct subtitles *t, struct err *e) {
    return !t->file || (fflush(t->file) == 0 && !ferror(t->file)) || failed(t, e);
}

void subtitles_close(struct subtitles *t) {
    if (t->file)
        (void)fclose(t->file);
    t->file = NULL;
    side_file_close(&t->side);
}
