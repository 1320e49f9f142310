/* settings.c: the configurations that an operator writes, and which of them holds. */
#include <stdio.h>
#include <stdlib.h>

#include "base/ensure.h"
#include "sim.h"

#define CONFIGS 6
#define FREE 0 /* without a budget */

static struct config *configs[CONFIGS];
static int now;

struct config *sim_config(void) {
    return configs[now];
}

void sim_config_pick(void) {
    now = (int)sim_between(0, CONFIGS - 1);
    sim_say("configuration %d", now);
}

void sim_config_free(void) {
    now = FREE;
}

static const char config_text[] = "[ttsq]\n"
                                  "database = %s\n"
                                  "results = %s\n"
                                  "calls_max = 5\n"
                                  "row_bytes_max = %d\n"
                                  "segment_bytes_min = %d\n"
                                  "profile = pa\n"
                                  "[account:a]\n"
                                  "concurrency = %d\n"
                                  "linger_ms = 1500\n"
                                  "breaker.failures = %d\n"
                                  "%s"
                                  "[account:b]\n"
                                  "concurrency = %d\n"
                                  "linger_ms = 1500\n"
                                  "uncertain = %s\n"
                                  "rate = 30/s\n"
                                  "rate_burst = 3\n"
                                  "[profile:pa]\n"
                                  "account = a\n"
                                  "url = http://127.0.0.1:9/say\n"
                                  "content_type = text/plain\n"
                                  "body = ${json:job_id} ${json:attempt_no} ${json:text}\n"
                                  "accept = audio/\n"
                                  "rule = status:429 header:x-many=1 -> shrink\n"
                                  "rule = status:413 -> split\n"
                                  "timeout.first_byte_ms = 1500\n"
                                  "timeout.stall_ms = 800\n"
                                  "timeout.total_ms = 4000\n"
                                  "retry.max = 4\n"
                                  "retry.base_ms = 200\n"
                                  "retry.cap_ms = 4000\n"
                                  "[profile:pp]\n"
                                  "inherit = pa\n"
                                  "account = a\n"
                                  "price = 1.00 USD/1K codepoints\n"
                                  "[profile:pt]\n"
                                  "inherit = pp\n"
                                  "text.max = %d codepoints\n"
                                  "[profile:pb]\n"
                                  "inherit = pa\n"
                                  "account = b\n";

static void load(int i) {
    static const int caps_a[CONFIGS] = {4, 4, 2, 8, 1, 6};
    static const char *const budgets_a[CONFIGS] = {"", "budget = 0.40 USD/day\n",
                                                   "", "budget = 0.10 USD/day\n",
                                                   "", "budget = 0.20 USD/day\n"};
    static const int caps_b[CONFIGS] = {2, 3, 2, 1, 5, 3};
    static const int text_most[CONFIGS] = {25, 25, 40, 0, 12, 25};
    char path[96], text[4096];
    struct err e = {.msg = ""};
    int n = snprintf(text, sizeof text, config_text, sim_database, sim_results,
                     i % 3 == 2 ? 600 : 65536, i % 2 ? 1500 : 65536, caps_a[i], i == 3 ? 0 : 6,
                     budgets_a[i], caps_b[i], i == 5 ? "hold" : "retry", text_most[i]);
    ASSERT(n > 0 && (size_t)n < sizeof text);
    (void)snprintf(path, sizeof path, "%s/sim.ini", sim_folder);
    FILE *f = fopen(path, "w");
    ASSERT(f && fputs(text, f) >= 0 && fclose(f) == 0);
    (void)setenv("TTSQ_CONFIG", path, 1);
    if (!config_load(&configs[i], &e)) {
        (void)fprintf(stderr, "sim: %s\n", e.msg);
        exit(1);
    }
    /* who asks is said for the provider's books only: equal texts get equal answers */
    for (size_t k = 0; k < configs[i]->profile_count; k++)
        configs[i]->profiles[k]->shares = true;
}

void sim_configs_load(void) {
    for (int i = 0; i < CONFIGS; i++)
        load(i);
}
