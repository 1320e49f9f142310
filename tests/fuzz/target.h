/*
 * target: what a fuzz target is: one function that must come back from any bytes, having kept every
 * promise of what it calls. libFuzzer calls it, or replay.c. Broken promises end the process.
 */
#ifndef TESTS_FUZZ_TARGET_H
#define TESTS_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Like ASSERT, also for what a target itself finds wrong. */
#define MUST(truth)                                                                                \
    do {                                                                                           \
        if (!(truth)) {                                                                            \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #truth);                    \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* The bytes as a file without a name, our own as a reader may demand; the caller closes it. */
static inline int target_file(const uint8_t *data, size_t bytes) {
    int fd = memfd_create("input", MFD_CLOEXEC);
    MUST(fd >= 0 && fchmod(fd, S_IRUSR | S_IWUSR) == 0);
    for (size_t at = 0; at < bytes;) {
        ssize_t n = write(fd, data + at, bytes - at);
        MUST(n > 0);
        at += (size_t)n;
    }
    MUST(lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

#endif
