/* context.c: see context.h. */
#include "store/sqlite/context.h"

#include <string.h>

#include "base/ensure.h"
#include "base/utf8.h"
#include "store/sqlite/db.h"

#define NEAR_IDS 1000 /* a neighbour further away, behind so many jobs of others, is none */

static char *copy(const char *text, size_t bytes) {
    char *out = ensure_alloc(bytes + 1);
    memcpy(out, text, bytes);
    out[bytes] = '\0';
    return out;
}

static size_t skip_code_points(const char *text, size_t bytes, int64_t count) {
    size_t at = 0;
    for (uint32_t c; count > 0 && at < bytes; count--) {
        size_t n = utf8_decode(text + at, bytes - at, &c);
        at += n ? n : 1;
    }
    return at;
}

static bool read_one(struct store *s, enum query q, const struct bind *binds, bool is_before,
                     char **out, struct err *e) {
    sqlite3_stmt *stmt = db_query(s, q, binds);
    bool more = false;
    bool ok = db_row(s, stmt, &more, e);
    const char *text = ok && more ? db_text(stmt, 0) : NULL;
    if (text) {
        size_t bytes = (size_t)sqlite3_column_bytes(stmt, 0);
        int64_t chars = (int64_t)utf8_count_codepoints(text, bytes);
        size_t from = is_before && chars > STORE_CONTEXT_CHARS
                          ? skip_code_points(text, bytes, chars - STORE_CONTEXT_CHARS)
                          : 0;
        size_t to = is_before ? bytes : skip_code_points(text, bytes, STORE_CONTEXT_CHARS);
        *out = copy(text + from, to - from);
    }
    db_done(stmt);
    return ok;
}

static bool read_side(struct store *s, const struct store_claim *claim, bool is_before, char **out,
                      struct err *e) {
    const struct bind job = INT(":job_id", claim->job_id);
    if (claim->piece_no > 0) {
        int64_t n = claim->piece_no + (is_before ? -1 : 1);
        if (!read_one(s, Q_piece_text, BINDS(job, INT(":n", n)), is_before, out, e))
            return false;
        if (*out)
            return true;
    }
    return read_one(s, is_before ? Q_job_text_before : Q_job_text_after,
                    BINDS(job, INT(":batch_id", claim->batch_id), INT(":near", NEAR_IDS),
                          INT(":chars", STORE_CONTEXT_CHARS)),
                    is_before, out, e);
}

bool context_read(struct store *s, struct store_claim *claim, struct err *e) {
    return read_side(s, claim, true, &claim->prev_text, e) &&
           read_side(s, claim, false, &claim->next_text, e);
}
