/* records_document.c: Markdown and EPUB; see records.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/ensure.h"
#include "base/utf8.h"
#include "cli/cli.h"
#include "cli/intake/records.h"
#include "document/document.h"
#include "text/split.h"

#define CHAPTER_LEVEL_MAX 2 /* headings below are read, but begin no chapter */
#define TITLE_BYTES_MAX 400 /* of a chapter; a longer heading is read whole all the same */
#define LEFT_OUT_BYTES 160

struct reading {
    struct records_sink *sink;
    enum records_split split;
    struct splitter *splitter; /* for sentences */
    struct buf chapter_text;   /* with RECORDS_NONE: gathered until the next one */
    char title[TITLE_BYTES_MAX + 1];
    enum begin begins; /* with what comes next */
    bool told;         /* the error says where already */
    int64_t number;    /* of the block, which stands for a line in messages */
};

static bool give(struct reading *r, const char *text, size_t bytes, struct err *e) {
    struct record record = {.text = text,
                            .text_bytes = bytes,
                            .chars = (int64_t)utf8_count_codepoints(text, bytes),
                            .chapter = r->title[0] ? r->title : NULL,
                            .begins = r->begins,
                            .line = r->number};
    r->begins = BEGIN_NOTHING;
    bool ok = r->sink->each(r->sink->arg, &record, e);
    r->told = !ok;
    return ok;
}

struct sentence {
    struct reading *reading;
    char *text;
    struct err *e;
};

/* A record's text is NUL-terminated: what stands behind the sentence is put back. */
static bool give_sentence(void *arg, size_t at, size_t bytes) {
    struct sentence *s = arg;
    split_trim(s->text, &at, &bytes);
    if (bytes == 0)
        return true;
    char *text = s->text + at, behind = text[bytes];
    text[bytes] = '\0';
    bool ok = give(s->reading, text, bytes, s->e);
    text[bytes] = behind;
    return ok;
}

static bool give_chapter(struct reading *r, struct err *e) {
    struct buf *text = &r->chapter_text;
    bool ok = text->bytes == 0 || give(r, text->data, text->bytes, e);
    buf_clear(text);
    return ok;
}

static bool gather(struct reading *r, const struct document_block *block, struct err *e) {
    struct buf *text = &r->chapter_text;
    return ((text->bytes == 0 || buf_add_str(text, "\n\n")) &&
            buf_add(text, block->text, block->bytes)) ||
           err_set(e, ERR_INPUT, "the chapter '%.100s' is longer than %d bytes; --split paragraph",
                   r->title, INPUT_LINE_BYTES_MAX);
}

/* One line, and whole characters only. */
static void take_title(struct reading *r, const struct document_block *block) {
    size_t bytes = block->bytes < TITLE_BYTES_MAX ? block->bytes : TITLE_BYTES_MAX;
    while (bytes < block->bytes && bytes > 0 && ((unsigned char)block->text[bytes] & 0xc0) == 0x80)
        bytes--;
    for (size_t i = 0; i < bytes; i++)
        r->title[i] = (unsigned char)block->text[i] < ' ' ? ' ' : block->text[i];
    r->title[bytes] = '\0';
}

static bool on_block(void *arg, const struct document_block *block, struct err *e) {
    struct reading *r = arg;
    bool is_chapter = block->level > 0 && block->level <= CHAPTER_LEVEL_MAX;
    r->number++;
    if (is_chapter) {
        if (!give_chapter(r, e))
            return false;
        take_title(r, block);
    }
    if (r->split == RECORDS_NONE) {
        r->begins = BEGIN_CHAPTER;
        return gather(r, block, e);
    }
    r->begins = is_chapter ? BEGIN_CHAPTER : BEGIN_PARAGRAPH;
    if (r->split != RECORDS_SENTENCE || block->level > 0)
        return give(r, block->text, block->bytes, e);
    struct sentence s = {.reading = r, .text = block->text, .e = e};
    return split_sentences(r->splitter, block->text, block->bytes, give_sentence, &s);
}

/* ---- what is not read aloud ---- */

static void count(char out[LEFT_OUT_BYTES], int64_t n, const char *one, const char *many) {
    size_t used = strlen(out);
    if (n > 0)
        (void)snprintf(out + used, LEFT_OUT_BYTES - used, "%s%" PRId64 " %s", used ? ", " : "", n,
                       n == 1 ? one : many);
}

static void say_left_out(const char *name, const struct document_reader *reader) {
    char what[LEFT_OUT_BYTES] = "";
    count(what, reader->images, "image", "images");
    count(what, reader->tables, "table", "tables");
    count(what, reader->code_blocks, "block of code", "blocks of code");
    count(what, reader->notes, "note", "notes");
    if (what[0])
        cli_say("%s: not read aloud: %s", name, what);
}

static bool is_stopped(void) {
    return cli_stop_count() > 0;
}

bool records_read_document(int fd, const char *name, enum records_format format,
                           enum records_split split, struct records_sink *sink, struct err *e) {
    struct reading r = {.sink = sink, .split = split};
    struct document_reader reader = {.each = on_block, .arg = &r, .is_stopped = is_stopped};
    PRE(records_is_document(format));
    if (split == RECORDS_SENTENCE && !splitter_new(&r.splitter, e))
        return false;
    buf_init(&r.chapter_text, INPUT_LINE_BYTES_MAX);
    enum document_format kind = format == RECORDS_EPUB ? DOCUMENT_EPUB : DOCUMENT_MARKDOWN;
    bool ok = document_read(fd, kind, &reader, e) && give_chapter(&r, e);
    buf_release(&r.chapter_text);
    splitter_free(r.splitter);
    if (!ok && !r.told)
        (void)err_prefix(e, "%s", name);
    if (ok)
        say_left_out(name, &reader);
    return ok;
}
