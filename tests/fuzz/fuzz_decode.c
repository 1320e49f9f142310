/* fuzz_decode: any bytes as a body. The first ones choose form, coding and pieces; however it is
 * cut into pieces, the same comes out. */
#include <string.h>

#include "provider/decode.h"
#include "tests/fuzz/target.h"

#define OUT_MAX (64 * 1024)

struct out {
    char *data;
    size_t bytes;
};

struct run {
    struct out out;
    bool ok;
    struct err err;
    char facts[2][DECODE_FACT_BYTES_MAX + 1];
    char url[DECODE_URL_BYTES_MAX + 1];
};

static bool write_out(void *arg, const void *data, size_t bytes, struct err *e) {
    struct out *o = arg;
    if (bytes > OUT_MAX - o->bytes)
        return err_set(e, ERR_SPACE, "full");
    memcpy(o->data + o->bytes, data, bytes);
    o->bytes += bytes;
    return true;
}

static bool take_back(void *arg, int64_t bytes, struct err *e) {
    struct out *o = arg;
    (void)e;
    MUST(bytes > 0 && (size_t)bytes <= o->bytes);
    o->bytes -= (size_t)bytes;
    return true;
}

static void feed_all(struct run *r, const struct decode_plan *plan, enum decode_form form,
                     bool wants_audio, const uint8_t *data, size_t bytes, size_t piece) {
    static struct decode d;
    struct decode_sink sink = {write_out, take_back, &r->out};
    decode_begin(&d, plan, form, wants_audio, &sink);
    r->ok = true;
    for (size_t at = 0; r->ok && at < bytes; at += piece)
        r->ok = decode_feed(&d, data + at, bytes - at < piece ? bytes - at : piece, &r->err);
    r->ok = r->ok && decode_end(&d, &r->err);
    for (size_t i = 0; i < 2; i++) {
        const struct decode_fact *fact = decode_fact(&d, i);
        MUST(!fact || strlen(fact->text) == fact->bytes);
        memcpy(r->facts[i], fact ? fact->text : "", fact ? fact->bytes + 1 : 1);
    }
    memcpy(r->url, d.url, sizeof r->url);
    MUST(wants_audio || r->out.bytes == 0);
}

static void compare(const struct run *a, const struct run *b) {
    MUST(a->ok == b->ok);
    MUST(a->out.bytes == b->out.bytes || !a->ok);
    MUST(memcmp(a->out.data, b->out.data, a->ok ? a->out.bytes : 0) == 0);
    MUST(a->ok || strcmp(a->err.msg, b->err.msg) == 0);
    MUST(strcmp(a->facts[0], b->facts[0]) == 0 && strcmp(a->facts[1], b->facts[1]) == 0);
    MUST(!a->ok || strcmp(a->url, b->url) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    static char first[OUT_MAX], second[OUT_MAX];
    static struct run whole, pieces;
    static const char *const facts[] = {"/code", "/d/~json/0"};
    static const char *const audio[] = {"/a", "/d/a", "/0", "/d/~json/a"};
    struct decode_plan *plan = NULL;
    const char *which;
    size_t at;
    struct err e;
    if (bytes < 3 || bytes > OUT_MAX)
        return 0;
    struct decode_spec spec = {.form = data[0] & 3,
                               .coding = (data[0] >> 2) % 3,
                               .audio = audio[data[1] & 3],
                               .end = data[1] & 4 ? "/code" : NULL,
                               .end_value = "200",
                               .drops_repeat = (data[1] & 8) != 0,
                               .facts = facts,
                               .fact_count = 2};
    MUST(decode_plan_new(&spec, &plan, &which, &at, &e));
    bool wants_audio = (data[1] & 16) == 0;
    size_t piece = 1 + data[2] % 61;
    whole.out = (struct out){.data = first};
    pieces.out = (struct out){.data = second};
    feed_all(&whole, plan, spec.form, wants_audio, data + 3, bytes - 3, bytes);
    feed_all(&pieces, plan, spec.form, wants_audio, data + 3, bytes - 3, piece);
    compare(&whole, &pieces);
    decode_plan_free(plan);
    return 0;
}
