/* deadline.c: see deadline.h. */
#include "cli/intake/deadline.h"

#include "base/clock.h"
#include "base/when.h"
#include "cli/cli.h"
#include "cli/view/outlook.h"
#include "cli/view/text.h"

/* When it will be done, wall clock; 0 = not known. False when its budget ends before. */
static bool done_at(struct session *s, int64_t batch_id, int64_t *out) {
    struct outlook outlook;
    struct err ignored;
    bool is_paid = true;
    *out = 0;
    if (outlook_read(s, &outlook, &ignored)) {
        const struct outlook_batch *b = outlook_of(&outlook, batch_id);
        if (b && b->done_ms != ETA_UNKNOWN)
            *out = clock_wall_ms() + b->done_ms;
        is_paid = !b || b->stop_ms == ETA_UNKNOWN;
    }
    outlook_release(&outlook);
    return is_paid;
}

void deadline_warn(struct session *s, int64_t batch_id, const char *name, int64_t by_ms) {
    char by[WHEN_TEXT_BYTES], at[WHEN_TEXT_BYTES], shown[TEXT_SHOWN_BYTES];
    int64_t at_ms;
    text_word(name, shown);
    when_text(by_ms, by);
    if (!done_at(s, batch_id, &at_ms))
        cli_say("warning: its budget is used up before all is done; `ttsq budget %s AMOUNT` raises "
                "it",
                shown);
    else if (at_ms == 0)
        cli_say("whether it is done by %s is not known: nothing runs, or too few calls were "
                "measured yet",
                by);
    else if (at_ms > by_ms)
        cli_say("warning: at the present pace it is done at %s, after %s; `ttsq boost %s "
                "--priority 1` puts it first",
                when_text(at_ms, at), by, shown);
}
