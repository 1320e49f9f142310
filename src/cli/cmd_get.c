/* cmd_get.c: `ttsq get`: a batch's results into a folder. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/args.h"
#include "cli/cli.h"
#include "cli/deliver.h"
#include "cli/text.h"

enum { OPTION_JSON = 0x100, OPTION_PARTIAL, OPTION_FORCE };

struct options {
    const char *batch;
    struct deliver_options deliver;
    bool json;
};

static const struct argp_option option_table[] = {
    {"output", 'o', "DIR", 0, "The folder to write to, made when missing", 0},
    {"partial", OPTION_PARTIAL, NULL, 0, "Leave out what has no result instead of refusing", 0},
    {"force", OPTION_FORCE, NULL, 0, "Replace files of other content", 0},
    {"json", OPTION_JSON, NULL, 0, "What was written, as JSON", 0},
    {0},
};

static const char doc[] =
    "Write a batch's audio into a folder: 0001_first-words.wav ..., in order, with manifest.json.\n"
    "\n"
    "  ttsq get chapter-1 -o audio/\n"
    "  ttsq get chapter-1 -o audio/ --partial     what is there so far\n"
    "\v"
    "Files that are there with the right content are kept, so an interrupted `get` goes on where "
    "it "
    "was. A missing result is an error (exit code 3) unless --partial is given.";

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case 'o':
        o->deliver.folder = text;
        return 0;
    case OPTION_PARTIAL:
        o->deliver.partial = true;
        return 0;
    case OPTION_FORCE:
        o->deliver.force = true;
        return 0;
    case OPTION_JSON:
        o->json = true;
        return 0;
    case ARGP_KEY_ARG:
        args_take_one(state, text, &o->batch);
        return 0;
    case ARGP_KEY_END:
        args_need(state, o->batch, "BATCH");
        args_need(state, o->deliver.folder, "-o DIR");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void print_report(const struct options *o, const struct deliver_report *r) {
    char shown[TEXT_SHOWN_BYTES];
    if (o->json) {
        text_json_print(json_pack("{s:o, s:o, s:I, s:I, s:I, s:I, s:f}", "batch",
                                  text_json(o->batch), "folder", text_json(o->deliver.folder),
                                  "files", (json_int_t)r->files, "kept", (json_int_t)r->same,
                                  "missing", (json_int_t)r->missing, "bytes", (json_int_t)r->bytes,
                                  "seconds", (double)r->duration_ms / 1000.0),
                        false);
        return;
    }
    printf("%" PRId64 " %s (%" PRId64 " were there already), %.1f s of audio, in %s\n", r->files,
           r->files == 1 ? "file" : "files", r->same, (double)r->duration_ms / 1000.0,
           text_show(o->deliver.folder, 200, shown));
    if (r->missing)
        cli_say("%" PRId64 " results are missing; manifest.json says which", r->missing);
}

int cmd_get(int argc, char **argv) {
    const struct argp argp = {.options = option_table,
                              .parser = on_option,
                              .args_doc = "BATCH -o DIR",
                              .doc = doc,
                              .children = args_children};
    struct options o = {0};
    args_parse(&argp, argc, argv, &o);
    cli_stop_catch();
    struct session s;
    struct err e;
    struct deliver_report report;
    int64_t batch_id;
    bool ok = session_open(&s, SESSION_READ, &e) && session_batch(&s, o.batch, &batch_id, &e) &&
              deliver_batch(&s, batch_id, o.batch, &o.deliver, &report, &e);
    if (ok)
        print_report(&o, &report);
    session_close(&s);
    return ok ? 0 : cli_fail(&e);
}
