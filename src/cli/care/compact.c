/* compact.c: see compact.h. */
#include "cli/care/compact.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/service.h"
#include "cli/view/text.h"

#define MIB (1024.0 * 1024.0)

static bool explain(const struct session *s, int64_t bytes, struct err *e) {
    char why[ERR_MSG_MAX];
    if (e->code != ERR_SPACE)
        return false;
    memcpy(why, e->msg, sizeof why);
    return err_set(
        e, ERR_SPACE,
        "%.300s; nothing was changed: it takes %.1f MiB beside %.300s for a while, and as "
        "much in $SQLITE_TMPDIR or /var/tmp",
        why, (double)bytes / MIB, s->config->database);
}

bool compact_database(struct session *s, struct err *e) {
    struct store_size before, after;
    char shown[TEXT_SHOWN_BYTES];
    if (service_is_running(s->config->fleet))
        return err_set(e, ERR_LATER,
                       "a supervisor is running on %.300s; stop it first: while its database is "
                       "compacted nobody can write to it",
                       s->config->database);
    if (!store_database_size(s->store, &before, e))
        return false;
    if (!store_compact(s->store, e))
        return explain(s, before.bytes - before.free_bytes, e);
    if (!store_database_size(s->store, &after, e))
        return false;
    printf("compacted %s: it had %.1f MiB and has %.1f MiB\n",
           text_show(s->config->database, 200, shown), (double)before.bytes / MIB,
           (double)after.bytes / MIB);
    if (store_wal_bytes(s->store) > 0)
        cli_say("another program is reading it: the disk has the rest back when that has ended and "
                "a service runs");
    return true;
}
