/*
 * sim: one process, one seed, one exact history of a whole fleet.
 *
 *   history.c   events in order of time; clock and random numbers, the only source of both
 *   fleet.c     all processes: what happens to them, on one machine; the life of a run
 *   worker.c, keeper.c  birth, death, frost and end of a call worker, of the keeper
 *   settings.c  the configurations that an operator writes
 *   seams.c     what the real code is bound to here: transfers, store thread, pool, presence, turns
 *   provider.c  who is called: answers, refusals, silence; and the witness of what was asked
 *   people.c    producers
 *   person.c    a person who interferes
 *   notifier.c  who tells of the ends of batches
 *   prune.c     batches that a person is done with
 *   memory_vfs.c, statements.c  SQLite's files in memory; statements and handles on their way
 *   audit.c     what must always hold, from the provider's ledger and SQL of its own
 *   audit_call.c  a call has a row, another one of a job has a reason
 *   audit_answer.c  what "done" means: the very sound of a text, or of each of its pieces
 *   audit_money.c  what may have been billed is within the budgets of batches and of days
 *   audit_prune.c  what is pruned was over, goes whole, and takes nothing of others
 *   audit_ending.c  the ends of batches are told, and nothing else is
 *   main.c      seeds, replay, shrinking, mutants
 */
#ifndef TESTS_SIM_H
#define TESTS_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "workers/call/dispatch.h"

#define SIM_WORKERS_MAX 6
#define SIM_JOBS_MAX 120
#define SIM_ACCOUNTS 2
#define SIM_TEXT_MAX 160 /* bytes of a text, and its end */
#define SIM_CHAOS_MAX 1024
#define SIM_KEEPER (-1) /* as a process: the keeper; SIM_WORLD: nobody's, never frozen */
#define SIM_WORLD (-2)
#define US_PER_MS 1000

/* ---- what a run is asked to be --------------------------------------------------------------- */

enum sim_fault {             /* kinds that shrinking can leave out */
                 SIM_KILL,   /* processes die */
                 SIM_FREEZE, /* stand still and go on */
                 SIM_REBOOT, /* the machine starts afresh: another boot id, no marks */
                 SIM_CLOCK,  /* the wall clock jumps */
                 SIM_DISK,   /* full, or an error at a write */
                 SIM_ANSWER, /* anything but a good answer */
                 SIM_PERSON, /* cancel, retry, hold, release, cap, pause, resume */
                 SIM_RELOAD, /* another configuration */
                 SIM_DRAIN,  /* workers are told to end */
                 SIM_DELAY,  /* slow turns, slow disk */
                 SIM_FAULTS
};

struct sim_plan {
    uint64_t seed;
    int workers_max, jobs_max, heal_ms;
    unsigned faults; /* bits of enum sim_fault */
    bool trace;
    bool skip[SIM_CHAOS_MAX]; /* disturbances that do not happen */
};

struct sim_report {
    int64_t steps, turns, commits, calls, kills, freezes, reboots;
    int disturbances;
};

/* ---- history.c ------------------------------------------------------------------------------- */

extern struct sim_plan sim_plan;
extern struct sim_report sim_report;
extern int64_t sim_now_us; /* since the run began: the world's time, which only goes on */
extern bool sim_healed;    /* no more faults: all that is left must end */

uint64_t sim_random(void);
int64_t sim_between(int64_t least, int64_t most);
bool sim_chance(double p);
void sim_random_branch(uint64_t number); /* other numbers, the run's n-th, until … */
void sim_random_return(void);

typedef void sim_event(void *arg, int64_t number);

/* After `in_us`. An event of a process is dropped when that has died meanwhile, and comes after the
 * thaw when it is frozen. */
void sim_after(int process, int64_t in_us, sim_event *fire, void *arg, int64_t number);
bool sim_step(void); /* false: nothing is to come */
void sim_history_reset(uint64_t seed);

void sim_clock_boot(void); /* another boot id, the boot clock begins again */
void sim_clock_wall_jump(int64_t ms);
int64_t sim_boot_id(void);

void sim_say(const char *format, ...) __attribute__((format(printf, 1, 2))); /* with --trace */
/* What must hold does not: says so with the line that replays it, and ends the process. */
_Noreturn void sim_violation(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Memory of this run: freed with it. */
void *sim_alloc(size_t bytes);

/* ---- fleet.c --------------------------------------------------------------------------------- */

extern char sim_folder[64], sim_database[96], sim_results[96];
extern int sim_results_fd;
extern struct gate *sim_gate;

void sim_fleet_open(void);  /* once */
void sim_fleet_begin(void); /* of a run */
void sim_fleet_end(void);
void sim_fleet_clear(void); /* removes the answers that a run has left */
void sim_fleet_heal(void);
bool sim_fleet_is_idle(void);
void sim_fleet_committed(void); /* somebody has: who watches looks */
unsigned sim_life(int process); /* changes with each birth and death */
bool sim_is_alive(int64_t id);  /* a worker's or keeper's, as the store knows it */
bool sim_is_frozen(int process, int64_t *until_us);
void sim_disturb(void); /* one of the faults that concern processes */

/* ---- worker.c -------------------------------------------------------------------------------- */

struct sim_worker;

void sim_workers_begin(int count);
void sim_workers_end(void);
void sim_workers_heal(void);
bool sim_workers_are_idle(void);
int sim_workers_count(void);
void sim_workers_look(void);   /* somebody has committed */
void sim_workers_reload(void); /* the settings of now; a frozen one reads them when it thaws */
void sim_workers_space(bool low);
void sim_workers_reboot(int64_t least_us, int64_t most_us); /* born again after about so long */
void sim_worker_dies(int i, int64_t later_us);              /* and is born again so much later */
void sim_worker_freeze(int i, int64_t us);
bool sim_worker_is_calling(int i);
void sim_worker_drain(int i);
unsigned sim_worker_life(int i);
int64_t sim_worker_frozen_until_us(int i);
bool sim_worker_is(int64_t id);             /* one that is alive */
void sim_worker_step(struct sim_worker *w); /* after anything that was said to it */
int sim_worker_process(const struct sim_worker *w);
struct sim_worker *sim_worker_of(const struct call_host *host);

/* ---- keeper.c -------------------------------------------------------------------------------- */

void sim_keeper_begin(void);
void sim_keeper_end(void);
void sim_keeper_is_born(int64_t in_us); /* if none is alive by then */
void sim_keeper_dies(void);
void sim_keeper_freeze(int64_t us);
void sim_keeper_reload(void); /* the same */
void sim_keeper_looks(void);  /* somebody has committed */
unsigned sim_keeper_life(void);
int64_t sim_keeper_frozen_until_us(void);
bool sim_keeper_is_alive(void);
bool sim_keeper_is(int64_t id);

/* ---- settings.c ------------------------------------------------------------------------------ */

void sim_configs_load(void); /* once */
void sim_config_pick(void);  /* another one, or the same */
void sim_config_free(void);  /* one that lets every call be paid */
struct config *sim_config(void);

/* ---- seams.c --------------------------------------------------------------------------------- */

struct store_thread *sim_store_new(struct sim_worker *w, int64_t worker_id,
                                   const struct store_thread_handlers *handlers);
void sim_store_drop(struct store_thread *t);                            /* its process has died */
void sim_store_look(struct store_thread *t);                            /* somebody has committed */
void sim_pool_drop(struct sim_worker *w, void (*drop)(struct call *c)); /* work under way */
struct presence *sim_presence_new(int64_t worker_id);
void sim_presence_end(struct presence *p); /* nothing is left to be told */
void sim_presence_reboot(void);
void sim_presence_reset(void);
struct multi_loop *sim_multi_new(struct sim_worker *w);
void sim_transfers_drop(struct call_host *host); /* connections of the dead are cut */
void sim_gate_reset(void);

/* ---- provider.c ------------------------------------------------------------------------------ */

enum sim_fate {
    FATE_ANSWER,
    FATE_WAIT,     /* 429 with Retry-After */
    FATE_TOO_MANY, /* 429, too many at a time */
    FATE_ERROR,    /* 500 */
    FATE_DOWN,     /* 503 */
    FATE_NEVER,    /* 400: asking again changes nothing */
    FATE_TOO_LONG, /* 413: asked for in pieces */
    FATE_UNREACHED,
    FATE_RESET,  /* taken, then the connection breaks */
    FATE_CUT,    /* breaks within the answer */
    FATE_SILENT, /* nothing ever comes */
    FATE_STALL,  /* begins, and nothing more comes */
    FATE_PAGE,   /* 200, but a page */
    FATE_RESENT, /* libcurl wants to send a second time */
    FATE_COUNT
};

struct sim_call { /* one transfer, both ends */
    struct sim_call *next;
    struct wire *wire; /* NULL: the worker's end is gone */
    int process;
    int account;
    int64_t job_id;
    int attempt_no;
    char *text;
    enum sim_fate fate;
    bool taken, over;   /* at the provider */
    int64_t over_by_us; /* it works no longer than that */
    int64_t account_id;
};

struct sim_call *sim_provider_call(struct wire *w, int process, const char *request, int account);
void sim_provider_sent(struct sim_call *c);
void sim_provider_gone(struct sim_call *c); /* the worker's end is gone */
enum sim_fate sim_provider_fate(void);
void sim_provider_begin(void);
int sim_in_flight(int account); /* as the provider counts */
bool sim_is_billed(enum sim_fate fate);
/* The audio that a text becomes; returns its size. */
#define SIM_AUDIO_MAX 2048
size_t sim_audio(const char *text, unsigned char out[SIM_AUDIO_MAX]);

/* ---- people.c -------------------------------------------------------------------------------- */

void sim_people_begin(void);
void sim_producer_dies(void);
void sim_people_reboot(void);
void sim_people_end(void);
bool sim_people_are_done(void);
void sim_people_heal(void);
bool sim_producer_is_alive(int64_t id);

/* ---- person.c -------------------------------------------------------------------------------- */

struct sim_batch { /* as people want it */
    int64_t batch_id, jobs;
    int64_t budget_micros; /* 0 = none */
    int64_t cap;           /* 0 = none */
    int64_t start_ms;      /* wall clock; 0 = at once */
};

void sim_person_begin(void);
void sim_person_sees(const struct sim_batch *b); /* one more that is there */
void sim_person_acts(void);
void sim_person_heals(void);

/* ---- notifier.c ------------------------------------------------------------------------------ */

void sim_notifier_begin(void);
void sim_notifier_dies(int64_t later_us); /* and is born again so much later */
void sim_notifier_end(void);

/* ---- prune.c --------------------------------------------------------------------------------- */

void sim_prune_begin(void);
/* A person is done with it; *done: it is gone for people. */
bool sim_prune(struct store *s, const struct sim_batch *b, bool *done, struct err *e);
bool sim_prune_is_left(void);
bool sim_prune_go_on(struct store *s, struct err *e); /* a part, the keeper's */
void sim_prune_forget(void);                          /* the keeper is another one */

/* ---- memory_vfs.c, statements.c -------------------------------------------------------------- */

void sim_vfs_register(void);
int64_t sim_vfs_wal_bytes(void);
int64_t sim_vfs_writes(void); /* so far */
void sim_vfs_full(bool full);
void sim_vfs_error_at(int64_t writes); /* the so-manieth write or sync from now fails */

struct store *sim_store_open(void);
void sim_statements_prepare(void);    /* once, and for each mutant */
bool sim_connection_is_at_rest(void); /* all have one: nothing is open on it between two steps */
/* clang-format off */
#define SIM_MUTANTS(row) \
    row(SLOT_FREED_AT_DEATH, "a dead worker's slots are free at once, its calls may still run") \
    row(NO_UNCERTAIN_ROW, "what a dead worker had sent counts as never sent") \
    row(NO_MARK, "a call is not marked as sent before its first byte") \
    row(NO_FENCE, "an attempt is settled a second time") \
    row(NO_PROMOTE, "a delayed job that is due stays delayed") \
    row(COUNT_NOT_MOVED, "an end is not counted in its batch") \
    row(CAP_FORGOTTEN, "calls above a lowered cap are not reckoned with") \
    row(NO_LEASE_CHECK, "a call is sent without a look at gate and lease") \
    row(ABANDONED_SLOT_FREE, "the slot of a call that was given up is free at once") \
    row(WAITERS_LOST, "who waits for an equal request is not told of its answer") \
    row(ANSWER_LOST, "the answer of a job is not written into its row") \
    row(NO_RESERVE, "money is not set aside at the claim") \
    row(BOOT_FREES_SLOTS, "after a reboot all slots are free at once") \
    row(LEASE_TOO_SHORT, "a lease ends before the calls under it") \
    row(DAY_NOT_RESERVED, "money is not set aside on the account") \
    row(DAY_SET_BACK, "when the clock is set back nothing is spent until that day comes") \
    row(BATCH_CAP_IGNORED, "a batch's own cap is looked at before a turn only") \
    row(START_IGNORED, "a batch starts before its time") \
    row(PIECE_SKIPPED, "behind a piece the next but one is spoken") \
    row(PIECE_MISPLACED, "the answer of a piece is written to the next one") \
    row(PRUNE_TAKES_SHARED, "answers that other batches share go with the one that is pruned") \
    row(PRUNE_FORGETS_BILL, "what a pruned batch cost is forgotten") \
    row(ENDING_LOST, "the end of a batch is not written when its last job fails") \
    row(ENDING_STUCK, "what a dead notifier had begun is not taken back")
/* clang-format on */

enum sim_mutant {
    MUTANT_NONE,
#define SIM_MUTANT_ID(name, text) MUTANT_##name,
    SIM_MUTANTS(SIM_MUTANT_ID)
#undef SIM_MUTANT_ID
        MUTANT_COUNT
};
extern enum sim_mutant sim_mutant;
void sim_mutants_check(void); /* once they are prepared: each statement's edit has its statement */

/* ---- audit.c --------------------------------------------------------------------------------- */

struct sqlite3;
void sim_audit_open(void);                /* once */
void sim_audit_watch(struct sqlite3 *of); /* a connection that will write */
/* enqueue was acknowledged */
void sim_audit_promised(int64_t batch_id, char (*texts)[SIM_TEXT_MAX], int count);
void sim_audit_sent(const struct sim_call *c);      /* the provider has begun */
void sim_audit_changed_by_person(int64_t batch_id); /* repeats are his wish */
void sim_audit_batch(const struct sim_batch *b);    /* what is wanted of it from now on */
void sim_audit_may_prune(int64_t batch_id);         /* a person tries to */
void sim_audit_pruned(int64_t batch_id, bool undelivered);
void sim_audit_discarded(const char *path, int64_t offset); /* the bytes of an answer go */
void sim_audit_told(int64_t batch_id, int64_t end_no); /* the end of a batch, by who was asked to */
void sim_audit_step(void);                             /* after every event */
bool sim_audit_is_calm(void);     /* every job has ended or waits for a person */
const char *sim_audit_left(void); /* what has not ended, for people */
void sim_audit_end(void);         /* after the last */

#endif
