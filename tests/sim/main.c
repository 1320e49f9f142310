/* main.c: runs seeds; replays one; makes a failing one short; lets the mutants loose. */
#include <argp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/ensure.h"
#include "sim.h"

#define EXIT_VIOLATION 3
#define STEPS_MAX 2000000 /* of one run: more is a run that does not end */
#define HEAL_LATEST_US 60000000
#define HEAL_US INT64_C(900000000) /* after the last fault everything has ended by then */
#define MUTANT_SEEDS 1000
#define CPU_S_MAX 60 /* of a seed, which takes a fraction of a second: a step that never ends */
#define SHRINK_PARTS 16
#define SHRINK_GROWTH 100 /* steps that a history with fewer causes may be longer */
#define FAULT_NAMES                                                                                \
    { "kill", "freeze", "reboot", "clock", "disk", "answer", "person", "reload", "drain", "delay" }

static struct options {
    uint64_t seed, seeds;
    double hours, seconds;
    bool one, shrinks, mutants, quiet;
} options = {.seed = 1, .seeds = 200};

/* ---- one run --------------------------------------------------------------------------------- */

/* Each disturbance has random numbers of its own, so that one that is left out leaves the others as
 * they were. */
static void on_disturb(void *arg, int64_t mean_us) {
    (void)arg;
    if (sim_healed)
        return;
    sim_random_branch((uint64_t)sim_report.disturbances);
    sim_disturb();
    int64_t next_us = sim_between(1, 2 * mean_us);
    sim_random_return();
    sim_after(SIM_WORLD, next_us, on_disturb, NULL, mean_us);
}

static void heal(void) {
    sim_say("no more faults from here");
    sim_healed = true;
    sim_fleet_heal();
    sim_people_heal();
}

static bool is_over(void) {
    return sim_people_are_done() && sim_audit_is_calm() && sim_fleet_is_idle();
}

static void run(uint64_t seed) {
    static const int64_t means_us[] = {100000, 500000, 2000000, 10000000};
    sim_plan.seed = seed;
    sim_history_reset(seed);
    sim_provider_begin();
    sim_fleet_begin();
    sim_people_begin();
    int64_t mean_us = means_us[sim_between(0, 3)];
    int64_t heal_us = sim_between(1000000, HEAL_LATEST_US);
    if (heal_us > (int64_t)sim_plan.heal_ms * US_PER_MS)
        heal_us = (int64_t)sim_plan.heal_ms * US_PER_MS;
    sim_after(SIM_WORLD, sim_between(1, 2 * mean_us), on_disturb, NULL, mean_us);
    while (!sim_healed || !is_over()) {
        if (!sim_healed && sim_now_us > heal_us)
            heal();
        if (!sim_step())
            sim_violation("I5: nothing will ever happen again");
        sim_audit_step();
        if (sim_now_us > heal_us + HEAL_US || sim_report.steps > STEPS_MAX)
            sim_violation("I5: left though nothing is in their way: %s", sim_audit_left());
    }
    sim_audit_end();
    sim_people_end();
    sim_fleet_end();
}

/* ---- a failing seed -------------------------------------------------------------------------- */

static bool is_picked(void) {
    for (int i = 0; i < SIM_CHAOS_MAX; i++)
        if (sim_plan.skip[i])
            return true;
    return false;
}

static void print_picked(FILE *to) {
    const char *before = " --only ";
    for (int i = 0; i < SIM_CHAOS_MAX; i++)
        if (!sim_plan.skip[i] && i < sim_report.disturbances) {
            (void)fprintf(to, "%s%d", before, i);
            before = ",";
        }
    if (before[0] == ' ')
        (void)fprintf(to, " --only none");
}

static void print_replay(FILE *to) {
    static const char *const names[SIM_FAULTS] = FAULT_NAMES;
    (void)fprintf(to, "tests/sim/run --seed %llu --heal %d --workers %d --jobs %d",
                  (unsigned long long)sim_plan.seed, sim_plan.heal_ms, sim_plan.workers_max,
                  sim_plan.jobs_max);
    for (int i = 0; i < SIM_FAULTS; i++)
        if (!(sim_plan.faults & 1u << i))
            (void)fprintf(to, " --without %s", names[i]);
    if (is_picked())
        print_picked(to);
    if (sim_mutant != MUTANT_NONE)
        (void)fprintf(to, " --mutant %d", (int)sim_mutant);
    (void)fprintf(to, "\n");
}

static int report_fd = -1;

static void tell_report(void) {
    (void)fflush(NULL);
    ASSERT(write(report_fd, &sim_report, sizeof sim_report) == sizeof sim_report);
}

static _Noreturn void fail(void) {
    tell_report();
    _exit(EXIT_VIOLATION);
}

void sim_violation(const char *format, ...) {
    va_list args;
    if (!options.quiet) {
        (void)fflush(stdout);
        (void)fprintf(stderr, "sim: after %lld steps, %.3f s: ", (long long)sim_report.steps,
                      (double)sim_now_us / 1e6);
        va_start(args, format);
        (void)vfprintf(stderr, format, args);
        va_end(args);
        (void)fprintf(stderr, "\nsim: replay: ");
        print_replay(stderr);
    }
    fail();
}

/* An assertion of the code under test, a crash, or a loop without end is a violation
 * like another. */
static void on_abort(int number) {
    if (!options.quiet) {
        (void)fprintf(stderr, "sim: signal %d after %lld steps\nsim: replay: ", number,
                      (long long)sim_report.steps);
        print_replay(stderr);
    }
    fail();
}

/* ---- in a process of its own ----------------------------------------------------------------- */

/* Runs a seed in a child, so that its history is its own: nothing is left in memory of another's.
 * `quiet`: what fails says nothing. False when it fails. */
static bool run_apart(uint64_t seed, bool quiet, struct sim_report *report) {
    int ends[2], status = 0;
    ASSERT(pipe(ends) == 0);
    (void)fflush(NULL);
    pid_t pid = fork();
    ASSERT(pid >= 0);
    if (pid == 0) {
        options.quiet = quiet;
        report_fd = ends[1];
        ASSERT(setrlimit(RLIMIT_CPU, &(struct rlimit){CPU_S_MAX, CPU_S_MAX + 1}) == 0);
        run(seed);
        tell_report();
        _exit(0);
    }
    close(ends[1]);
    bool whole = read(ends[0], report, sizeof *report) == sizeof *report;
    close(ends[0]);
    ASSERT(waitpid(pid, &status, 0) == pid);
    sim_fleet_clear();
    return whole && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool still_fails(const struct sim_plan *plan, struct sim_report *report) {
    struct sim_plan before = sim_plan;
    sim_plan = *plan;
    sim_plan.trace = false;
    bool fails = !run_apart(plan->seed, true, report);
    sim_plan = before;
    return fails;
}

/* The plan becomes the best one if it fails as soon. */
static bool keep_failing(struct sim_plan *best, struct sim_report *report,
                         const struct sim_plan *plan) {
    struct sim_report its;
    if (!still_fails(plan, &its) || its.steps > report->steps + SHRINK_GROWTH)
        return false;
    *best = *plan;
    *report = its;
    return true;
}

/* Less by a half, a quarter, an eighth, … as long as that fails, too. */
static void shrink_number(struct sim_plan *best, struct sim_report *report, size_t offset,
                          int least) {
    for (int part = 2; part <= SHRINK_PARTS; part *= 2) {
        struct sim_plan plan;
        do {
            plan = *best;
            int *number = (int *)(void *)((char *)&plan + offset);
            int less = *number / part > 0 ? *number / part : 1;
            if (*number - less < least)
                break;
            *number -= less;
        } while (keep_failing(best, report, &plan));
    }
}

static void shrink_faults(struct sim_plan *best, struct sim_report *report) {
    for (int i = 0; i < SIM_FAULTS; i++) {
        struct sim_plan plan = *best;
        plan.faults &= ~(1u << i);
        if (plan.faults != best->faults)
            (void)keep_failing(best, report, &plan);
    }
}

/* All behind the failure, then halves, quarters … of what is before it. */
static void shrink_disturbances(struct sim_plan *best, struct sim_report *report) {
    struct sim_plan plan = *best;
    int most = report->disturbances < SIM_CHAOS_MAX ? report->disturbances : SIM_CHAOS_MAX;
    memset(plan.skip + most, true, (size_t)(SIM_CHAOS_MAX - most));
    (void)keep_failing(best, report, &plan);
    for (int count = most; count >= 1; count /= 2)
        for (int at = 0; at < most; at += count) {
            int end = at + count < most ? at + count : most;
            plan = *best;
            memset(plan.skip + at, true, (size_t)(end - at));
            if (memcmp(plan.skip, best->skip, sizeof plan.skip) != 0)
                (void)keep_failing(best, report, &plan);
        }
}

static int shrink(void) {
    struct sim_plan best = sim_plan;
    struct sim_report report;
    best.seed = options.seed;
    if (!still_fails(&best, &report)) {
        (void)printf("sim: this seed does not fail\n");
        return 0;
    }
    for (int64_t before = INT64_MAX; report.steps < before;) {
        before = report.steps;
        shrink_faults(&best, &report);
        shrink_disturbances(&best, &report);
        shrink_number(&best, &report, offsetof(struct sim_plan, jobs_max), 1);
        shrink_number(&best, &report, offsetof(struct sim_plan, workers_max), 1);
        shrink_number(&best, &report, offsetof(struct sim_plan, heal_ms), 1);
    }
    sim_plan = best;
    sim_report = report;
    (void)printf("sim: the shortest history found has %lld steps:\n", (long long)report.steps);
    print_replay(stdout);
    return EXIT_VIOLATION;
}

/* ---- mutants --------------------------------------------------------------------------------- */

static const char *const mutant_texts[MUTANT_COUNT] = {[MUTANT_NONE] = "none",
#define MUTANT_TEXT(name, text) [MUTANT_##name] = text,
                                                       SIM_MUTANTS(MUTANT_TEXT)
#undef MUTANT_TEXT
};

/* Which seed finds it; 0 = none of them. */
static uint64_t seeds_to_find(enum sim_mutant mutant) {
    struct sim_report ignored;
    uint64_t found = 0;
    sim_mutant = mutant;
    sim_statements_prepare();
    for (uint64_t i = 1; i <= MUTANT_SEEDS && found == 0; i++)
        if (!run_apart(options.seed + i - 1, true, &ignored))
            found = i;
    sim_mutant = MUTANT_NONE;
    return found;
}

static int let_mutants_loose(void) {
    int survived = 0;
    for (int m = 1; m < MUTANT_COUNT; m++) {
        uint64_t seeds = seeds_to_find((enum sim_mutant)m);
        survived += seeds == 0;
        if (seeds > 0)
            (void)printf("%2d  found by seed %-5llu %s\n", m, (unsigned long long)seeds,
                         mutant_texts[m]);
        else
            (void)printf("%2d  SURVIVED            %s\n", m, mutant_texts[m]);
    }
    (void)printf("sim: %d mutants, %d survived\n", MUTANT_COUNT - 1, survived);
    return survived ? 1 : 0;
}

/* ---- many seeds ------------------------------------------------------------------------------ */

static double seconds_now(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double children_cpu_s(void) {
    struct rusage used;
    ASSERT(getrusage(RUSAGE_CHILDREN, &used) == 0);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void add_report(struct sim_report *sum, const struct sim_report *one) {
    sum->steps += one->steps;
    sum->turns += one->turns;
    sum->commits += one->commits;
    sum->calls += one->calls;
    sum->kills += one->kills;
    sum->freezes += one->freezes;
    sum->reboots += one->reboots;
}

static int run_seeds(void) {
    struct sim_report sum = {0};
    double begun = seconds_now(), limit = options.hours * 3600 + options.seconds, took = 0;
    uint64_t done = 0, most = options.one ? 1 : limit > 0 ? UINT64_MAX : options.seeds;
    while (done < most && (limit <= 0 || took < limit)) {
        struct sim_report report;
        if (!run_apart(options.seed + done++, false, &report))
            return EXIT_VIOLATION;
        add_report(&sum, &report);
        took = seconds_now() - begun;
    }
    (void)printf(
        "sim: %llu seeds from %llu, 0 violations: %lld steps (%.0f per second of CPU), %lld "
        "turns, %lld commits, %lld calls, %lld deaths, %lld freezes, %lld reboots in %.1f s\n",
        (unsigned long long)done, (unsigned long long)options.seed, (long long)sum.steps,
        (double)sum.steps / children_cpu_s(), (long long)sum.turns, (long long)sum.commits,
        (long long)sum.calls, (long long)sum.kills, (long long)sum.freezes, (long long)sum.reboots,
        took);
    return 0;
}

/* ---- the command line ------------------------------------------------------------------------ */

static const struct argp_option argp_options[] = {
    {"seed", 's', "N", 0, "this seed only, or the first of many", 0},
    {"seeds", 'n', "N", 0, "so many seeds (200)", 0},
    {"hours", 'H', "H", 0, "as many seeds as fit", 0},
    {"seconds", 'S', "S", 0, "the same, in seconds", 0},
    {"heal", 'h', "MS", 0, "no more faults after so many milliseconds", 0},
    {"workers", 'w', "N", 0, "at most N call workers", 0},
    {"jobs", 'j', "N", 0, "about N jobs at most", 0},
    {"without", 'x', "FAULT", 0,
     "kill, freeze, reboot, clock, disk, answer, person, reload, drain, delay", 0},
    {"only", 'o', "I,J", 0, "no disturbances but these", 0},
    {"trace", 't', NULL, 0, "print the history", 0},
    {"shrink", 'r', NULL, 0, "make the failing seed's history short", 0},
    {"mutant", 'u', "N", 0, "with this bug put in", 0},
    {"mutants", 'U', NULL, 0, "how many seeds find each bug that is put in", 0},
    {0}};

static void leave_out(const char *name, struct argp_state *state) {
    static const char *const names[SIM_FAULTS] = FAULT_NAMES;
    for (int i = 0; i < SIM_FAULTS; i++)
        if (strcmp(names[i], name) == 0) {
            sim_plan.faults &= ~(1u << i);
            return;
        }
    argp_error(state, "no such fault: %s", name);
}

static void pick(char *list) {
    memset(sim_plan.skip, true, sizeof sim_plan.skip);
    for (char *next, *at = strtok_r(list, ",", &next); at; at = strtok_r(NULL, ",", &next)) {
        long i = strtol(at, NULL, 10);
        if (strcmp(at, "none") != 0 && i >= 0 && i < SIM_CHAOS_MAX)
            sim_plan.skip[i] = false;
    }
}

static error_t on_option(int key, char *arg, struct argp_state *state) {
    switch (key) {
    case 's':
        options.seed = strtoull(arg, NULL, 10);
        options.one = true;
        return 0;
    case 'n':
        options.seeds = strtoull(arg, NULL, 10);
        options.one = false;
        return 0;
    case 'H':
        options.hours = strtod(arg, NULL);
        return 0;
    case 'S':
        options.seconds = strtod(arg, NULL);
        return 0;
    case 'h':
        sim_plan.heal_ms = (int)strtol(arg, NULL, 10);
        return 0;
    case 'w':
        sim_plan.workers_max = (int)strtol(arg, NULL, 10);
        return 0;
    case 'j':
        sim_plan.jobs_max = (int)strtol(arg, NULL, 10);
        return 0;
    case 'x':
        leave_out(arg, state);
        return 0;
    case 'o':
        pick(arg);
        return 0;
    case 't':
        sim_plan.trace = true;
        return 0;
    case 'r':
        options.shrinks = true;
        return 0;
    case 'u':
        sim_mutant = (enum sim_mutant)strtol(arg, NULL, 10);
        return 0;
    case 'U':
        options.mutants = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int main(int argc, char **argv) {
    static const struct argp argp = {
        argp_options, on_option, NULL, "A whole fleet in one process: one seed, one history.",
        NULL,         NULL,      NULL};
    sim_plan = (struct sim_plan){.heal_ms = HEAL_LATEST_US / US_PER_MS,
                                 .workers_max = SIM_WORKERS_MAX,
                                 .jobs_max = SIM_JOBS_MAX,
                                 .faults = (1u << SIM_FAULTS) - 1};
    if (argp_parse(&argp, argc, argv, 0, NULL, NULL) != 0)
        return 2;
    (void)signal(SIGABRT, on_abort);
    (void)signal(SIGSEGV, on_abort);
    (void)signal(SIGXCPU, on_abort);
    sim_vfs_register();
    sim_fleet_open();
    sim_audit_open();
    sim_statements_prepare();
    sim_mutants_check();
    return options.mutants ? let_mutants_loose() : options.shrinks ? shrink() : run_seeds();
}
