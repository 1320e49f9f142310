/*
 * lease: the protocol that keeps the cap and the bill, as a model for Spin.
 *
 * What the code does in one transaction, or in one step of a worker's loop, is one atomic step here;
 * any step of anybody may come between two of them. A worker that is frozen is one that takes no
 * step for long. Time is one event, "the deadline of a slot passes": by then the call under it is
 * over at the provider (the assumption that the promise names) and the lease has ended. Kills, lapses
 * of living workers' leases, reboots and lowerings of the cap are bounded, so that every run ends.
 *
 *   claim ─▶ send ─▶ over ─▶ settle and hand over      turn.c, dispatch.c, call.c, settle.c
 *   reap, expire                                       keeper/, store/sqlite/keep.c
 *
 * Checked: a slot carries one call at most and an account no more than its cap; a job is sent again
 * only with an `uncertain` on record; an answer that arrived in a living worker is never lost; when
 * nothing moves any more every job is done or held and every slot is free. -DMUTANT_… plants the
 * mistakes that these checks must find (see README.md).
 */
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef ACCOUNTS
#define ACCOUNTS 1
#endif
#ifndef CAP
#define CAP 2
#endif
#ifndef JOBS
#define JOBS 2
#endif
#ifndef KILLS
#define KILLS 2
#endif
#ifndef LAPSES
#define LAPSES 1
#endif
#ifndef REBOOTS
#define REBOOTS 1
#endif
#ifndef LOWERINGS
#define LOWERINGS 1
#endif
#define UNCERTAIN_MAX 2 /* retry.uncertain_max */

#define SLOTS (ACCOUNTS * CAP)     /* slot s is number s % CAP of account s / CAP */
#define ALL_JOBS (ACCOUNTS * JOBS) /* job j is of account j / JOBS */
#define HELD 254                   /* a lease whose owner is dead */
#define NONE 255

#if SLOTS > 4 || ALL_JOBS > 4 || WORKERS > 3
#error "the choices below are written out for 4 slots, 4 jobs and 3 workers"
#endif

mtype = { ready, running, done, held };  /* a job */
mtype = { unsent, sent, over };          /* a mark in the presence file */
mtype = { idle, calling, answered };     /* what a worker knows of its slot */

/* ---- the store: survives everything */
mtype job[ALL_JOBS] = ready;
byte owner[ALL_JOBS] = NONE;      /* worker of the open attempt */
byte attempt[ALL_JOBS];           /* the fencing token */
byte uncertain[ALL_JOBS];         /* on record, ever */
byte lease[SLOTS] = NONE;         /* worker or HELD */
byte cap[ACCOUNTS] = CAP;

/* ---- presence files: survive a death, not a reboot */
mtype mark[ALL_JOBS] = unsent;    /* of the open attempt */
bool marks_lost[WORKERS];

/* ---- the provider */
byte open_calls[SLOTS];
byte sends[ALL_JOBS];
bool ended[SLOTS];                /* the deadline of the lease has passed */

/* ---- a worker's memory: dies with it */
bool alive[WORKERS] = true;
bool reaped[WORKERS] = true;      /* nothing of an earlier life is left in the store */
byte slot[WORKERS] = NONE;
mtype state[WORKERS] = idle;
byte current[WORKERS] = NONE;     /* the job of the call */
byte current_n[WORKERS];
byte staged[WORKERS] = NONE;      /* a job claimed ahead */
byte staged_n[WORKERS];
bool lapsed[WORKERS];             /* by its clock the lease has ended */
byte cap_seen[WORKERS] = CAP;

byte kills, lapses, reboots, lowerings;
byte total;                       /* used inside atomic steps only, 0 between them */

#define ACCOUNT(s) ((s) / CAP)
#define IS_FREE(s) (lease[s] == NONE && (s) % CAP < cap[ACCOUNT(s)])
#define IS_READY(j, s) (job[j] == ready && (j) / JOBS == ACCOUNT(s))
#define IS_MINE(w, j, n) (owner[j] == w && attempt[j] == n)

#if ALL_JOBS == 4
#define SOME_READY(s) (IS_READY(0, s) || IS_READY(1, s) || IS_READY(2, s) || IS_READY(3, s))
#elif ALL_JOBS == 3
#define SOME_READY(s) (IS_READY(0, s) || IS_READY(1, s) || IS_READY(2, s))
#elif ALL_JOBS == 2
#define SOME_READY(s) (IS_READY(0, s) || IS_READY(1, s))
#else
#define SOME_READY(s) IS_READY(0, s)
#endif

/* The first ready job of the slot's account, as the store picks it. */
inline pick_job(j, s) {
    j = 0;
    do
    :: !IS_READY(j, s) -> j++
    :: else -> break
    od
}

inline claim(w, j, to, to_n) {
    job[j] = running;
    owner[j] = w;
    attempt[j]++;
    mark[j] = unsent;
    to = j;
    to_n = attempt[j]
}

/* A late answer of an older attempt may have ended the job under this one: then it stays done. */
inline close_attempt(j, next) {
    owner[j] = NONE;
    mark[j] = unsent;
    if
    :: job[j] == running -> job[j] = next
    :: else
    fi
}

/* An attempt whose outcome nobody will tell. */
inline give_up(j, was_sent) {
    if
    :: was_sent ->
#ifndef MUTANT_SILENT_RETRY
        uncertain[j]++;
#endif
        if
        :: uncertain[j] > UNCERTAIN_MAX -> close_attempt(j, held)
        :: else -> close_attempt(j, ready)
        fi
    :: else -> close_attempt(j, ready)
    fi
}

inline free_slot(w) {
    if
    :: slot[w] != NONE && lease[slot[w]] == w -> lease[slot[w]] = NONE; ended[slot[w]] = false
    :: else
    fi;
    slot[w] = NONE
}

inline forget(w) {
    slot[w] = NONE;
    state[w] = idle;
    current[w] = NONE;
    current_n[w] = 0;
    staged[w] = NONE;
    staged_n[w] = 0;
    lapsed[w] = false;
    cap_seen[w] = CAP
}

inline count_calls(a) {
    total = open_calls[a * CAP];
#if CAP > 1
    total = total + open_calls[a * CAP + 1];
#endif
#if CAP > 2
    total = total + open_calls[a * CAP + 2];
#endif
#if CAP > 3
    total = total + open_calls[a * CAP + 3];
#endif
}

#define TURN(s)                                                                                    \
    :: atomic { alive[w] && slot[w] == NONE && IS_FREE(s) && SOME_READY(s) ->                      \
        lease[s] = w; ended[s] = false; slot[w] = s; cap_seen[w] = cap[ACCOUNT(s)];                \
        pick_job(j, s); claim(w, j, current[w], current_n[w]); j = 0                               \
       }

proctype worker(byte w) {
    byte j;
end:
    do
    /* a turn of the store: a free slot below the cap, and a job for it */
    TURN(0)
#if SLOTS > 1
    TURN(1)
#endif
#if SLOTS > 2
    TURN(2)
#endif
#if SLOTS > 3
    TURN(3)
#endif
    /* a turn: one job ahead */
    :: atomic { alive[w] && !lapsed[w] && slot[w] != NONE && staged[w] == NONE &&
            current[w] != NONE && SOME_READY(slot[w]) ->
        pick_job(j, slot[w]);
        claim(w, j, staged[w], staged_n[w]);
        cap_seen[w] = cap[ACCOUNT(slot[w])];
        j = 0
       }
    /* the mark, then the first byte; only while the lease has not ended by the clock */
    :: atomic { alive[w] && state[w] == idle && current[w] != NONE && slot[w] != NONE &&
#ifdef MUTANT_NO_FENCE
            true
#else
            !lapsed[w]
#endif
            ->
#ifndef MUTANT_NO_MARK
        mark[current[w]] = sent;
#endif
        state[w] = calling;
        open_calls[slot[w]]++;
        sends[current[w]]++;
        assert(open_calls[slot[w]] == 1);
        count_calls(ACCOUNT(slot[w]));
        assert(total <= CAP);
        total = 0;
        assert(sends[current[w]] <= 1 + uncertain[current[w]])
       }
    /* the answer is here: the call is over */
    :: atomic { alive[w] && state[w] == calling && !lapsed[w] ->
        open_calls[slot[w]]--;
        state[w] = answered;
        mark[current[w]] = over
       }
    /* settle; what was given up meanwhile is still taken if the job wants an answer */
    :: atomic { alive[w] && state[w] == answered ->
        j = current[w];
        if
        :: IS_MINE(w, j, current_n[w]) -> close_attempt(j, done)
#ifndef MUTANT_LATE_STEALS
        :: else -> job[j] = done
#else
        :: else -> job[j] = done; lease[slot[w]] = NONE
#endif
        fi;
        j = 0;
        state[w] = idle;
        current[w] = staged[w];
        current_n[w] = staged_n[w];
        staged[w] = NONE;
        staged_n[w] = 0;
        if
        :: current[w] == NONE && !lapsed[w] -> free_slot(w); current_n[w] = 0
        :: current[w] != NONE && !lapsed[w] && slot[w] % CAP >= cap_seen[w] ->
            give_up(current[w], false); /* given back: never sent */
            current[w] = NONE;
            current_n[w] = 0;
            free_slot(w)
        :: else
        fi
       }
    /* the lease has ended under it: it makes no call any more; its answer, if any, is settled above */
    :: atomic { alive[w] && lapsed[w] && state[w] != answered ->
        alive[w] = false;
        reaped[w] = false
       }
    :: atomic { alive[w] && kills < KILLS ->
        kills++;
        alive[w] = false;
        reaped[w] = false
       }
    /* its replacement */
    :: atomic { !alive[w] && reaped[w] -> forget(w); marks_lost[w] = false; alive[w] = true }
    od
}

/* One slot of a dead worker: its call may go on at the provider unless the marks say otherwise. The
 * code looks for "sent and not over" by slot number; a worker has one slot here. */
#define REAP_SLOT(s)                                                                               \
    if                                                                                             \
    :: lease[s] == w && calls_open -> lease[s] = HELD                                              \
    :: lease[s] == w && !calls_open -> lease[s] = NONE; ended[s] = false                           \
    :: else                                                                                        \
    fi;

#define LOOK_AT(j) calls_open = calls_open || (owner[j] == w && mark[j] == sent);

#define REAP_JOB(j)                                                                                \
    if                                                                                             \
    :: owner[j] == w -> give_up(j, (marks_lost[w] || mark[j] != unsent))                           \
    :: else                                                                                        \
    fi;

proctype reaper(byte w) {
    bool calls_open;
end:
    do
    :: atomic { !alive[w] && !reaped[w] ->
        calls_open = marks_lost[w];
        LOOK_AT(0)
#if ALL_JOBS > 1
        LOOK_AT(1)
#endif
#if ALL_JOBS > 2
        LOOK_AT(2)
#endif
#if ALL_JOBS > 3
        LOOK_AT(3)
#endif
#ifdef MUTANT_FREE_AT_DEATH
        calls_open = false;
#endif
        REAP_SLOT(0)
#if SLOTS > 1
        REAP_SLOT(1)
#endif
#if SLOTS > 2
        REAP_SLOT(2)
#endif
#if SLOTS > 3
        REAP_SLOT(3)
#endif
        REAP_JOB(0)
#if ALL_JOBS > 1
        REAP_JOB(1)
#endif
#if ALL_JOBS > 2
        REAP_JOB(2)
#endif
#if ALL_JOBS > 3
        REAP_JOB(3)
#endif
        forget(w);
        calls_open = false;
        reaped[w] = true
       }
    od
}

#define EXPIRE_JOB(j)                                                                              \
    if                                                                                             \
    :: owner[j] == lease[s] -> give_up(j, true) /* nobody can ask a frozen worker */                \
    :: else                                                                                        \
    fi;

/* A slot's deadline, and the keeper's look at it. */
proctype deadline(byte s) {
end:
    do
    :: atomic { lease[s] == HELD && !ended[s] -> open_calls[s] = 0; ended[s] = true }
    :: atomic { lease[s] < WORKERS && !ended[s] && lapses < LAPSES ->
        lapses++;
        open_calls[s] = 0;
        ended[s] = true;
        lapsed[lease[s]] = true
       }
#ifdef MUTANT_EARLY_EXPIRY
    :: atomic { lease[s] == HELD -> lease[s] = NONE; ended[s] = false }
#endif
    :: atomic { lease[s] == HELD && ended[s] -> lease[s] = NONE; ended[s] = false }
    :: atomic { lease[s] < WORKERS && ended[s] ->
        EXPIRE_JOB(0)
#if ALL_JOBS > 1
        EXPIRE_JOB(1)
#endif
#if ALL_JOBS > 2
        EXPIRE_JOB(2)
#endif
#if ALL_JOBS > 3
        EXPIRE_JOB(3)
#endif
        lease[s] = NONE;
        ended[s] = false
       }
    od
}

proctype world() {
    byte w;
end:
    do
    :: atomic { reboots < REBOOTS ->
        reboots++;
        w = 0;
        do
        :: w < WORKERS ->
            if :: alive[w] -> alive[w] = false; reaped[w] = false :: else fi;
            if :: !reaped[w] -> marks_lost[w] = true :: else fi;
            w++
        :: else -> break
        od;
        w = 0
       }
    :: atomic { lowerings < LOWERINGS && cap[0] > 1 -> lowerings++; cap[0] = cap[0] - 1 }
    od
}

/* Nothing moves any more: everything has ended well. */
proctype auditor() {
    byte k;
    atomic {
        timeout ->
        k = 0;
        do
        :: k < ALL_JOBS -> assert(job[k] == done || job[k] == held); k++
        :: else -> break
        od;
        k = 0;
        do
        :: k < SLOTS -> assert(lease[k] == NONE && open_calls[k] == 0); k++
        :: else -> break
        od
    }
}

init {
    byte k;
    atomic {
        k = 0;
        do
        :: k < WORKERS -> run worker(k); run reaper(k); k++
        :: else -> break
        od;
        k = 0;
        do
        :: k < SLOTS -> run deadline(k); k++
        :: else -> break
        od;
        run world();
        run auditor()
    }
}
