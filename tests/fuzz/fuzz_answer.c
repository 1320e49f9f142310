/* fuzz_answer: any bytes as what a server sends: lines up to an empty one as headers, the rest as
 * body, in pieces, for a profile that wants audio from JSON and for one that takes bodies as they
 * are. Limits hold, and what is kept can be shown. */
#include <string.h>

#include "provider/outcome.h"
#include "tests/fuzz/target.h"
#include "workers/call/answer.h"

#define ROW_BYTES 4096
#define RESPONSE_BYTES (64 * 1024)
#define PIECE_BYTES 97

static void receive(const struct decode_plan *plan, const uint8_t *data, size_t bytes) {
    const struct answer_limits limits = {.plan = plan,
                                         .row_bytes_max = ROW_BYTES,
                                         .response_bytes_max = RESPONSE_BYTES,
                                         .results_fd = -1};
    static struct answer a;
    size_t at = 0;
    bool going = true;
    answer_init(&a);
    answer_begin(&a, &limits);
    while (going && at < bytes) {
        const uint8_t *end = memchr(data + at, '\n', bytes - at);
        size_t n = end ? (size_t)(end - (data + at)) + 1 : bytes - at;
        going = answer_header(&a, (const char *)data + at, n) == TRANSPORT_NOT_ABORTED;
        at += n;
        if (n <= 2)
            break;
    }
    MUST(a.status >= 0 && a.status <= 999);
    MUST(a.header_count <= ANSWER_HEADERS_MAX + 1);
    while (going && at < bytes && (a.bytes + PIECE_BYTES <= ROW_BYTES || !answer_is_success(&a))) {
        size_t n = bytes - at < PIECE_BYTES ? bytes - at : PIECE_BYTES;
        going = answer_body(&a, data + at, n) == TRANSPORT_NOT_ABORTED;
        at += n;
    }
    if (going)
        MUST(answer_end(&a) == TRANSPORT_NOT_ABORTED);
    MUST(a.body.bytes <= (answer_is_success(&a) ? RESPONSE_BYTES : 0));
    MUST(a.excerpt.bytes <= ANSWER_EXCERPT_BYTES);
    MUST(!answer_url(&a) || (*answer_url(&a) && answer_is_success(&a)));
    MUST(!plan || !answer_fact(&a, 0) || strlen(answer_fact(&a, 0)) <= DECODE_FACT_BYTES_MAX);
    answer_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    static const char *const facts[] = {"/error/code"};
    struct decode_spec spec = {.form = DECODE_EVENTS,
                               .coding = DECODE_HEX,
                               .audio = "/audio",
                               .facts = facts,
                               .fact_count = 1};
    struct decode_plan *plan = NULL;
    const char *which;
    size_t at;
    struct err e;
    receive(NULL, data, bytes);
    MUST(decode_plan_new(&spec, &plan, &which, &at, &e));
    receive(plan, data, bytes);
    decode_plan_free(plan);
    spec.coding = DECODE_URL;
    MUST(decode_plan_new(&spec, &plan, &which, &at, &e));
    receive(plan, data, bytes);
    decode_plan_free(plan);
    return 0;
}
