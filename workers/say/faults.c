/* faults.c: see faults.h. */
#include "faults.h"

#include <string.h>

#define STREAM_KIND 1
#define PERCENT_ROUNDING 1e-9

static const char *const names[FAULT_COUNT] = {
#define FAULT_NAME(id, name) [id] = name,
    FAULT_KINDS(FAULT_NAME)
#undef FAULT_NAME
};

bool faults_kind_named(const char *name, enum fault_kind *out) {
    for (int i = FAULT_NONE + 1; i < FAULT_COUNT; i++)
        if (!strcmp(names[i], name)) {
            *out = (enum fault_kind)i;
            return true;
        }
    return false;
}

const char *faults_name(enum fault_kind kind) {
    return names[kind];
}

bool faults_set(struct faults *f, const char *name, double percent, struct err *e) {
    enum fault_kind kind = FAULT_NONE;
    if (!faults_kind_named(name, &kind))
        return err_set(e, ERR_INPUT, "no fault is called \"%.40s\"", name);
    if (!(percent >= 0 && percent <= 100))
        return err_set(e, ERR_INPUT, "the share of fault %s must be 0 to 100 percent", name);
    double sum = percent;
    for (int i = FAULT_NONE + 1; i < FAULT_COUNT; i++)
        sum += i == (int)kind ? 0 : f->percent[i];
    if (sum > 100 + PERCENT_ROUNDING)
        return err_set(e, ERR_INPUT, "the faults add up to more than 100 percent");
    f->percent[kind] = percent;
    return true;
}

/* The output function of SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t mixed(uint64_t x) {
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

double faults_fraction(uint64_t seed, uint64_t req, uint64_t stream) {
    return (double)(mixed(mixed(mixed(seed) ^ req) ^ stream) >> 11) / 9007199254740992.0; /* 2^53 */
}

enum fault_kind faults_pick(const struct faults *f, uint64_t req) {
    if (f->last_req && req > f->last_req)
        return FAULT_NONE;
    double at = 100 * faults_fraction(f->seed, req, STREAM_KIND);
    for (int i = FAULT_NONE + 1; i < FAULT_COUNT; i++) {
        if (at < f->percent[i])
            return (enum fault_kind)i;
        at -= f->percent[i];
    }
    return FAULT_NONE;
}
