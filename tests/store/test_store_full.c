/*
 * test_store_full: a full disk changes nothing, is said in one word (ERR_SPACE), and is over when
 * there is room again. The disk is a small tmpfs in a mount namespace of this process.
 */
#include "tests/lib/store_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#define DISK_OPTIONS "size=2m,mode=700"
#define BALLAST_BYTES (1200 * 1024)
#define WORKER 101
#define PART_JOBS 50
#define JOB_CHARS 2000
#define BODY_BYTES (64 * 1024)

static char disk[RIG_PATH_MAX];

static bool in_own_namespace(void) {
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return false;
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

struct full { /* a store on a small disk with a ballast that can be thrown off */
    struct rig *rig;
    char ballast[RIG_PATH_MAX + 16], filler[RIG_PATH_MAX + 16];
};

/* Writes until the disk is full, or `most` bytes. */
static void take_space(const char *path, size_t most) {
    static const char zeros[4096];
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    ssize_t wrote = 0;
    for (size_t bytes = 0; bytes < most && wrote >= 0; bytes += sizeof zeros)
        wrote = write(fd, zeros, sizeof zeros);
    assert_true(wrote >= 0 || errno == ENOSPC);
    assert_int_equal(close(fd), 0);
}

static struct full *full_new(void) {
    struct full *f = calloc(1, sizeof *f);
    assert_non_null(f);
    rig_make_dir(disk);
    if (!in_own_namespace() || mount("none", disk, "tmpfs", 0, DISK_OPTIONS) != 0) {
        (void)rmdir(disk);
        free(f);
        return NULL;
    }
    assert_int_equal(setenv("TMPDIR", disk, 1), 0);
    f->rig = rig_new(4);
    (void)snprintf(f->ballast, sizeof f->ballast, "%s/ballast", disk);
    (void)snprintf(f->filler, sizeof f->filler, "%s/filler", disk);
    take_space(f->ballast, BALLAST_BYTES);
    return f;
}

static void full_free(struct full *f) {
    rig_free(f->rig);
    assert_int_equal(umount2(disk, MNT_DETACH), 0);
    assert_int_equal(rmdir(disk), 0);
    assert_int_equal(unsetenv("TMPDIR"), 0);
    free(f);
}

/* Loads parts until one does not fit; returns how many jobs did. */
static int64_t load_until_full(struct store *s, int64_t batch) {
    struct store_job_spec jobs[PART_JOBS];
    char text[JOB_CHARS + 1];
    int64_t loaded = 0;
    struct err err = {.code = ERR_NONE};
    memset(text, 't', JOB_CHARS);
    text[JOB_CHARS] = '\0';
    for (int i = 0; i < PART_JOBS; i++)
        jobs[i] =
            (struct store_job_spec){.text = text, .text_bytes = JOB_CHARS, .chars = JOB_CHARS};
    while (store_batch_add(s, batch, jobs, PART_JOBS, &err))
        loaded += PART_JOBS;
    if (err.code != ERR_SPACE)
        fail_msg("%s instead of no space: %s", err_text(err.code), err.msg);
    return loaded;
}

static void enqueueing_stops_and_goes_on(void **state) {
    (void)state;
    struct full *f = full_new();
    if (!f)
        skip();
    struct store *s = f->rig->s;
    int64_t kept = rig_batch(s, "kept", 20, 10, 1), found;
    int64_t big = rig_batch_begin(s, "big", 1, 1);
    int64_t loaded = load_until_full(s, big);
    assert_true(loaded > 0);
    OK(store_verify(s, true, e));
    assert_int_equal(rig_counts_of(s, kept).count[JOB_READY], 20);
    struct rig_counts counts = rig_counts_of(s, big);
    assert_true(counts.loading);
    assert_int_equal(counts.total, loaded); /* no part of the part */
    store_close(s);                         /* a restart in the middle of it all */
    assert_int_equal(unlink(f->ballast), 0);
    OK(store_open(&f->rig->s, f->rig->path, STORE_WRITE, e));
    s = f->rig->s;
    OK(store_batch_abort(s, big, e));
    REFUSED(ERR_NOT_FOUND, store_batch_by_name(s, "big", &found, e));
    OK(store_checkpoint(s, true, e));
    assert_int_equal(rig_counts_of(s, rig_batch(s, "again", 20, 10, 1)).total, 20);
    OK(store_verify(s, true, e));
    full_free(f);
}

static void an_answer_waits_for_room(void **state) {
    (void)state;
    struct full *f = full_new();
    if (!f)
        skip();
    struct store *s = f->rig->s;
    struct rig_worker w;
    static char body[BODY_BYTES];
    int64_t batch = rig_batch(s, "b", 3, 10, 1);
    rig_worker(s, WORKER, "call");
    rig_worker_init(&w, s, WORKER, f->rig->account, 1);
    rig_turn(&w, NULL, 0);
    rig_free_claims(&w);
    struct store_result result = {
        .format = "wav", .bytes = BODY_BYTES, .duration_ms = -1, .body = body};
    struct store_settle settle = {.job_id = w.claims[0].job_id,
                                  .attempt_no = w.claims[0].attempt_no,
                                  .outcome = ATTEMPT_ANSWERED,
                                  .state = JOB_DONE,
                                  .slot_no = w.slots[0],
                                  .result = &result};
    int64_t until = w.want.lease_until_boot_ms;
    take_space(f->filler, SIZE_MAX);
    w.want.busy = 0;
    w.want.idle_count = 1;
    w.idle[0] = w.slots[0];
    w.want.lease_ms = 10 * RIG_LEASE_MS;
    for (int i = 0; i < 3; i++) { /* as often as the worker likes to try */
        REFUSED(ERR_SPACE, rig_turn_err(&w, &settle, 1, e));
        assert_int_equal(w.want.claim_count + w.want.slot_count, 0);
        assert_int_equal(w.want.lease_until_boot_ms, until);
        assert_int_equal(rig_counts_of(s, batch).count[JOB_RUNNING], 1);
    }
    OK(store_verify(s, true, e));
    assert_int_equal(unlink(f->filler), 0);
    rig_turn(&w, &settle, 1);
    rig_free_claims(&w);
    assert_int_equal(w.want.claim_count, 1);
    assert_int_equal(rig_counts_of(s, batch).count[JOB_DONE], 1);
    OK(store_verify(s, true, e));
    full_free(f);
}

static void a_checkpoint_waits_for_room(void **state) {
    (void)state;
    struct full *f = full_new();
    if (!f)
        skip();
    struct store *s = f->rig->s;
    int64_t batch = rig_batch(s, "b", 200, 1000, 1);
    take_space(f->filler, SIZE_MAX);
    REFUSED(ERR_SPACE, store_checkpoint(s, true, e));
    assert_int_equal(rig_counts_of(s, batch).total, 200);
    OK(store_verify(s, true, e));
    assert_int_equal(unlink(f->filler), 0);
    assert_int_equal(unlink(f->ballast), 0);
    OK(store_checkpoint(s, true, e));
    assert_int_equal(store_wal_bytes(s), 0);
    OK(store_verify(s, true, e));
    full_free(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enqueueing_stops_and_goes_on),
        cmocka_unit_test(an_answer_waits_for_room),
        cmocka_unit_test(a_checkpoint_waits_for_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
