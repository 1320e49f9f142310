/*
 * clock: the only door to time.
 *
 * Two clocks that never mix: `wall` is for dates that people read (it may jump), `boot` is
 * CLOCK_BOOTTIME (counts suspend, cannot be set) for every deadline, also across processes, where
 * it is meaningful only together with the boot's id. Units are in the names.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#include "base/err.h"

#define CLOCK_BOOT_ID_BYTES 37 /* 36 characters of UUID and a NUL */
#define CLOCK_RFC3339_BYTES 32

int64_t clock_wall_ms(void); /* since 1970-01-01 UTC */
int64_t clock_boot_ms(void); /* since this boot */
int64_t clock_boot_us(void);

/* The running kernel's boot id: from TTSQ_BOOT_ID when set (a unit whose sandbox hides /proc passes
 * systemd's %b through it), else from /proc/sys/kernel/random/boot_id. */
bool clock_boot_id(char out[CLOCK_BOOT_ID_BYTES], struct err *e) MUST_CHECK;

/* Writes "2026-11-21T06:31:00.123Z" and returns out. */
const char *clock_rfc3339(int64_t wall_ms, char out[CLOCK_RFC3339_BYTES]);

#endif
