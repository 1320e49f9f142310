/* random: numbers from the kernel (getrandom), for identities and jitter. Never fails: without
 * entropy there is no safe way on, so the process ends. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

uint64_t random_u64(void);
int64_t random_id(void); /* 1 … 2^62-1: fits SQLite's INTEGER and is never 0 */

#endif
