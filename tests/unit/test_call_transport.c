/* test_call_transport: libcurl's codes as our words;
 * what decides about money is listed one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "workers/call/transport.c"

struct expectation {
    CURLcode code;
    enum transport_abort abort;
    bool sent, answered;
    enum transport_end end;
};

static const struct expectation expectations[] = {
    {CURLE_OK, TRANSPORT_NOT_ABORTED, true, true, TRANSPORT_OK},
    {CURLE_PARTIAL_FILE, TRANSPORT_NOT_ABORTED, true, true, TRANSPORT_CUT},
    {CURLE_OPERATION_TIMEDOUT, TRANSPORT_NOT_ABORTED, true, false, TRANSPORT_TIMEOUT},
    {CURLE_OPERATION_TIMEDOUT, TRANSPORT_NOT_ABORTED, true, true, TRANSPORT_TIMEOUT},
    {CURLE_OPERATION_TIMEDOUT, TRANSPORT_NOT_ABORTED, false, false, TRANSPORT_CONNECT},
    {CURLE_GOT_NOTHING, TRANSPORT_NOT_ABORTED, true, false, TRANSPORT_CLOSED},
    {CURLE_SEND_ERROR, TRANSPORT_NOT_ABORTED, true, false, TRANSPORT_CLOSED},
    {CURLE_RECV_ERROR, TRANSPORT_NOT_ABORTED, true, false, TRANSPORT_CLOSED},
    {CURLE_RECV_ERROR, TRANSPORT_NOT_ABORTED, true, true, TRANSPORT_CUT},
    {CURLE_HTTP2, TRANSPORT_NOT_ABORTED, true, false, TRANSPORT_CLOSED},
    {CURLE_HTTP2_STREAM, TRANSPORT_NOT_ABORTED, true, false, TRANSPORT_CLOSED},
    {CURLE_COULDNT_RESOLVE_HOST, TRANSPORT_NOT_ABORTED, false, false, TRANSPORT_RESOLVE},
    {CURLE_COULDNT_CONNECT, TRANSPORT_NOT_ABORTED, false, false, TRANSPORT_CONNECT},
    {CURLE_SSL_CONNECT_ERROR, TRANSPORT_NOT_ABORTED, false, false, TRANSPORT_TLS},
    {CURLE_PEER_FAILED_VERIFICATION, TRANSPORT_NOT_ABORTED, false, false, TRANSPORT_CERTIFICATE},
    {CURLE_SSL_CERTPROBLEM, TRANSPORT_NOT_ABORTED, false, false, TRANSPORT_CERTIFICATE},
    {CURLE_SSL_CACERT_BADFILE, TRANSPORT_NOT_ABORTED, false, false, TRANSPORT_CERTIFICATE},
    {CURLE_URL_MALFORMAT, TRANSPORT_NOT_ABORTED, false, false, TRANSPORT_BAD_URL},
    {CURLE_UNSUPPORTED_PROTOCOL, TRANSPORT_NOT_ABORTED, false, false, TRANSPORT_BAD_URL},
    {CURLE_ABORTED_BY_CALLBACK, TRANSPORT_ABORT_RESENT, true, false, TRANSPORT_RESENT},
    {CURLE_ABORTED_BY_CALLBACK, TRANSPORT_ABORT_STALL, true, true, TRANSPORT_STALL},
    {CURLE_ABORTED_BY_CALLBACK, TRANSPORT_ABORT_FIRST_BYTE, true, false, TRANSPORT_FIRST_BYTE},
    {CURLE_ABORTED_BY_CALLBACK, TRANSPORT_ABORT_TIMEOUT, true, true, TRANSPORT_TIMEOUT},
    {CURLE_ABORTED_BY_CALLBACK, TRANSPORT_ABORT_STOP, true, false, TRANSPORT_ABORTED},
    {CURLE_WRITE_ERROR, TRANSPORT_ABORT_TOO_LARGE, true, true, TRANSPORT_TOO_LARGE},
    {CURLE_WRITE_ERROR, TRANSPORT_ABORT_STORAGE, true, true, TRANSPORT_STORAGE},
    {CURLE_FAILED_INIT, TRANSPORT_NOT_ABORTED, false, false, TRANSPORT_OTHER},
};

static void codes_mean_what_the_table_says(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++) {
        const struct expectation *x = &expectations[i];
        assert_int_equal(transport_end_of(x->code, x->abort, x->sent, x->answered), x->end);
    }
}

/* Whatever libcurl says, only CURLE_OK is a complete answer. */
static void nothing_else_is_ok(void **state) {
    (void)state;
    for (int code = 1; code < CURL_LAST; code++)
        for (int flags = 0; flags < 4; flags++)
            assert_int_not_equal(transport_end_of((CURLcode)code, TRANSPORT_NOT_ABORTED,
                                                  (flags & 1) != 0, (flags & 2) != 0),
                                 TRANSPORT_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_mean_what_the_table_says),
        cmocka_unit_test(nothing_else_is_ok),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
