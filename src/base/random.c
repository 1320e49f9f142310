/* random.c: see random.h. */
#include "base/random.h"

#include <sys/random.h>

#include "base/ensure.h"

uint64_t random_u64(void) {
    uint64_t value;
    ssize_t n = getrandom(&value, sizeof value, 0);
    ASSERT(n == (ssize_t)sizeof value);
    return value;
}

int64_t random_id(void) {
    int64_t id = (int64_t)(random_u64() >> 2);
    return id ? id : 1;
}
