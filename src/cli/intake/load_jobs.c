/* load_jobs.c: see load_jobs.h. */
#include "cli/intake/load_jobs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "cli/cli.h"
#include "cli/intake/estimate.h"
#include "cli/view/progress.h"
#include "cli/view/text.h"
#include "provider/request.h"
#include "text/split.h"

#define CHUNK_JOBS 5000
#define ARENA_BYTES (4 * 1024 * 1024) /* more than one record can hold */
#define QUIET_MS 1000                 /* a load that is shorter needs no progress line */

struct loading {
    const struct load_jobs *to;
    struct progress progress;
    struct records_sink sink;
    struct store_job_spec *jobs; /* CHUNK_JOBS */
    size_t count;
    char *arena;
    size_t arena_used;
    struct splitter *splitter; /* NULL until a text needs it */
    size_t **owned;            /* piece_ends of jobs; CHUNK_JOBS */
    size_t owned_count;
    char *chapter;            /* of the job before; NULL = none */
    struct estimate estimate; /* when result->estimated */
};

static void free_pieces(struct loading *l) {
    while (l->owned_count > 0)
        free(l->owned[--l->owned_count]);
}

static bool flush(struct loading *l, struct err *e) {
    if (l->count && !l->to->options->dry_run &&
        !store_batch_add(l->to->session->store, l->to->result->batch_id, l->jobs, l->count, e))
        return false;
    l->count = 0;
    l->arena_used = 0;
    free_pieces(l);
    if (cli_stop_count())
        return err_set(e, ERR_INTERRUPTED, "interrupted; nothing was added");
    if (progress_due(&l->progress))
        progress_line(&l->progress, "%" PRId64 " jobs read", l->to->result->jobs);
    return true;
}

static const char *keep(struct loading *l, const char *s, size_t bytes) {
    char *copy = l->arena + l->arena_used;
    memcpy(copy, s, bytes);
    copy[bytes] = '\0';
    l->arena_used += bytes + 1;
    return copy;
}

static const char *keep_optional(struct loading *l, const char *s) {
    return s ? keep(l, s, strlen(s)) : NULL;
}

/* A text over the profile's limit is spoken in pieces; job->piece_ends is freed by flush. */
static bool cut_pieces(struct loading *l, const struct record *r, struct store_job_spec *job,
                       struct err *e) {
    const struct measure_limit *limit = &l->to->profile->text_max;
    struct split_ends cut = {.count_max = STORE_PIECES_MAX};
    struct err why;
    if (limit->max == 0 || (int64_t)r->text_bytes <= limit->max ||
        measure_text(r->text, r->text_bytes, limit->unit) <= limit->max)
        return true;
    if (!l->splitter && !splitter_new(&l->splitter, e))
        return false;
    if (!split_ends(l->splitter, r->text, r->text_bytes, limit, &cut, &why))
        return err_set(e, ERR_INPUT,
                       "%s:%" PRId64 ": the text cannot be split for the profile '%s': %.200s",
                       l->sink.file, r->line, l->to->profile->name, why.msg);
    l->owned[l->owned_count++] = cut.ends;
    job->piece_ends = cut.ends;
    job->piece_count = cut.count;
    if (job->piece_count < 2) /* only white space is over the limit */
        job->piece_count = 0;
    else
        l->to->result->split++;
    l->to->result->pieces += (int64_t)job->piece_count;
    return true;
}

static bool check_length(const struct loading *l, const struct record *r, struct err *e) {
    return r->text_bytes <= INPUT_LINE_BYTES_MAX ||
           err_set(e, ERR_INPUT, "%s:%" PRId64 ": the text is longer than %d bytes", l->sink.file,
                   r->line, INPUT_LINE_BYTES_MAX);
}

static bool check_voice(const struct loading *l, const struct record *r, struct err *e) {
    return r->voice || l->to->options->voice || !request_needs_voice(l->to->profile) ||
           err_set(e, ERR_INPUT,
                   "%s:%" PRId64 ": no voice: the profile '%s' has none of its own, give --voice",
                   l->sink.file, r->line, l->to->profile->name);
}

/* Remembers it for the next. */
static bool is_new_chapter(struct loading *l, const char *chapter) {
    if (chapter == l->chapter || (chapter && l->chapter && strcmp(chapter, l->chapter) == 0))
        return false;
    free(l->chapter);
    l->chapter = chapter ? ensure_strdup(chapter) : NULL;
    return true;
}

static bool on_record(void *arg, const struct record *r, struct err *e) {
    struct loading *l = arg;
    if (!check_length(l, r, e) || !check_voice(l, r, e))
        return false;
    size_t most = r->text_bytes + 5 + (size_t)4 * RECORDS_FIELD_BYTES_MAX;
    if ((l->count == CHUNK_JOBS || l->arena_used + most > ARENA_BYTES) && !flush(l, e))
        return false;
    struct store_job_spec pieces = {.piece_count = 0};
    const char *chapter = r->chapter ? r->chapter : l->sink.chapter;
    enum begin begins = is_new_chapter(l, chapter) ? BEGIN_CHAPTER : r->begins;
    if (!cut_pieces(l, r, &pieces, e))
        return false;
    l->to->result->jobs++;
    l->to->result->chars += r->chars;
    l->jobs[l->count++] = (struct store_job_spec){
        .piece_ends = pieces.piece_ends,
        .piece_count = pieces.piece_count,
        .text = keep(l, r->text, r->text_bytes),
        .text_bytes = r->text_bytes,
        .chars = r->chars,
        .name = keep_optional(l, r->name),
        .ext_id = keep_optional(l, r->ext_id),
        .voice = r->voice ? keep_optional(l, r->voice) : l->to->voice,
        .chapter = keep_optional(l, chapter),
        .begins = begins,
        .priority = r->has_priority ? r->priority : 0,
        .delay_ms = l->to->options->delay_ms,
        .start_ms = l->to->options->at_ms,
    };
    return !l->to->result->estimated || estimate_add(&l->estimate, &l->jobs[l->count - 1], e);
}

static void begin_estimate(struct loading *l) {
    const struct load_options *o = l->to->options;
    const struct profile *p = l->to->profile;
    l->to->result->currency = p->price.price.micros > 0 ? p->price.currency : NULL;
    l->to->result->estimated = o->dry_run || l->to->result->currency;
    estimate_init(&l->estimate, p, l->to->session->store, o->voice, o->fresh);
}

static void end_estimate(struct loading *l) {
    l->to->result->calls = l->estimate.calls;
    l->to->result->shared = l->estimate.shared;
    l->to->result->cost_micros = l->estimate.cost_micros;
    estimate_release(&l->estimate);
}

bool load_jobs(const struct load_jobs *to, struct source *source, struct err *e) {
    struct loading l = {.to = to, .sink = {.each = on_record, .arg = &l}};
    l.jobs = ensure_alloc(CHUNK_JOBS * sizeof *l.jobs);
    l.arena = ensure_alloc(ARENA_BYTES);
    l.owned = ensure_alloc(CHUNK_JOBS * sizeof *l.owned);
    begin_estimate(&l);
    progress_begin(&l.progress, QUIET_MS);
    bool ok = source_read(source, to->options->split, &l.sink, e) && flush(&l, e);
    progress_clear(&l.progress);
    end_estimate(&l);
    free(l.jobs);
    free(l.arena);
    free(l.chapter);
    free_pieces(&l);
    free(l.owned);
    splitter_free(l.splitter);
    to->result->empty_lines = l.sink.empty_lines;
    if (ok && to->result->jobs == 0) {
        char shown[TEXT_SHOWN_BYTES];
        return err_set(e, ERR_INPUT, "%.200s: there is no text in it",
                       text_show(source->paths[0], 60, shown));
    }
    return ok;
}
