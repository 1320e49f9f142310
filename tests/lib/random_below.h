/* random_below: 0 … limit-1, for tests that draw their events; limit ≥ 1. */
#ifndef TESTS_LIB_RANDOM_BELOW_H
#define TESTS_LIB_RANDOM_BELOW_H

#include "base/random.h"

static inline int64_t random_below(int64_t limit) {
    return (int64_t)(random_u64() % (uint64_t)limit);
}

#endif
