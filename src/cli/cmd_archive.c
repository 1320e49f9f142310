/* cmd_archive.c: `ttsq archive`: all of a batch in one file. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/args.h"
#include "cli/cli.h"
#include "cli/delivery/archive_batch.h"
#include "cli/delivery/deliver.h"
#include "cli/delivery/stored.h"
#include "cli/view/text.h"

#define MIB (1024.0 * 1024.0)

struct options {
    struct archive_batch_options archive;
    bool json;
};

static const struct argp_option option_table[] = {
    {"partial", ARGS_FLAG(struct options, archive.partial), NULL, 0,
     "Leave out what has no result, or a damaged one, instead of refusing", 0},
    {"force", ARGS_FLAG(struct options, archive.force), NULL, 0, "Replace a file that is there", 0},
    {"json", ARGS_FLAG(struct options, json), NULL, 0, "What was written, as JSON", 0},
    {0},
};

static const char doc[] =
    "Write all of a batch into one tar file, to keep it without the queue.\n"
    "\n"
    "  ttsq archive novel novel.tar\n"
    "  ttsq archive novel novel.tar && ttsq prune novel\n"
    "  tar xf novel.tar && cd novel && sha256sum -c SHA256SUMS\n"
    "\v"
    "In it is a folder of the batch's name with the audio, in order, as `ttsq get` names it; "
    "manifest.json; texts.jsonl, which `ttsq enqueue` takes; jobs.jsonl, a line a job as "
    "`ttsq show --json` has it, with all of its calls; and SHA256SUMS. Each answer is checked, and "
    "the file is read back before it gets its name. Then the batch counts as fetched and may be "
    "pruned; what it cost stays in `ttsq cost`. `ttsq backup` is for the whole queue.";

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (!o->archive.batch)
            o->archive.batch = text;
        else
            args_take_one(state, text, &o->archive.file);
        return 0;
    case ARGP_KEY_END:
        args_need(state, o->archive.batch, "BATCH");
        args_need(state, o->archive.file, "FILE");
        if (strcmp(o->archive.file, "-") == 0)
            argp_error(state, "the archive is read back, so it cannot go to standard output: name "
                              "a file");
        return 0;
    default:
        return args_remember(key, text, state);
    }
}

static void print_report(const struct options *o, const struct archive_batch_report *r) {
    char shown[TEXT_SHOWN_BYTES];
    if (o->json) {
        text_json_print(json_pack("{s:o, s:o, s:I, s:I, s:I, s:I, s:f}", "batch",
                                  text_json(o->archive.batch), "file", text_json(o->archive.file),
                                  "files", (json_int_t)r->files, "missing", (json_int_t)r->missing,
                                  "damaged", (json_int_t)r->damaged, "bytes", (json_int_t)r->bytes,
                                  "seconds", (double)r->duration_ms / 1000.0),
                        false);
        return;
    }
    printf("%" PRId64 " %s, %.1f s of audio, %.1f MiB, checked, in %s\n", r->files,
           r->files == 1 ? "file" : "files", (double)r->duration_ms / 1000.0,
           (double)r->bytes / MIB, text_show(o->archive.file, 200, shown));
    if (r->missing)
        cli_say("%" PRId64 " results are missing; manifest.json in it says which", r->missing);
    else
        cli_say("`ttsq prune %s` takes the batch out of the queue",
                text_word(o->archive.batch, shown));
}

static bool archive(struct session *s, const struct options *o, struct err *e) {
    struct archive_batch_report report;
    struct session_counts before; /* what was done then is archived */
    int64_t batch_id;
    if (!session_batch(s, o->archive.batch, &batch_id, e) ||
        !session_counts(s, batch_id, &before, e) ||
        !archive_batch(s, batch_id, &o->archive, &report, e))
        return false;
    print_report(o, &report);
    if (report.missing == 0)
        deliver_note(s, batch_id, before.count[JOB_DONE]);
    return stored_none_lost(o->archive.batch, report.damaged, e);
}

const struct argp cmd_archive_argp = {.options = option_table,
                                      .parser = on_option,
                                      .args_doc = "BATCH FILE",
                                      .doc = doc,
                                      .children = args_children};

int cmd_archive(int argc, char **argv) {
    struct options o = {0};
    args_parse(&cmd_archive_argp, argc, argv, &o);
    cli_stop_catch();
    struct session s;
    struct err e;
    bool ok = session_open(&s, SESSION_READ, &e) && archive(&s, &o, &e);
    session_close(&s);
    return ok ? 0 : stored_fail(o.archive.batch, &e);
}
