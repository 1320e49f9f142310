/*
 * memory: how much memory there is for the processes of a service, by those who limit it.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stdint.h>

#define MEMORY_SELF_GROUPS "/proc/self/cgroup"
#define MEMORY_GROUPS "/sys/fs/cgroup"

/* The least limit of memory that a control group of this process or one above it sets, in bytes;
 * INT64_MAX when none does. `self` lists this process's groups, `groups` is where they are mounted
 * (MEMORY_SELF_GROUPS and MEMORY_GROUPS; others for tests). Both versions of control groups. Reads
 * a few small files; never fails. */
int64_t memory_group_limit_bytes(const char *self, const char *groups);

/* What the kernel would give out without swapping; INT64_MAX when it does not tell. */
int64_t memory_available_bytes(void);

/* The address space that one process may have (RLIMIT_AS); INT64_MAX = any. */
int64_t memory_address_limit_bytes(void);

#endif
