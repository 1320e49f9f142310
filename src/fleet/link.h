/*
 * link: the protocol between the supervisor and its children, and the child's end of it.
 *
 * The supervisor knows nothing of jobs and a child knows nothing of its siblings; this file is all
 * that they share.
 *
 *   start    /proc/self/exe worker call   --id <16 hex> --restarts <N>
 *            /proc/self/exe worker keeper --id <16 hex> --restarts <N>
 *            /proc/self/exe worker notify --id <16 hex> --restarts <N>
 *            `id` is random and new for each process; `restarts` counts the earlier processes in
 *            the same place; `--waiting` stands at the end when the last one ended with
 *            LINK_EXIT_LATER and so has told why already. The configuration comes by the
 *            environment (TTSQ_CONFIG).
 *   fds      0 control: lines from the supervisor, 1 report: lines to it, 2 stderr. Nothing else.
 *   report   ready               started, working
 *            beat <in_flight>    every LINK_BEAT_MS after ready: the loop turns; calls in flight.
 *                                Before ready: a long start goes on
 *   control  reload              read the configuration again
 *            refused             keeper only: the configuration cannot be read again, all goes on
 *                                with what was read before; tell people
 *            drain               claim no more, finish what is in flight, exit 0
 *            stop                exit now; what is in flight is given up and recorded as such
 *            dead <16 hex>       keeper only: that call worker has ended, reap it now
 *            end of file         the supervisor is gone: as drain
 *   signals  SIGTERM as drain, a second one as stop; SIGHUP as reload; SIGINT is ignored, because a
 *            terminal sends it to supervisor and children alike and the supervisor decides
 *   exit     0                   done, or asked to
 *            LINK_EXIT_CONFIG, LINK_EXIT_CORRUPT
 *                                no restart: a person is needed
 *            LINK_EXIT_LATER     before `ready`: what time mends (no space, database locked);
 *                                started again each second
 *            any other code, or a signal
 *                                a crash: started again
 *
 *            ┌──────────┐ ready ┌───────┐ drain, SIGTERM, EOF ┌──────────┐
 *   exec ───▶│ starting │──────▶│ ready │────────────────────▶│ draining │───▶ exit 0
 *            └──────────┘       └───────┘                     └──────────┘
 *
 * The supervisor drains by line and not by signal, so that a SIGTERM to the whole process group
 * (which children then also got directly) is not counted twice. Lines end in LF and hold at most
 * LINK_LINE_MAX bytes; an unknown line is ignored, so both ends may be of different age.
 */
#ifndef FLEET_LINK_H
#define FLEET_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"

#define LINK_BEAT_MS 1000
#define LINK_LINE_MAX 64
#define LINK_EXIT_CONFIG 78  /* the exit code of ERR_CONFIG */
#define LINK_EXIT_CORRUPT 65 /* the exit code of ERR_CORRUPT */
#define LINK_EXIT_LATER 75   /* the exit code of ERR_LATER */
#define LINK_ID_BYTES 17     /* 16 hex digits and a NUL */

struct link; /* a child's end */

/* All run on the loop, never from inside link_open. */
struct link_handlers {
    void (*on_reload)(void *arg);
    void (*on_drain)(void *arg);            /* once at most, whatever asked for it */
    void (*on_stop)(void *arg);             /* once at most; on_drain need not have come before */
    void (*on_dead)(void *arg, int64_t id); /* NULL for those who do not reap */
    void (*on_refused)(void *arg);          /* NULL for all but the keeper */
};

/* Takes over fds 0 and 1 and the signals SIGTERM and SIGHUP of this process, and ignores SIGINT,
 * SIGTSTP and SIGPIPE. `*handlers` is copied, `arg` is kept. ERR_USAGE when fds 0 and 1 are not a
 * supervisor's pipes. The handles keep the loop alive until link_close. Does not block. */
bool link_open(struct link **out, uv_loop_t *loop, const struct link_handlers *handlers, void *arg,
               struct err *e) MUST_CHECK;

/* What its command line says. */
struct link_start {
    int64_t id;
    int restarts;
    bool waiting;
};

/* A process cannot start: logs why as `start_failed` (not loudly when it is known) and returns the
 * exit code. */
int link_start_failed(const struct link_start *start, const struct err *e);

/* Tells the supervisor that this process works now; once. */
void link_ready(struct link *l);

/* Tells the supervisor that the loop turns and how many calls are in flight (≥ 0). The owner calls
 * it from its own timer every LINK_BEAT_MS and may withhold it when something behind it hangs.
 * Never blocks: a beat that finds the pipe full is dropped. */
void link_beat(struct link *l, int64_t in_flight);

/* Closes the handles (memory is freed in the loop's next turn, so let uv_run end by itself). No
 * handler is called after it. NULL is fine. */
void link_close(struct link *l);

/* An id as the 16 hex digits of the command line and of `dead`; returns out. */
const char *link_id_write(int64_t id, char out[LINK_ID_BYTES]);
/* Exactly 16 hex digits and a positive value, else false with *id untouched. */
bool link_id_read(const char *text, int64_t *id);

/* Cuts a byte stream into lines; both ends use it. Zero-initialise. */
struct link_reader {
    size_t used;
    bool skipping; /* inside a line that is too long */
    char line[LINK_LINE_MAX + 1];
};

/* Calls each_line for every line completed by `data`, without its LF. Lines over LINK_LINE_MAX
 * bytes are dropped whole. each_line must not free the reader. */
void link_reader_feed(struct link_reader *r, const char *data, size_t bytes,
                      void (*each_line)(void *arg, const char *line), void *arg);

#endif
