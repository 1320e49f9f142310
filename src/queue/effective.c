/* effective.c: see effective.h. */
#include "queue/effective.h"

#include "base/ensure.h"

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t at_least_one(int64_t n) {
    return n > 1 ? n : 1;
}

static int64_t others_now(const struct effective *f, int64_t now_boot_ms) {
    return now_boot_ms < f->others_until_boot_ms ? f->others : 0;
}

/* What may be tried at all. */
static int64_t allowed(const struct effective *f, int64_t cap, int64_t now_boot_ms) {
    if (f->learned_cap == 0)
        return cap;
    return at_least_one(least(cap, f->learned_cap - others_now(f, now_boot_ms)));
}

int64_t effective_cap(const struct effective *f, int64_t cap, int64_t now_boot_ms) {
    PRE(cap >= 1);
    int64_t most = allowed(f, cap, now_boot_ms);
    return f->cap > 0 ? least(f->cap, most) : most;
}

static void begin_cohort(struct effective *f, int64_t cap_now, int64_t now_boot_ms) {
    bool at_once = f->grown && now_boot_ms < f->grow_boot_ms;
    if (f->grow_wait_ms == 0)
        f->grow_wait_ms = EFFECTIVE_WAIT_MS;
    else if (at_once)
        f->grow_wait_ms = least(2 * f->grow_wait_ms, EFFECTIVE_WAIT_MAX_MS);
    f->floor = at_least_one(cap_now / 2);
    f->shrunk_boot_ms = now_boot_ms;
    f->grown = false;
}

void effective_refused(struct effective *f, int64_t cap, int64_t begun_boot_ms,
                       int64_t now_boot_ms) {
    int64_t now = effective_cap(f, cap, now_boot_ms);
    if (begun_boot_ms > f->shrunk_boot_ms || f->cap == 0)
        begin_cohort(f, now, now_boot_ms);
    f->cap = now > f->floor ? now - 1 : now;
    f->grow_boot_ms = now_boot_ms + f->grow_wait_ms;
    POST(f->cap >= 1);
}

bool effective_grow(struct effective *f, int64_t cap, int64_t now_boot_ms) {
    if (f->cap == 0 || now_boot_ms < f->grow_boot_ms)
        return false;
    if (f->grown)
        f->grow_wait_ms =
            f->grow_wait_ms / 2 > EFFECTIVE_WAIT_MS ? f->grow_wait_ms / 2 : EFFECTIVE_WAIT_MS;
    f->cap++;
    f->grown = true;
    f->grow_boot_ms = now_boot_ms + f->grow_wait_ms;
    if (f->cap >= cap)
        f->cap = 0;
    return true;
}

int64_t effective_grows_at(const struct effective *f, int64_t now_boot_ms) {
    int64_t grows = f->cap > 0 ? f->grow_boot_ms : INT64_MAX;
    return others_now(f, now_boot_ms) > 0 ? least(grows, f->others_until_boot_ms) : grows;
}

bool effective_told(struct effective *f, int64_t live_max, int64_t live_now, int64_t ours,
                    int64_t now_boot_ms) {
    int64_t learned = live_max > 0 ? live_max : f->learned_cap;
    int64_t before = others_now(f, now_boot_ms);
    int64_t others = live_now < 0 ? before : live_now > ours ? live_now - ours : 0;
    bool changed = learned != f->learned_cap || others != before || (live_now >= 0 && others > 0);
    f->learned_cap = learned;
    if (live_now >= 0) {
        f->others = others;
        f->others_until_boot_ms = others > 0 ? now_boot_ms + EFFECTIVE_OTHERS_MS : 0;
    }
    return changed;
}
