/* fuzz_answer: any bytes as what a server sends: lines up to an empty one as headers, the rest as
 * body, in pieces. Limits hold, and what is kept can be shown. */
#include <string.h>

#include "provider/outcome.h"
#include "tests/fuzz/target.h"
#include "workers/call/answer.h"

#define ROW_BYTES 4096
#define RESPONSE_BYTES (64 * 1024)
#define PIECE_BYTES 97

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    const struct answer_limits limits = {
        .row_bytes_max = ROW_BYTES, .response_bytes_max = RESPONSE_BYTES, .results_fd = -1};
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
    while (going && at < bytes &&
           (a.bytes + PIECE_BYTES <= ROW_BYTES || a.status < 200 || a.status > 299)) {
        size_t n = bytes - at < PIECE_BYTES ? bytes - at : PIECE_BYTES;
        going = answer_body(&a, data + at, n) == TRANSPORT_NOT_ABORTED;
        at += n;
    }
    MUST(a.body.bytes <=
         (a.status >= 200 && a.status < 300 ? RESPONSE_BYTES : ANSWER_EXCERPT_BYTES));
    answer_release(&a);
    return 0;
}
