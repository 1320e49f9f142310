/* plan: how a batch shares its account, as a person says. */
#include "base/buf.h"
#include "base/ensure.h"
#include "store/sqlite/db.h"
#include "store/sqlite/event.h"

static bool read_plan(struct store *s, int64_t batch_id, struct store_plan *plan, struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_batch_get_plan, BINDS(INT(":batch_id", batch_id)));
    bool more = false;
    bool ok = db_row(s, stmt, &more, e);
    if (ok && more)
        *plan = (struct store_plan){.priority = sqlite3_column_int64(stmt, 0),
                                    .weight = sqlite3_column_int64(stmt, 1),
                                    .cap = sqlite3_column_int64(stmt, 2),
                                    .by_ms = sqlite3_column_int64(stmt, 3),
                                    .running = sqlite3_column_int64(stmt, 4)};
    db_done(stmt);
    return ok && (more || err_set(e, ERR_NOT_FOUND, "no batch %lld", (long long)batch_id));
}

static struct bind bind_if(const char *name, bool is_set, int64_t value) {
    struct bind b = INT(name, value);
    if (!is_set)
        b.kind = BIND_NULL;
    return b;
}

static bool write_plan(struct store *s, int64_t batch_id, unsigned what,
                       const struct store_plan *plan, struct err *e) {
    return db_run(s, Q_batch_set_plan,
                  BINDS(INT(":batch_id", batch_id),
                        bind_if(":priority", what & STORE_PLAN_PRIORITY, plan->priority),
                        bind_if(":weight", what & STORE_PLAN_WEIGHT, plan->weight),
                        bind_if(":cap", what & STORE_PLAN_CAP, plan->cap),
                        bind_if(":by_ms", what & STORE_PLAN_BY, plan->by_ms)),
                  NULL, e);
}

/* "weight from 1 to 5"; a limit that is 0 is none. */
static bool add_value(struct buf *line, const char *name, int64_t was, int64_t is) {
    return (line->bytes == 0 || buf_add_str(line, ", ")) &&
           buf_printf(line, "%s from %lld to %lld", name, (long long)was, (long long)is);
}

static bool add_cap(struct buf *line, int64_t was, int64_t is) {
    if (was > 0 && is > 0)
        return add_value(line, "cap", was, is);
    return is > 0 ? buf_printf(line, "cap: %lld jobs at a time", (long long)is)
                  : buf_add_str(line, "no cap of its own");
}

static bool tell_plan(struct store *s, int64_t batch_id, unsigned what, const struct store_plan *is,
                      const struct store_plan *was, struct err *e) {
    const struct event event = {.kind = STORE_EVENT_COMMAND, .batch_id = batch_id};
    struct buf line;
    buf_init(&line, EVENT_WHAT_BYTES);
    bool fits =
        (!(what & STORE_PLAN_CAP) || add_cap(&line, was->cap, is->cap)) &&
        (!(what & STORE_PLAN_WEIGHT) || add_value(&line, "weight", was->weight, is->weight)) &&
        (!(what & STORE_PLAN_PRIORITY) ||
         add_value(&line, "priority", was->priority, is->priority));
    POST(fits);
    bool ok = line.bytes == 0 || event_say(s, &event, e, "%s", buf_str(&line));
    buf_release(&line);
    return ok;
}

bool store_batch_plan(struct store *s, int64_t batch_id, unsigned what,
                      const struct store_plan *plan, struct store_plan *before, struct err *e) {
    struct store_plan old;
    if (what == 0)
        return read_plan(s, batch_id, before, e);
    if (!db_begin(s, e))
        return false;
    bool ok = read_plan(s, batch_id, &old, e) && write_plan(s, batch_id, what, plan, e) &&
              tell_plan(s, batch_id, what, plan, &old, e);
    if (!db_end(s, ok, e))
        return false;
    *before = old;
    return true;
}
