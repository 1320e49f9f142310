/* format.c: format_duration_ms, see format.h. */
#include "audio/format.h"

#include "base/ensure.h"

int64_t format_duration_ms(int64_t samples, int rate_hz) {
    PRE(rate_hz >= FORMAT_RATE_HZ_MIN);
    if (samples < 0)
        return 0;
    return samples / rate_hz * 1000 + samples % rate_hz * 1000 / rate_hz;
}
