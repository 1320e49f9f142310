/* join.c: see join.h. Chooses the way at the first part and keeps the parts alike. */
#include "audio/join.h"

#include <stdlib.h>

#include "audio/join_way.h"
#include "base/ensure.h"

struct join {
    int fd;
    struct join_options options;
    const struct join_way *how; /* NULL before the first part */
    void *way;
    enum audio_format format, parts_format;
    struct audio_facts first;
    int64_t duration_ms; /* added up, for formats that do not count frames; -1 unknown */
};

struct join *join_new(int fd, const struct join_options *options) {
    struct join *j = ensure_alloc(sizeof *j);
    PRE(options->trim_db <= 0);
    *j = (struct join){.fd = fd, .options = *options};
    return j;
}

void join_free(struct join *j) {
    if (!j)
        return;
    if (j->way)
        j->how->close(j->way);
    free(j);
}

static bool choose(struct join *j, const struct audio_facts *facts, enum audio_format format,
                   struct err *e) {
    j->first = *facts;
    j->parts_format = format;
    j->format = j->options.format == AUDIO_UNKNOWN ? format : j->options.format;
    bool silence = j->options.has_gaps, trim = j->options.trim_db < 0;
    if (j->format == format && !j->options.codec && !trim && join_copy_can(format, silence))
        j->how = &join_copy;
    else if (format != AUDIO_PCM && format != AUDIO_AAC && join_encode_can(j->format))
        j->how = &join_encode;
    else
        return err_set(
            e, ERR_INPUT, "%s%s cannot be joined to one %s file%s", audio_format_text(format),
            trim      ? ", trimmed,"
            : silence ? " with silence between"
                      : "",
            audio_format_text(j->format),
            j->format == AUDIO_AAC || format == AUDIO_AAC ? "; ffmpeg can, from the single files"
                                                          : "");
    if (silence && facts->sample_rate_hz == 0)
        return err_set(e, ERR_INPUT, "silence cannot be made: the sample rate is not known");
    j->way = j->how->open(j->fd, j->format, &j->options);
    return true;
}

static bool is_alike(const struct join *j, const struct audio_facts *facts,
                     enum audio_format format, struct err *e) {
    if (format != j->parts_format)
        return err_set(e, ERR_INPUT, "%s where the parts before it are %s",
                       audio_format_text(format), audio_format_text(j->parts_format));
    if (facts->sample_rate_hz != j->first.sample_rate_hz || facts->channels != j->first.channels)
        return err_set(e, ERR_INPUT,
                       "%d Hz, %d channel(s) where the parts before it have %d Hz, %d channel(s)",
                       facts->sample_rate_hz, facts->channels, j->first.sample_rate_hz,
                       j->first.channels);
    return true;
}

bool join_add(struct join *j, struct audio_source *part, enum audio_format format, int64_t gap_ms,
              struct err *e) {
    struct audio_facts facts;
    if (!audio_check(part, format, &facts, e))
        return false;
    PRE(gap_ms >= 0 && gap_ms <= JOIN_GAP_MS_MAX);
    bool is_first = !j->how;
    if (!(is_first ? choose(j, &facts, facts.format, e) : is_alike(j, &facts, facts.format, e)))
        return false;
    int64_t silence = is_first || !j->options.has_gaps ? 0 : gap_ms * facts.sample_rate_hz / 1000;
    if (!j->how->add(j->way, part, facts.format, &facts, silence, e))
        return false;
    if (j->duration_ms >= 0)
        j->duration_ms = facts.duration_ms < 0 ? -1 : j->duration_ms + facts.duration_ms;
    return true;
}

int64_t join_duration_ms(const struct join *j) {
    int64_t frames = j->way ? j->how->frames(j->way) : 0;
    if (frames >= 0 && j->first.sample_rate_hz > 0)
        return frames * 1000 / j->first.sample_rate_hz;
    return j->duration_ms;
}

bool join_end(struct join *j, struct join_report *report, struct err *e) {
    if (!j->how)
        return err_set(e, ERR_INPUT, "there is no sound to join");
    struct join_report r = {.format = j->format,
                            .duration_ms = join_duration_ms(j),
                            .channels = j->first.channels,
                            .copied = j->how == &join_copy};
    bool ok = j->how->end(j->way, &r.bytes, e);
    if (ok)
        *report = r;
    return ok;
}
