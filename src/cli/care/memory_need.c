/* memory_need.c: see memory_need.h. */
#include "cli/care/memory_need.h"

#include <inttypes.h>

#include "base/memory.h"

#define MIB (INT64_C(1) << 20)
#define OTHER_PROCESSES 3 /* supervisor, keeper, notifier */

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t calls_bytes(const struct config *c, int64_t calls) {
    return calls * (MEMORY_CALL_BYTES + c->row_bytes_max);
}

static int64_t calls_most(const struct config *c) {
    int64_t caps = 0;
    for (size_t i = 0; i < c->account_count; i++)
        caps += config_uses_account(c, c->accounts[i].name) ? c->accounts[i].cap : 0;
    return least(caps, c->workers * c->calls_max);
}

int64_t memory_need_bytes(const struct config *c) {
    return MEMORY_SHARED_BYTES + (c->workers + OTHER_PROCESSES) * MEMORY_PROCESS_BYTES +
           calls_bytes(c, calls_most(c));
}

static bool check_addresses(const struct config *c, struct err *e) {
    int64_t calls = least(calls_most(c), c->calls_max);
    int64_t need = MEMORY_ADDRESS_BYTES + calls_bytes(c, calls);
    int64_t limit = memory_address_limit_bytes();
    return limit >= need || err_set(e, ERR_CONFIG,
                                    "a worker with %" PRId64 " calls needs %" PRId64
                                    " MiB of addresses, but the limit is %" PRId64
                                    ": lower calls_max or raise LimitAS (ulimit -v)",
                                    calls, need / MIB, limit / MIB);
}

bool memory_need_check(const struct config *c, struct err *e) {
    int64_t need = memory_need_bytes(c);
    int64_t group = memory_group_limit_bytes(MEMORY_SELF_GROUPS, MEMORY_GROUPS);
    int64_t available = memory_available_bytes();
    if (!check_addresses(c, e))
        return false;
    if (group < need)
        return err_set(e, ERR_MEMORY,
                       "%d workers with %" PRId64 " calls need up to %" PRId64
                       " MiB, but the control group has %" PRId64
                       ": lower workers or concurrency, or raise MemoryMax",
                       c->workers, calls_most(c), need / MIB, group / MIB);
    return available >= need ||
           err_set(e, ERR_MEMORY,
                   "%d workers with %" PRId64 " calls need up to %" PRId64 " MiB, but only %" PRId64
                   " are free on this machine: lower workers or concurrency",
                   c->workers, calls_most(c), need / MIB, available / MIB);
}
