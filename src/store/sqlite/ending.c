/* ending.c: see store/ending.h and ending_write.h. */
#include "store/ending.h"

#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/random.h"
#include "store/sqlite/db.h"
#include "store/sqlite/ending_write.h"
#include "store/sqlite/event.h"

static const char *const kinds[] = {[ENDING_COMMAND] = "command", [ENDING_WEBHOOK] = "webhook"};
static const char *const states[] = {[ENDING_WAITING] = "waiting",
                                     [ENDING_RUNNING] = "running",
                                     [ENDING_DONE] = "done",
                                     [ENDING_FAILED] = "failed"};

const char *ending_kind_text(enum ending_kind kind) {
    return kinds[kind];
}

const char *ending_state_text(enum ending_state state) {
    return states[state];
}

static int index_of(const char *text, const char *const *list, int count) {
    for (int i = 0; i < count; i++)
        if (strcmp(text, list[i]) == 0)
            return i;
    PRE(false); /* the schema's CHECK */
    return 0;
}
#define INDEX_OF(text, list) index_of(text, list, (int)(sizeof(list) / sizeof(list)[0]))

/* ---- the end itself ---------------------------------------------------------------------------*/

bool ending_write(struct store *s, int64_t batch_id, bool moved, struct err *e) {
    int64_t ended = 0, key = random_id();
    bool ok = db_run(
        s, Q_batch_end,
        BINDS(INT(":batch_id", batch_id), INT(":moved", moved), INT(":now_ms", clock_wall_ms())),
        &ended, e);
    if (ok && ended)
        ok = event_batch_ended(s, e);
    for (int kind = 0; ok && ended && kind < ENDING_KIND_COUNT; kind++)
        ok = db_run(s, Q_ending_insert,
                    BINDS(INT(":batch_id", batch_id), TEXT(":kind", kinds[kind]), INT(":key", key)),
                    NULL, e);
    return ok;
}

bool store_ending_defaults(struct store *s, const char *on_done, const char *notify,
                           struct err *e) {
    const struct bind *binds = BINDS(TEXT(":on_done", on_done), TEXT(":notify", notify));
    int64_t same = 0;
    bool found = false;
    if (!db_int(s, Q_ending_defaults_same, binds, &same, &found, e))
        return false;
    return same || (db_begin(s, e) && db_end(s, db_run(s, Q_ending_defaults, binds, NULL, e), e));
}

/* ---- what it has set off ----------------------------------------------------------------------*/

static struct store_ending read_row(sqlite3_stmt *stmt) {
    return (struct store_ending){
        .id = sqlite3_column_int64(stmt, 0),
        .batch_id = sqlite3_column_int64(stmt, 1),
        .batch = db_text(stmt, 2),
        .end_no = sqlite3_column_int64(stmt, 3),
        .kind = (enum ending_kind)INDEX_OF(db_text(stmt, 4), kinds),
        .target = db_text(stmt, 5),
        .key = sqlite3_column_int64(stmt, 6),
        .ended_ms = sqlite3_column_int64(stmt, 7),
        .done = sqlite3_column_int64(stmt, 8),
        .failed = sqlite3_column_int64(stmt, 9),
        .cancelled = sqlite3_column_int64(stmt, 10),
        .held = sqlite3_column_int64(stmt, 11),
        .spent_micros = sqlite3_column_int64(stmt, 12),
        .currency = db_text(stmt, 13),
        .state = (enum ending_state)INDEX_OF(db_text(stmt, 14), states),
        .tries = sqlite3_column_int(stmt, 15),
        .over_ms = sqlite3_column_int64(stmt, 16),
        .code = sqlite3_column_type(stmt, 17) == SQLITE_NULL ? -1 : sqlite3_column_int(stmt, 17),
        .why = db_text(stmt, 18),
    };
}

static bool read_rows(struct store *s, enum query query, const struct bind *binds,
                      store_ending_each *each, void *arg, struct err *e) {
    sqlite3_stmt *stmt = db_query(s, query, binds);
    bool more = true, ok = true;
    while ((ok = db_row(s, stmt, &more, e)) && more) {
        struct store_ending row = read_row(stmt);
        each(&row, arg);
    }
    db_done(stmt);
    return ok;
}

bool store_endings_due(struct store *s, enum ending_kind kind, int most, store_ending_each *each,
                       void *arg, struct err *e) {
    PRE(most >= 0 && most <= STORE_ENDINGS_MAX);
    return read_rows(
        s, Q_ending_due,
        BINDS(INT(":now_boot_ms", clock_boot_ms()), TEXT(":kind", kinds[kind]), INT(":most", most)),
        each, arg, e);
}

bool store_endings_next(struct store *s, int64_t *next_boot_ms, struct err *e) {
    bool found = false;
    int64_t next = INT64_MAX;
    if (!db_int(s, Q_ending_next, NO_BINDS, &next, &found, e))
        return false;
    *next_boot_ms = next;
    return true;
}

bool store_ending_begin(struct store *s, int64_t id, struct err *e) {
    int64_t changes = 0;
    if (!db_begin(s, e))
        return false;
    bool ok = db_run(s, Q_ending_begin, BINDS(INT(":id", id)), &changes, e);
    if (ok && changes == 0)
        ok = err_set(e, ERR_NOT_FOUND, "ending %lld does not wait", (long long)id);
    return db_end(s, ok, e);
}

bool store_ending_over(struct store *s, const struct store_ending_over *over, struct err *e) {
    struct bind code = INT(":code", over->code), why = NONE(":why");
    PRE(over->state != ENDING_RUNNING);
    if (over->code < 0)
        code.kind = BIND_NULL;
    if (over->why)
        why = (struct bind)TEXT_BYTES(":why", over->why, strnlen(over->why, STORE_WHY_MAX));
    if (!db_begin(s, e))
        return false;
    bool ok = db_run(s, Q_ending_over,
                     BINDS(INT(":id", over->id), TEXT(":state", states[over->state]),
                           INT(":due_boot_ms", clock_boot_ms() + over->delay_ms),
                           INT(":now_ms", clock_wall_ms()), code, why),
                     NULL, e) &&
              (over->state == ENDING_WAITING ||
               db_run(s, Q_ending_forget, BINDS(INT(":id", over->id)), NULL, e));
    return db_end(s, ok, e);
}

bool store_endings_take_back(struct store *s, struct err *e) {
    int64_t open = 0;
    bool found = false;
    if (!db_int(s, Q_ending_open_count, NO_BINDS, &open, &found, e))
        return false;
    return open == 0 ||
           (db_begin(s, e) && db_end(s, db_run(s, Q_ending_take_back, NO_BINDS, NULL, e), e));
}

bool store_endings_again(struct store *s, int64_t batch_id, int64_t *changed, struct err *e) {
    const struct event event = {.kind = STORE_EVENT_COMMAND, .batch_id = batch_id};
    int64_t again = 0;
    if (!db_begin(s, e))
        return false;
    bool ok = db_run(s, Q_ending_again, BINDS(INT(":batch_id", batch_id)), &again, e) &&
              (again == 0 ||
               event_say(s, &event, e, "retry: of what its end set off: %lld", (long long)again));
    if (!db_end(s, ok, e))
        return false;
    *changed = again;
    return true;
}

bool store_endings_of(struct store *s, int64_t batch_id, int64_t *ended_ms, store_ending_each *each,
                      void *arg, struct err *e) {
    const struct bind *batch = BINDS(INT(":batch_id", batch_id));
    int64_t ended = 0;
    bool found = false;
    if (!db_int(s, Q_batch_ended, batch, &ended, &found, e) ||
        !read_rows(s, Q_ending_of_batch, batch, each, arg, e))
        return false;
    *ended_ms = ended;
    return true;
}
