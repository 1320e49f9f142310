/* deadline.c: see deadline.h. */
#include "cli/intake/deadline.h"

#include "base/clock.h"
#include "base/when.h"
#include "cli/cli.h"
#include "cli/view/outlook.h"
#include "cli/view/text.h"

/* When it will be done, wall clock; 0 = not known. */
static int64_t done_at(struct session *s, int64_t batch_id) {
    struct outlook outlook;
    struct err ignored;
    int64_t at_ms = 0;
    if (outlook_read(s, &outlook, &ignored)) {
        const struct outlook_batch *b = outlook_of(&outlook, batch_id);
        if (b && b->done_ms != ETA_UNKNOWN)
            at_ms = clock_wall_ms() + b->done_ms;
    }
    outlook_release(&outlook);
    return at_ms;
}

void deadline_warn(struct session *s, int64_t batch_id, const char *name, int64_t by_ms) {
    char by[WHEN_TEXT_BYTES], at[WHEN_TEXT_BYTES], shown[TEXT_SHOWN_BYTES];
    int64_t at_ms = done_at(s, batch_id);
    text_word(name, shown);
    when_text(by_ms, by);
    if (at_ms == 0)
        cli_say("whether it is done by %s is not known: nothing runs, or too few calls were "
                "measured yet",
                by);
    else if (at_ms > by_ms)
        cli_say("warning: at the present pace it is done at %s, after %s; `ttsq boost %s "
                "--priority 1` puts it first",
                when_text(at_ms, at), by, shown);
}
