/* cmd_get.c: `ttsq get`: results of batches into folders. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio/join.h"
#include "base/ensure.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/delivery/deliver.h"
#include "cli/delivery/join_batch.h"
#include "cli/delivery/stored.h"
#include "cli/view/text.h"

#define TRIM_DB_MIN (-90) /* nothing is quieter in 16 bits */

enum {
    OPTION_LINK = 0x100,
    OPTION_COPY,
    OPTION_GAP_MS,
    OPTION_PARAGRAPH_GAP_MS,
    OPTION_CHAPTER_GAP_MS,
    OPTION_TRIM
};

struct options {
    const char **batches; /* allocated */
    size_t batch_count;
    const char *folder; /* of several batches: each has one of its own in it */
    const char *batch;  /* the one that is fetched */
    struct deliver_options deliver;
    struct join_batch_options join;
    bool json;
};

static const struct argp_option option_table[] = {
    {"output", 'o', "DIR", 0,
     "The folder to write to, made when missing; of several batches each has a folder in it", 0},
    {"partial", ARGS_FLAG(struct options, deliver.partial), NULL, 0,
     "Leave out what has no result instead of refusing", 0},
    {"follow", ARGS_FLAG(struct options, deliver.follow), NULL, 0,
     "Each file as soon as it and all before it are there, until the batch has ended", 0},
    {"template", ARGS_TEXT(struct options, deliver.template), "TEXT", 0,
     "Names of files, of {seq}, {seq:04}, {name}, {id}, {batch}, {chapter}, {voice}, {ext}; '/' "
     "makes folders (default {seq}_{name})",
     0},
    {"link", OPTION_LINK, NULL, 0, "Fail where a file cannot be a link to the result", 0},
    {"copy", OPTION_COPY, NULL, 0, "Files of your own that you may change, no links", 0},
    {"force", ARGS_FLAG(struct options, deliver.force), NULL, 0, "Replace files of other content",
     0},
    {"join", ARGS_TEXT(struct options, join.file), "FILE", 0,
     "All jobs in one gap-free file; its ending says the format: wav, flac, ogg, opus, mp3, pcm; "
     "m4b, m4a, aac by ffmpeg",
     0},
    {"gap-ms", OPTION_GAP_MS, "N", 0, "With --join: silence between two jobs (default 0)", 0},
    {"paragraph-gap-ms", OPTION_PARAGRAPH_GAP_MS, "N", 0,
     "With --join: silence before a paragraph (default: as between jobs)", 0},
    {"chapter-gap-ms", OPTION_CHAPTER_GAP_MS, "N", 0,
     "With --join: silence before a chapter (default: as before a paragraph)", 0},
    {"trim", OPTION_TRIM, "DB", OPTION_ARG_OPTIONAL,
     "With --join: cut what is quieter than DB (default -50) off both ends of each job's sound", 0},
    {"chapters", ARGS_TEXT(struct options, join.chapters), "FILE", 0,
     "With --join: where chapters begin: *.cue, *.txt or *.ffmeta (m4b and m4a have them inside)",
     0},
    {"srt", ARGS_TEXT(struct options, join.srt), "FILE", 0,
     "With --join: subtitles, too, as SubRip", 0},
    {"vtt", ARGS_TEXT(struct options, join.vtt), "FILE", 0,
     "With --join: subtitles, too, as WebVTT", 0},
    {"json", ARGS_FLAG(struct options, json), NULL, 0, "What was written, as JSON", 0},
    {0},
};

static const char doc[] =
    "Write a batch's audio into a folder: 0001_first-words.wav ..., in order, with manifest.json.\n"
    "\n"
    "  ttsq get chapter-1 -o audio/\n"
    "  ttsq get chapter-1 -o audio/ --partial     what is there so far\n"
    "  ttsq get chapter-1 -o audio/ --follow      and the rest as it finishes\n"
    "  ttsq get chapter-1 chapter-2 -o audio/     into audio/chapter-1 and -2\n"
    "  ttsq get novel -o audio/ --template '{chapter}/{seq:04}'\n"
    "  ttsq get chapter-1 --join chapter-1.wav    one file\n"
    "  ttsq get book --join book.flac --gap-ms 400 --srt book.srt\n"
    "  ttsq get novel --join novel.m4b --paragraph-gap-ms 500 --chapter-gap-ms 2000\n"
    "\v"
    "Files that are there with the right content are kept, so an interrupted `get` goes on where "
    "it was. With --follow it waits for the batch, whether a service is running or not, and "
    "prints each file's name. Larger answers are hard links to the results, read-only; --copy "
    "makes files that may be changed. A missing result is an error (exit code 3) unless --partial "
    "is given; one whose bytes are lost or damaged is named then, left out, and the exit code is "
    "3 all the same. --join copies samples and frames as they are where the file's format is that "
    "of the answers (wav, mp3, aac, pcm), and encodes once where it is not, or is trimmed; the "
    "library that decodes MP3 then may print notes of its own. All parts must have one sample "
    "rate; nothing is resampled.";

static void check_join(struct argp_state *state, struct options *o) {
    if (o->join.file && o->folder)
        argp_error(state, "-o and --join are two different deliveries; say one at a time");
    bool details = o->join.srt || o->join.vtt || o->join.chapters || o->join.gap_ms ||
                   o->join.paragraph_gap_ms >= 0 || o->join.chapter_gap_ms >= 0 || o->join.trim_db;
    if (!o->join.file && details)
        argp_error(state, "silence, --trim, --chapters, --srt and --vtt go with --join");
    bool of_files = o->deliver.follow || o->deliver.template || o->deliver.placing;
    if (o->join.file && of_files)
        argp_error(state, "--follow, --template, --link and --copy go with -o");
    o->join.partial = o->deliver.partial;
    o->join.force = o->deliver.force;
}

static void check_all(struct argp_state *state, struct options *o) {
    args_need(state, o->batch_count ? o->batches[0] : NULL, "BATCH");
    if (!o->join.file)
        args_need(state, o->folder, "-o DIR or --join FILE");
    check_join(state, o);
    if (o->batch_count > 1 && (o->join.file || o->deliver.follow))
        argp_error(state, "%s takes one batch; say `ttsq get` once for each of the %zu",
                   o->join.file ? "--join" : "--follow", o->batch_count);
}

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case 'o':
        o->folder = text;
        return 0;
    case OPTION_LINK:
    case OPTION_COPY:
        if (o->deliver.placing)
            argp_error(state, "--link and --copy are two different things; say one");
        o->deliver.placing = key == OPTION_LINK ? DELIVER_LINK : DELIVER_COPY;
        return 0;
    case OPTION_GAP_MS:
        o->join.gap_ms = args_number(state, "--gap-ms", text, 0, JOIN_GAP_MS_MAX);
        return 0;
    case OPTION_PARAGRAPH_GAP_MS:
        o->join.paragraph_gap_ms =
            args_number(state, "--paragraph-gap-ms", text, 0, JOIN_GAP_MS_MAX);
        return 0;
    case OPTION_CHAPTER_GAP_MS:
        o->join.chapter_gap_ms = args_number(state, "--chapter-gap-ms", text, 0, JOIN_GAP_MS_MAX);
        return 0;
    case OPTION_TRIM:
        o->join.trim_db =
            text ? (int)args_number(state, "--trim", text, TRIM_DB_MIN, -1) : JOIN_TRIM_DB;
        return 0;
    case ARGP_KEY_ARG:
        o->batches = ensure_realloc(o->batches, (o->batch_count + 1) * sizeof *o->batches);
        o->batches[o->batch_count++] = text;
        return 0;
    case ARGP_KEY_END:
        check_all(state, o);
        return 0;
    default:
        return args_remember(key, text, state);
    }
}

static void print_report(const struct options *o, const struct deliver_report *r) {
    char shown[TEXT_SHOWN_BYTES];
    if (o->json) {
        text_json_print(json_pack("{s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:f}", "batch",
                                  text_json(o->batch), "folder", text_json(o->deliver.folder),
                                  "files", (json_int_t)r->files, "kept", (json_int_t)r->same,
                                  "missing", (json_int_t)r->missing, "damaged",
                                  (json_int_t)r->damaged, "bytes", (json_int_t)r->bytes, "seconds",
                                  (double)r->duration_ms / 1000.0),
                        o->deliver.follow || o->batch_count > 1);
        return;
    }
    printf("%" PRId64 " %s", r->files, r->files == 1 ? "file" : "files");
    if (r->same)
        printf(" (%" PRId64 " %s there already)", r->same, r->same == 1 ? "was" : "were");
    printf(", %.1f s of audio, in %s\n", (double)r->duration_ms / 1000.0,
           text_show(o->deliver.folder, 200, shown));
    if (r->missing)
        cli_say("%" PRId64 " results are missing; manifest.json says which", r->missing);
}

static void print_join(const struct options *o, const struct join_batch_report *r) {
    char shown[TEXT_SHOWN_BYTES];
    if (o->json) {
        json_t *seconds =
            r->duration_ms >= 0 ? json_real((double)r->duration_ms / 1000.0) : json_null();
        text_json_print(json_pack("{s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:o, s:b}", "batch",
                                  text_json(o->batch), "file", text_json(o->join.file), "jobs",
                                  (json_int_t)r->jobs, "chapters", (json_int_t)r->chapters,
                                  "missing", (json_int_t)r->missing, "damaged",
                                  (json_int_t)r->damaged, "bytes", (json_int_t)r->bytes, "seconds",
                                  seconds, "lossless_copy", r->copied),
                        false);
        return;
    }
    printf("%" PRId64 " %s, ", r->jobs, r->jobs == 1 ? "job" : "jobs");
    if (r->chapters)
        printf("%" PRId64 " %s, ", r->chapters, r->chapters == 1 ? "chapter" : "chapters");
    printf("%.1f s of audio, %s, in %s\n",
           r->duration_ms >= 0 ? (double)r->duration_ms / 1000.0 : 0.0,
           r->copied ? "copied as it is" : "encoded once", text_show(o->join.file, 200, shown));
    if (r->missing)
        cli_say("%" PRId64 " results are missing", r->missing);
}

/* Each line is out before the next file is waited for. */
static void print_file(void *arg, const struct store_job_row *row, const char *file) {
    const struct options *o = arg;
    char shown[TEXT_SHOWN_BYTES];
    if (o->json)
        text_json_print(json_pack("{s:s, s:I, s:o, s:s}", "message_type", "file", "seq",
                                  (json_int_t)row->seq, "file", text_json(file), "state",
                                  job_state_text(row->state)),
                        true);
    else if (file)
        puts(file);
    else
        cli_say("number %" PRId64 " has no result: it is %s%s%s", row->seq,
                job_state_text(row->state), row->why ? ": " : "", text_show(row->why, 120, shown));
    (void)fflush(stdout);
}

static bool deliver(struct session *s, int64_t batch_id, struct options *o, struct err *e) {
    struct deliver_report report;
    o->deliver.on_file = print_file;
    o->deliver.arg = o;
    bool ok = deliver_batch(s, batch_id, o->batch, &o->deliver, &report, e);
    if (ok)
        print_report(o, &report);
    return ok && stored_none_lost(o->batch, report.damaged, e);
}

static bool join(struct session *s, int64_t batch_id, const struct options *o, struct err *e) {
    struct join_batch_report report;
    bool ok = join_batch(s, batch_id, &o->join, &report, e);
    if (ok)
        print_join(o, &report);
    return ok && stored_none_lost(o->batch, report.damaged, e);
}

/* ---- each batch ---- */

/* What was done before it (followed to the end: all) is fetched then. */
static bool get_one(struct session *s, int64_t batch_id, struct options *o, struct err *e) {
    struct session_counts before;
    bool ok = session_counts(s, batch_id, &before, e) &&
              (o->join.file ? join(s, batch_id, o, e) : deliver(s, batch_id, o, e)) &&
              (!o->deliver.follow || session_counts(s, batch_id, &before, e));
    if (ok && !o->deliver.partial)
        deliver_note(s, batch_id, before.count[JOB_DONE]);
    return ok;
}

struct part { /* one batch, and where it goes */
    int64_t batch_id;
    char folder[PATH_MAX];
};

static bool choose_folder(const struct options *o, size_t i, struct part *part, struct err *e) {
    char name[TEXT_FILE_NAME_BYTES_MAX + 1];
    int n = snprintf(part->folder, PATH_MAX, o->batch_count > 1 ? "%s/%s" : "%s",
                     o->folder ? o->folder : "", text_file_name(o->batches[i], 0, name));
    return (n >= 0 && n < PATH_MAX) || err_set(e, ERR_USAGE, "the path is too long");
}

/* A slip in a name is told before anything is written, and no two batches share a folder. */
static bool find_all(struct session *s, const struct options *o, struct part *parts,
                     struct err *e) {
    char one[TEXT_SHOWN_BYTES], other[TEXT_SHOWN_BYTES];
    for (size_t i = 0; i < o->batch_count; i++) {
        if (!session_batch(s, o->batches[i], &parts[i].batch_id, e) ||
            !choose_folder(o, i, &parts[i], e))
            return false;
        for (size_t k = 0; k < i; k++)
            if (parts[k].batch_id != parts[i].batch_id &&
                strcmp(parts[k].folder, parts[i].folder) == 0)
                return err_set(e, ERR_USAGE,
                               "%.120s and %.120s would share the folder %.200s; say `ttsq get` "
                               "once for each",
                               text_word(o->batches[k], one), text_word(o->batches[i], other),
                               parts[i].folder);
    }
    return true;
}

/* One that cannot be had keeps none of the others back. */
static int get_all(struct session *s, struct options *o, const struct part *parts) {
    char shown[TEXT_SHOWN_BYTES];
    int worst = 0;
    struct err e = {.code = ERR_FAILED};
    for (size_t i = 0; i < o->batch_count && e.code != ERR_INTERRUPTED; i++) {
        o->batch = o->join.batch = o->batches[i];
        o->deliver.folder = parts[i].folder;
        if (cli_stop_count() > 0)
            (void)err_set(&e, ERR_INTERRUPTED, "interrupted; say it again to continue");
        else if (get_one(s, parts[i].batch_id, o, &e))
            continue;
        if (o->batch_count > 1)
            (void)err_prefix(&e, "%.120s", text_word(o->batch, shown));
        int code = stored_fail(o->batch, &e);
        worst = code > worst ? code : worst;
    }
    return worst;
}

const struct argp cmd_get_argp = {.options = option_table,
                                  .parser = on_option,
                                  .args_doc = "BATCH... -o DIR|--join FILE",
                                  .doc = doc,
                                  .children = args_children};

int cmd_get(int argc, char **argv) {
    struct options o = {
        .join = {.paragraph_gap_ms = JOIN_GAP_AS_LESSER, .chapter_gap_ms = JOIN_GAP_AS_LESSER}};
    args_parse(&cmd_get_argp, argc, argv, &o);
    cli_stop_catch();
    struct session s;
    struct err e;
    struct part *parts = ensure_alloc(o.batch_count * sizeof *parts);
    bool found = session_open(&s, SESSION_READ, &e) && find_all(&s, &o, parts, &e);
    int code = found ? get_all(&s, &o, parts) : cli_fail(&e);
    session_close(&s);
    free(parts);
    free(o.batches);
    return code;
}
