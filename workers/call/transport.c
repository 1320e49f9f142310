/* transport.c: see transport.h. A code that is not in the table is TRANSPORT_OTHER. */
#include "transport.h"

struct row {
    CURLcode code;
    enum transport_end end;
};

static const struct row rows[] = {
    {CURLE_OK, TRANSPORT_OK},
    {CURLE_UNSUPPORTED_PROTOCOL, TRANSPORT_BAD_URL},
    {CURLE_URL_MALFORMAT, TRANSPORT_BAD_URL},
    {CURLE_BAD_FUNCTION_ARGUMENT, TRANSPORT_BAD_URL},
    {CURLE_LOGIN_DENIED, TRANSPORT_BAD_URL}, /* a user name in the URL */
    {CURLE_COULDNT_RESOLVE_HOST, TRANSPORT_RESOLVE},
    {CURLE_COULDNT_RESOLVE_PROXY, TRANSPORT_RESOLVE},
    {CURLE_COULDNT_CONNECT, TRANSPORT_CONNECT},
    {CURLE_NO_CONNECTION_AVAILABLE, TRANSPORT_CONNECT},
    {CURLE_INTERFACE_FAILED, TRANSPORT_CONNECT},
    {CURLE_SSL_CONNECT_ERROR, TRANSPORT_TLS},
    {CURLE_SSL_CIPHER, TRANSPORT_TLS},
    {CURLE_SSL_ENGINE_NOTFOUND, TRANSPORT_TLS},
    {CURLE_SSL_ENGINE_SETFAILED, TRANSPORT_TLS},
    {CURLE_SSL_ENGINE_INITFAILED, TRANSPORT_TLS},
    {CURLE_USE_SSL_FAILED, TRANSPORT_TLS},
    {CURLE_PEER_FAILED_VERIFICATION, TRANSPORT_CERTIFICATE},
    {CURLE_SSL_CERTPROBLEM, TRANSPORT_CERTIFICATE},
    {CURLE_SSL_CACERT_BADFILE, TRANSPORT_CERTIFICATE},
    {CURLE_SSL_CRL_BADFILE, TRANSPORT_CERTIFICATE},
    {CURLE_SSL_ISSUER_ERROR, TRANSPORT_CERTIFICATE},
    {CURLE_SSL_INVALIDCERTSTATUS, TRANSPORT_CERTIFICATE},
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, TRANSPORT_CERTIFICATE},
    {CURLE_PARTIAL_FILE, TRANSPORT_CUT},
    {CURLE_GOT_NOTHING, TRANSPORT_CLOSED},
    {CURLE_SEND_ERROR, TRANSPORT_CLOSED},
    {CURLE_RECV_ERROR, TRANSPORT_CLOSED},
    {CURLE_HTTP2, TRANSPORT_CLOSED},
    {CURLE_HTTP2_STREAM, TRANSPORT_CLOSED},
    {CURLE_OPERATION_TIMEDOUT, TRANSPORT_TIMEOUT},
    {CURLE_ABORTED_BY_CALLBACK, TRANSPORT_ABORTED},
};

static enum transport_end end_of_abort(enum transport_abort abort) {
    switch (abort) {
    case TRANSPORT_ABORT_RESENT:
        return TRANSPORT_RESENT;
    case TRANSPORT_ABORT_TOO_LARGE:
        return TRANSPORT_TOO_LARGE;
    case TRANSPORT_ABORT_STORAGE:
        return TRANSPORT_STORAGE;
    case TRANSPORT_ABORT_FIRST_BYTE:
        return TRANSPORT_FIRST_BYTE;
    case TRANSPORT_ABORT_STALL:
        return TRANSPORT_STALL;
    case TRANSPORT_ABORT_TIMEOUT:
        return TRANSPORT_TIMEOUT;
    case TRANSPORT_NOT_ABORTED:
    case TRANSPORT_ABORT_UNSENT:
    case TRANSPORT_ABORT_STOP:
        break;
    }
    return TRANSPORT_ABORTED;
}

static enum transport_end end_of_code(CURLcode code) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].code == code)
            return rows[i].end;
    return TRANSPORT_OTHER;
}

enum transport_end transport_end_of(CURLcode code, enum transport_abort abort, bool sent,
                                    bool answered) {
    if (code == CURLE_OK)
        return TRANSPORT_OK;
    if (abort != TRANSPORT_NOT_ABORTED)
        return end_of_abort(abort);
    enum transport_end end = end_of_code(code);
    if (end == TRANSPORT_TIMEOUT && !sent)
        return TRANSPORT_CONNECT; /* the only phase before sending that takes time */
    if (end == TRANSPORT_CLOSED && answered)
        return TRANSPORT_CUT;
    return end;
}
