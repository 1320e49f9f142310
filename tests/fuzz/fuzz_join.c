/* fuzz_join: any bytes as answers that are joined: two parts, cut where the third byte says, or one
 * part twice. What is joined is as long as it is told, and sound by the same check as its parts. */
#include <string.h>
#include <sys/stat.h>

#include "audio/join.h"
#include "base/ensure.h"
#include "tests/fuzz/seal.h"
#include "tests/fuzz/target.h"

#define PARTS 2
#define GAP_MS 7

struct part {
    uint8_t *data;
    size_t bytes;
};

static struct part part_of(const uint8_t *data, size_t bytes, bool sealed) {
    struct part part = {ensure_alloc(bytes), bytes};
    memcpy(part.data, data, bytes);
    if (sealed)
        seal(part.data, bytes);
    return part;
}

static void check_file(int fd, const struct join_report *report) {
    struct audio_source file;
    struct audio_facts facts;
    struct stat st;
    struct err e;
    MUST(fstat(fd, &st) == 0 && st.st_size == report->bytes);
    MUST(report->duration_ms >= -1);
    audio_source_fd(&file, fd, st.st_size);
    MUST(report->format == AUDIO_PCM || audio_check(&file, report->format, &facts, &e));
    MUST(report->format == AUDIO_PCM || facts.format == report->format);
}

static void join_parts(const struct part *parts, const struct join_options *options,
                       enum audio_format wanted) {
    struct join_report report;
    struct err e = {.code = ERR_NONE};
    int fd = target_file(NULL, 0);
    struct join *j = join_new(fd, options);
    bool ok = true;
    for (int i = 0; ok && i < PARTS; i++) {
        struct audio_source source;
        audio_source_memory(&source, parts[i].data, parts[i].bytes);
        source.pcm_rate_hz = 8000;
        ok = join_add(j, &source, wanted, GAP_MS, &e);
        MUST(join_duration_ms(j) >= -1);
    }
    ok = ok && join_end(j, &report, &e);
    join_free(j);
    if (ok)
        check_file(fd, &report);
    else
        MUST(e.code == ERR_INPUT && e.msg[0] != '\0');
    close(fd);
}

/* Bytes: what was asked for, what is made of it, where the first part ends. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    if (bytes < 4)
        return 0;
    enum audio_format wanted = (enum audio_format)((data[0] & 0x7f) % AUDIO_FORMAT_COUNT);
    struct join_options options = {.format = (enum audio_format)(data[1] % AUDIO_FORMAT_COUNT),
                                   .codec = data[1] & 0x20 ? "opus" : NULL,
                                   .has_gaps = (data[1] & 0x40) != 0,
                                   .trim_db = data[1] & 0x80 ? JOIN_TRIM_DB : 0};
    bool sealed = (data[0] & 0x80) != 0;
    size_t left = bytes - 3, cut = (size_t)data[2] * 16;
    bool is_twice = cut == 0 || cut >= left;
    struct part parts[PARTS] = {part_of(data + 3, is_twice ? left : cut, sealed)};
    parts[1] =
        is_twice ? part_of(data + 3, left, sealed) : part_of(data + 3 + cut, left - cut, sealed);
    join_parts(parts, &options, wanted);
    for (int i = 0; i < PARTS; i++)
        free(parts[i].data);
    return 0;
}
