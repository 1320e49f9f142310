/* deliver_name.c: see deliver_name.h. */
#include "cli/delivery/deliver_name.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio/audio.h"
#include "base/ensure.h"
#include "base/nearest.h"
#include "base/sha256.h"
#include "cli/view/text.h"

#define NUMBER_WIDTH_MIN 4
#define NUMBER_WIDTH_MAX 9
#define FIRST_WORDS 6
#define FORMAT_BYTES_MAX 16
#define ID_BYTES 24
#define FIELD_BYTES_MAX 16
#define ANY_FORMAT "any"
#define HASH_BYTES 16 /* two different names of one hash will not be seen */

enum field { FIELD_SEQ, FIELD_NAME, FIELD_ID, FIELD_BATCH, FIELD_CHAPTER, FIELD_VOICE, FIELD_EXT };

static const char *const fields[] = {"seq", "name", "id", "batch", "chapter", "voice", "ext"};
#define FIELDS (sizeof fields / sizeof fields[0])

/* ---- reading the template ---- */

struct part {
    const char *text; /* literal, when it is no field */
    size_t bytes;
    bool is_field;
    enum field field;
    int width; /* 0 = none said */
};

static bool find_field(const char *name, size_t bytes, enum field *out) {
    for (size_t i = 0; i < FIELDS; i++)
        if (strlen(fields[i]) == bytes && !strncmp(fields[i], name, bytes)) {
            *out = (enum field)i;
            return true;
        }
    return false;
}

/* "seq:04" as far as the brace; false for what is no field. */
static bool read_field(const char *p, size_t bytes, struct part *part) {
    const char *colon = memchr(p, ':', bytes);
    size_t name_bytes = colon ? (size_t)(colon - p) : bytes;
    *part = (struct part){.is_field = true};
    if (!find_field(p, name_bytes, &part->field))
        return false;
    for (const char *d = colon ? colon + 1 : p + bytes; d < p + bytes; d++) {
        if (!isdigit((unsigned char)*d) || part->field != FIELD_SEQ)
            return false;
        part->width = part->width * 10 + (*d - '0');
        if (part->width > NUMBER_WIDTH_MAX)
            return false;
    }
    return true;
}

/* The next part at *p, which moves on; false at the end or (*bad) at what is no part. */
static bool next_part(const char **p, struct part *part, bool *bad) {
    const char *begin = *p;
    *bad = false;
    if (*begin == '\0')
        return false;
    if (*begin != '{') {
        size_t bytes = strcspn(begin, "{}");
        *part = (struct part){.text = begin, .bytes = bytes};
        *bad = bytes == 0; /* a brace that closes nothing */
        *p = begin + bytes;
        return !*bad;
    }
    const char *end = strchr(begin, '}');
    *bad = !end || !read_field(begin + 1, (size_t)(end - begin - 1), part);
    if (!*bad)
        *p = end + 1;
    return !*bad;
}

static bool bad_field(const char *at, struct err *e) {
    char name[FIELD_BYTES_MAX + 1], shown[TEXT_SHOWN_BYTES];
    struct nearest near;
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(at + 1, ":}"), at + 1);
    nearest_init(&near, name);
    for (size_t i = 0; i < FIELDS; i++)
        nearest_offer(&near, fields[i]);
    if (*at == '{' && strchr(at, '}') && near.best[0] && strcmp(near.best, name) != 0)
        return err_set(e, ERR_USAGE, "--template: there is no field '%s'; did you mean '%s'?",
                       text_show(name, FIELD_BYTES_MAX, shown), near.best);
    return err_set(
        e, ERR_USAGE,
        "--template: '%s' is no field; there are {seq}, {seq:04}, {name}, {id}, {batch}, "
        "{chapter}, {voice}, {ext}",
        text_show(at, FIELD_BYTES_MAX, shown));
}

/* ---- making a name ---- */

struct out {
    char *text; /* DELIVER_NAME_BYTES */
    size_t used;
};

static void put(struct out *o, const char *s, size_t bytes) {
    size_t room = DELIVER_NAME_BYTES - 1 - o->used;
    bytes = bytes < room ? bytes : room; /* a template and its values are shorter */
    memcpy(o->text + o->used, s, bytes);
    o->used += bytes;
    o->text[o->used] = '\0';
}

static void put_safe(struct out *o, const char *s, size_t words_max) {
    char safe[TEXT_FILE_NAME_BYTES_MAX + 1];
    text_file_name(s, words_max, safe);
    put(o, safe, strlen(safe));
}

static void format_of(const struct store_job_row *row, char out[FORMAT_BYTES_MAX + 1]) {
    size_t used = 0;
    for (const char *p = row->result_format; p && *p && used < FORMAT_BYTES_MAX; p++)
        if (isalnum((unsigned char)*p))
            out[used++] = *p;
    out[used] = '\0';
    if (used == 0)
        memcpy(out, "bin", sizeof "bin");
}

/* ANY_FORMAT stands for all of them: before a job is done nobody knows its own. */
static bool is_ending(const char *ending, const char *format) {
    bool is = strcmp(ending, format) == 0;
    for (int i = 0; !is && !strcmp(format, ANY_FORMAT) && i < AUDIO_FORMAT_COUNT; i++)
        is = strcmp(ending, audio_format_text((enum audio_format)i)) == 0;
    return is;
}

/* A name that brings its ending along has it once. */
static void put_name(struct out *o, const struct store_job_row *row, const char *format) {
    char words[TEXT_FILE_NAME_BYTES_MAX + 1];
    bool named = row->name && *row->name;
    text_file_name(named ? row->name : row->text, named ? 0 : FIRST_WORDS, words);
    const char *dot = strrchr(words, '.');
    bool has_ending = dot && dot > words && is_ending(dot + 1, format);
    put(o, words, has_ending ? (size_t)(dot - words) : strlen(words));
}

static void put_field(const struct deliver_name *n, const struct part *part,
                      const struct store_job_row *row, const char *format, struct out *o) {
    char number[ID_BYTES];
    switch (part->field) {
    case FIELD_SEQ:
        (void)snprintf(number, sizeof number, "%0*" PRId64,
                       part->width ? part->width : n->number_width, row->seq);
        put(o, number, strlen(number));
        return;
    case FIELD_NAME:
        put_name(o, row, format);
        return;
    case FIELD_ID:
        (void)snprintf(number, sizeof number, "%" PRId64, row->id);
        put_safe(o, row->ext_id ? row->ext_id : number, 0);
        return;
    case FIELD_BATCH:
        put_safe(o, n->batch, 0);
        return;
    case FIELD_CHAPTER:
        put_safe(o, row->chapter ? row->chapter : "none", 0);
        return;
    case FIELD_VOICE:
        put_safe(o, row->voice ? row->voice : "default", 0);
        return;
    case FIELD_EXT:
        put(o, format, strlen(format));
        return;
    }
}

void deliver_name_make(const struct deliver_name *n, const struct store_job_row *row,
                       char out[DELIVER_NAME_BYTES]) {
    char format[FORMAT_BYTES_MAX + 1];
    struct out o = {.text = out};
    struct part part;
    bool bad;
    out[0] = '\0';
    format_of(row, format);
    for (const char *p = n->template; next_part(&p, &part, &bad);)
        if (part.is_field)
            put_field(n, &part, row, format, &o);
        else
            put(&o, part.text, part.bytes);
    if (!n->has_ext) {
        put(&o, ".", 1);
        put(&o, format, strlen(format));
    }
}

/* ---- checking ---- */

static int width_of(int64_t n) {
    int width = 1;
    for (; n >= 10; n /= 10)
        width++;
    return width < NUMBER_WIDTH_MIN ? NUMBER_WIDTH_MIN : width;
}

/* No part between two '/' is empty, "." or "..", as values never are. */
static bool stays_inside(const char *path) {
    for (const char *p = path;; p++) {
        size_t bytes = strcspn(p, "/");
        if (bytes == 0 || (bytes == 1 && p[0] == '.') || (bytes == 2 && !strncmp(p, "..", 2)))
            return false;
        p += bytes;
        if (*p == '\0')
            return true;
    }
}

bool deliver_name_init(struct deliver_name *n, const char *template, const char *batch,
                       int64_t jobs, struct err *e) {
    struct part part;
    bool bad, has_ext = false;
    const char *text = template ? template : DELIVER_TEMPLATE, *p = text;
    if (strlen(text) > DELIVER_TEMPLATE_BYTES_MAX)
        return err_set(e, ERR_USAGE, "--template is longer than %d bytes",
                       DELIVER_TEMPLATE_BYTES_MAX);
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return err_set(e, ERR_USAGE, "--template must not have control characters");
    while (next_part(&p, &part, &bad))
        has_ext = has_ext || (part.is_field && part.field == FIELD_EXT);
    if (bad)
        return bad_field(p, e);
    *n = (struct deliver_name){.template = text,
                               .batch = batch,
                               .is_default = template == NULL,
                               .has_ext = has_ext,
                               .number_width = width_of(jobs)};
    char name[DELIVER_NAME_BYTES], shown[TEXT_SHOWN_BYTES];
    deliver_name_make(n, &(struct store_job_row){.text = "x"}, name);
    return stays_inside(name) ||
           err_set(e, ERR_USAGE, "--template '%s' would leave the folder, or names none",
                   text_show(text, 100, shown));
}

struct known {
    unsigned char hash[HASH_BYTES];
    int64_t seq;
};

struct knowing {
    const struct deliver_name *n;
    struct known *items;
    size_t count;
};

/* With one ending for all. */
static bool remember(const struct store_job_row *row, void *arg) {
    struct knowing *k = arg;
    struct store_job_row same = *row;
    char name[DELIVER_NAME_BYTES];
    unsigned char digest[SHA256_BYTES];
    struct sha256 sha;
    same.result_format = ANY_FORMAT;
    deliver_name_make(k->n, &same, name);
    sha256_init(&sha);
    sha256_add(&sha, name, strlen(name));
    sha256_finish(&sha, digest);
    if ((k->count & (k->count + 1)) == 0) /* full at 0, 1, 3, 7, … */
        k->items = ensure_realloc(k->items, (2 * k->count + 1) * sizeof *k->items);
    memcpy(k->items[k->count].hash, digest, HASH_BYTES);
    k->items[k->count++].seq = row->seq;
    return true;
}

static int by_hash(const void *a, const void *b) {
    const struct known *x = a, *y = b;
    int order = memcmp(x->hash, y->hash, HASH_BYTES);
    return order ? order : (x->seq > y->seq) - (x->seq < y->seq);
}

bool deliver_name_check_all(const struct deliver_name *n, struct store *store, int64_t batch_id,
                            struct err *e) {
    struct knowing k = {.n = n};
    unsigned all = (1u << JOB_STATE_COUNT) - 1;
    if (n->is_default) /* the number alone tells them apart */
        return true;
    bool ok = store_jobs_each(store, batch_id, all, remember, &k, e);
    if (ok && k.count > 1)
        qsort(k.items, k.count, sizeof *k.items, by_hash);
    for (size_t i = 1; ok && i < k.count; i++)
        if (!memcmp(k.items[i - 1].hash, k.items[i].hash, HASH_BYTES))
            ok = err_set(e, ERR_USAGE,
                         "--template gives the jobs with number %" PRId64 " and %" PRId64
                         " one name; put {seq} into it",
                         k.items[i - 1].seq, k.items[i].seq);
    free(k.items);
    return ok;
}
