/*
 * store_rig: a real store in a temporary folder, for the tests of src/store. Every step that must
 * succeed fails the test with the store's own message. Knows nothing of what is tested.
 */
#ifndef TESTS_LIB_STORE_RIG_H
#define TESTS_LIB_STORE_RIG_H

/* cmocka.h wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/store.h"

#define RIG_PATH_MAX 512
#define RIG_CALLS_MAX 64
#define RIG_LEASE_MS 60000

#define OK(call)                                                                                   \
    do {                                                                                           \
        struct err rig_err_ = {.msg = "?"};                                                        \
        struct err *e = &rig_err_;                                                                 \
        if (!(call))                                                                               \
            fail_msg("%s: %s", #call, rig_err_.msg);                                               \
    } while (0)

#define REFUSED(expected, call)                                                                    \
    do {                                                                                           \
        struct err rig_err_ = {.msg = "?"};                                                        \
        struct err *e = &rig_err_;                                                                 \
        if (call)                                                                                  \
            fail_msg("%s: was not refused", #call);                                                \
        if (rig_err_.code != (expected))                                                           \
            fail_msg("%s: %s instead of %s: %s", #call, err_text(rig_err_.code),                   \
                     err_text(expected), rig_err_.msg);                                            \
    } while (0)

struct rig {
    char dir[RIG_PATH_MAX];
    char path[RIG_PATH_MAX + 16];
    struct store *s;
    int64_t account;
};

static inline int rig_remove_one(const char *path, const struct stat *st, int flag,
                                 struct FTW *ftw) {
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static inline void rig_remove_dir(const char *dir) {
    (void)nftw(dir, rig_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void rig_make_dir(char dir[RIG_PATH_MAX]) {
    const char *root = getenv("TMPDIR");
    (void)snprintf(dir, RIG_PATH_MAX, "%s/ttsq-store-XXXXXX",
                   root && root[0] == '/' ? root : "/tmp");
    assert_non_null(mkdtemp(dir));
}

static inline struct store_account_config rig_account(const char *name, int64_t cap) {
    return (struct store_account_config){
        .name = name, .cap = cap, .rate_burst = 1, .linger_ms = 10000};
}

static inline struct store_profile_config rig_profile(const char *name, const char *account) {
    return (struct store_profile_config){.name = name,
                                         .account = account,
                                         .retry_max = 100,
                                         .uncertain_max = 100,
                                         .backoff_base_ms = 1000,
                                         .backoff_cap_ms = 60000,
                                         .timeout_total_ms = 30000};
}

/* Whatever was configured before is replaced; "say" is the default profile. */
static inline void rig_settings(struct store *s, const struct store_account_config *accounts,
                                size_t account_count, const struct store_profile_config *profiles,
                                size_t profile_count) {
    OK(store_configure(s,
                       &(struct store_settings){.accounts = accounts,
                                                .account_count = account_count,
                                                .profiles = profiles,
                                                .profile_count = profile_count,
                                                .default_profile = "say"},
                       e));
}

/* One account "acme" and one profile "say" on it. */
static inline void rig_configure(struct store *s, int64_t cap) {
    const struct store_account_config account = rig_account("acme", cap);
    const struct store_profile_config profile = rig_profile("say", "acme");
    rig_settings(s, &account, 1, &profile, 1);
}

static inline struct rig *rig_new(int64_t cap) {
    struct rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    rig_make_dir(rig->dir);
    (void)snprintf(rig->path, sizeof rig->path, "%s/queue.db", rig->dir);
    OK(store_open(&rig->s, rig->path, STORE_CREATE, e));
    rig_configure(rig->s, cap);
    OK(store_account_id(rig->s, "acme", &rig->account, e));
    return rig;
}

static inline void rig_free(struct rig *rig) {
    store_close(rig->s);
    rig_remove_dir(rig->dir);
    free(rig);
}

/* Every kept count is the counted one. */
static inline void rig_verify(const struct rig *rig) {
    OK(store_verify(rig->s, false, e));
}

/* What becomes of a frozen worker of which nothing is known but that its leases have run out. */
static inline void rig_reap_frozen(struct store *s) {
    struct store_reap_report report;
    int64_t worker_id, account_id;
    bool found;
    OK(store_frozen(s, &worker_id, &account_id, &found, e));
    assert_true(found);
    OK(store_reap_frozen(s, worker_id, account_id, NULL, &report, e));
}

static inline void rig_worker(struct store *s, int64_t id, const char *kind) {
    const struct store_worker_row row = {.id = id, .kind = kind, .pid = getpid()};
    OK(store_worker_add(s, &row, e));
}

static inline int64_t rig_batch_begin(struct store *s, const char *name, int64_t weight,
                                      int64_t producer) {
    const struct store_batch_spec spec = {
        .name = name, .profile = "say", .weight = weight, .producer_id = producer};
    int64_t id = 0;
    OK(store_batch_begin(s, &spec, &id, e));
    return id;
}

static inline struct store_job_spec rig_text_job(const char *text) {
    return (struct store_job_spec){
        .text = text, .text_bytes = strlen(text), .chars = (int64_t)strlen(text)};
}

/* A batch of equal jobs, committed. */
static inline int64_t rig_batch(struct store *s, const char *name, size_t jobs, int64_t chars,
                                int64_t weight) {
    int64_t id = rig_batch_begin(s, name, weight, 1);
    char *text = malloc((size_t)chars + 1);
    assert_non_null(text);
    memset(text, 'x', (size_t)chars);
    text[chars] = '\0';
    struct store_job_spec *list = calloc(jobs, sizeof *list);
    assert_non_null(list);
    for (size_t i = 0; i < jobs; i++)
        list[i] =
            (struct store_job_spec){.text = text, .text_bytes = (size_t)chars, .chars = chars};
    OK(store_batch_add(s, id, list, jobs, e));
    OK(store_batch_commit(s, id, e));
    free(list);
    free(text);
    return id;
}

/* A worker's side of the protocol on the rig's account: what it has, and its last turn. */
struct rig_worker {
    struct store *s;
    int64_t id;
    struct store_want want;
    struct store_turn turn;
    int32_t idle[RIG_CALLS_MAX], slots[RIG_CALLS_MAX];
    struct store_claim claims[RIG_CALLS_MAX];
};

static inline void rig_worker_init(struct rig_worker *w, struct store *s, int64_t id,
                                   int64_t account, int32_t calls_max) {
    *w = (struct rig_worker){.s = s, .id = id};
    w->want = (struct store_want){.account_id = account,
                                  .lease_ms = RIG_LEASE_MS,
                                  .idle = w->idle,
                                  .calls_max = calls_max,
                                  .slots = w->slots,
                                  .claims = w->claims,
                                  .claims_max = RIG_CALLS_MAX};
}

static inline bool rig_turn_err(struct rig_worker *w, const struct store_settle *settles,
                                size_t count, struct err *e) {
    w->turn = (struct store_turn){.worker_id = w->id,
                                  .settles = settles,
                                  .settle_count = count,
                                  .wants = &w->want,
                                  .want_count = 1};
    return store_turn(w->s, &w->turn, e);
}

static inline void rig_turn(struct rig_worker *w, const struct store_settle *settles,
                            size_t count) {
    OK(rig_turn_err(w, settles, count, e));
}

/* Settles only: no account in the turn. */
static inline void rig_settle(struct rig_worker *w, const struct store_settle *settle) {
    w->turn = (struct store_turn){.worker_id = w->id, .settles = settle, .settle_count = 1};
    OK(store_turn(w->s, &w->turn, e));
}

static inline void rig_free_claims(struct rig_worker *w) {
    for (size_t i = 0; i < w->want.claim_count; i++) {
        free(w->claims[i].text);
        free(w->claims[i].voice);
        w->claims[i].text = w->claims[i].voice = NULL;
    }
}

/* A turn that only claims: how many. */
static inline int32_t rig_claims_of(struct rig_worker *w) {
    rig_turn(w, NULL, 0);
    int32_t n = (int32_t)w->want.claim_count;
    rig_free_claims(w);
    return n;
}

static inline struct store_result rig_row_result(void) {
    return (struct store_result){
        .format = "wav", .bytes = 4, .duration_ms = 120, .sha256 = {7}, .body = "RIFF"};
}

struct rig_counts {
    int64_t count[JOB_STATE_COUNT], uncertain, total;
    bool found, loading;
};

static inline void rig_take_counts(const struct store_batch_row *row, void *arg) {
    struct rig_counts *c = arg;
    memcpy(c->count, row->count, sizeof c->count);
    c->uncertain = row->uncertain_attempts;
    c->total = row->total;
    c->loading = row->loading;
    c->found = true;
}

static inline struct rig_counts rig_counts_of(struct store *s, int64_t batch_id) {
    struct rig_counts c = {.found = false};
    struct store_reader reader = {.batch = rig_take_counts, .arg = &c};
    OK(store_status(s, batch_id, &reader, e));
    return c;
}

/* Of the last account; its texts are not kept, only whether there is a reason. */
static inline void rig_take_account(const struct store_account_row *row, void *arg) {
    struct store_account_row *copy = arg;
    *copy = *row;
    copy->name = NULL;
    copy->pause_reason = row->pause_reason ? "some" : NULL;
}

static inline struct store_account_row rig_account_of(struct store *s) {
    struct store_account_row row = {.id = 0};
    struct store_reader reader = {.account = rig_take_account, .arg = &row};
    OK(store_status(s, 0, &reader, e));
    return row;
}

/* As a foreign program does it: the first value that is found, 0 when none is. */
static inline int64_t rig_sql(const char *path, const char *sql) {
    sqlite3 *db;
    sqlite3_stmt *stmt = NULL;
    int64_t value = 0;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA wal_autocheckpoint=0", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_busy_timeout(db, 5000), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    int rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        value = sqlite3_column_int64(stmt, 0);
    else if (rc != SQLITE_DONE)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return value;
}

/* What a person does to a whole batch. */
static inline bool rig_retry(struct store *s, int64_t batch_id, unsigned state_mask,
                             int64_t *changed, struct err *e) {
    const struct store_selection all = {.batch_id = batch_id, .state_mask = state_mask};
    struct store_changed out;
    if (!store_change(s, &all, STORE_RETRY, false, &out, e))
        return false;
    *changed = out.jobs;
    return true;
}

static inline bool rig_cancel(struct store *s, int64_t batch_id, int64_t *changed,
                              int64_t *in_flight, struct err *e) {
    const struct store_selection all = {.batch_id = batch_id};
    struct store_changed out;
    if (!store_change(s, &all, STORE_CANCEL, false, &out, e))
        return false;
    *changed = out.jobs;
    *in_flight = out.in_flight;
    return true;
}

/* Waits for a child that must end by itself with status 0. */
static inline void rig_wait_ok(pid_t pid) {
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

#endif
