/* fuzz_audio: any bytes as an answer; the first byte chooses what was asked for, and whether the
 * checksums are made true. Facts stay within the answer, and the same bytes in memory and in a file
 * are judged alike. */
#include <string.h>

#include "audio/audio.h"
#include "base/ensure.h"
#include "tests/fuzz/seal.h"
#include "tests/fuzz/target.h"

#define SEALED 0x80

static void check(const uint8_t *data, size_t bytes, enum audio_format wanted) {
    struct audio_source memory, file;
    struct audio_facts facts[2];
    struct err e[2] = {{.code = ERR_NONE}, {.code = ERR_NONE}};
    int fd = target_file(data, bytes);
    memset(facts, 0, sizeof facts);
    audio_source_memory(&memory, data, bytes);
    audio_source_fd(&file, fd, (int64_t)bytes);
    bool good = audio_check(&memory, wanted, &facts[0], &e[0]);
    MUST(audio_check(&file, wanted, &facts[1], &e[1]) == good);
    if (good) {
        MUST(facts[0].format == facts[1].format && facts[0].duration_ms == facts[1].duration_ms);
        MUST(facts[0].duration_ms >= -1 && facts[0].duration_ms <= AUDIO_DURATION_MS_MAX);
        MUST(facts[0].format != AUDIO_WAV ||
             (facts[0].wav_data_at >= 0 && facts[0].wav_data_bytes >= 0 &&
              facts[0].wav_data_at + facts[0].wav_data_bytes <= (int64_t)bytes));
    } else {
        MUST(e[0].code == ERR_INPUT && e[0].msg[0] != '\0' && strcmp(e[0].msg, e[1].msg) == 0);
    }
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    if (bytes == 0)
        return 0;
    uint8_t *answer = ensure_alloc(bytes - 1); /* reading on is found */
    memcpy(answer, data + 1, bytes - 1);
    if (data[0] & SEALED)
        seal(answer, bytes - 1);
    check(answer, bytes - 1, (enum audio_format)((data[0] & ~SEALED) % AUDIO_FORMAT_COUNT));
    free(answer);
    return 0;
}
