/* cmd_version.c: `ttsq version`: ttsq and the libraries it runs with. */
#include <curl/curl.h>
#include <stdio.h>
#include <uv.h>

#include "cli/args.h"
#include "cli/cli.h"
#include "cli/view/text.h"
#include "store/store.h"

#ifdef TTSQ_FAULT_POINTS
#define FAULT_POINTS true
#else
#define FAULT_POINTS false
#endif

struct options {
    bool json;
};

static const struct argp_option option_table[] = {
    {"json", ARGS_FLAG(struct options, json), NULL, 0, "As JSON", 0},
    {0},
};

static const char doc[] = "Print the versions of ttsq and the libraries it runs with.\n"
                          "\n"
                          "  ttsq version\n"
                          "  ttsq version --json\n";

const struct argp cmd_version_argp = {
    .options = option_table, .parser = args_only_options, .doc = doc, .children = args_children};

int cmd_version(int argc, char **argv) {
    struct options o = {0};
    args_parse(&cmd_version_argp, argc, argv, &o);
    struct store_verdict store = store_version_verdict();
    if (o.json) {
        text_json_print(json_pack("{s:s, s:{s:s, s:b, s:s}, s:s, s:s, s:b}", "version",
                                  TTSQ_VERSION, "sqlite", "library", store.library,
                                  "wal_reset_race", store.wal_reset_race, "advice", store.advice,
                                  "curl", curl_version(), "libuv", uv_version_string(),
                                  "fault_points", FAULT_POINTS),
                        false);
        return 0;
    }
    printf("ttsq %s\n%s: %s\n%s\nlibuv/%s\n", TTSQ_VERSION, store.library, store.advice,
           curl_version(), uv_version_string());
    printf("fault points: %s\n", FAULT_POINTS ? "compiled in (for tests only)" : "none");
    return 0;
}
