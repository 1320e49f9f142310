/* history.c: see sim.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/log.h"
#include "base/random.h"
#include "sim.h"

#define WALL_BEGIN_MS INT64_C(1795046380000) /* 2026-11-18, 20 s before midnight (UTC) */
#define BOOT_BEGIN_US INT64_C(60000000)
#define BOOT_AGAIN_US INT64_C(20000000)

struct event {
    int64_t at_us;
    uint64_t order; /* of two at the same time: who was said first */
    sim_event *fire;
    void *arg;
    int64_t number;
    int process;
    unsigned life;
};

struct sim_plan sim_plan;
struct sim_report sim_report;
int64_t sim_now_us;
bool sim_healed;

static struct event *heap;
static size_t heap_count, heap_room;
static uint64_t order, random_state, random_trunk;
static int64_t boot_offset_us, wall_offset_ms, boot_number;

static struct block { struct block *next; } * blocks;

void *sim_alloc(size_t bytes) {
    struct block *b = ensure_alloc(sizeof *b + 16 + bytes);
    b->next = blocks;
    blocks = b;
    return memset((char *)b + 16, 0, bytes);
}

/* ---- random numbers: splitmix64, S. Vigna ---------------------------------------------------- */

uint64_t sim_random(void) {
    uint64_t z = (random_state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t seeded(uint64_t seed) {
    return seed * UINT64_C(0x2545f4914f6cdd1d) + 1;
}

void sim_random_branch(uint64_t number) {
    random_trunk = random_state;
    random_state = seeded(sim_plan.seed) ^ seeded(number);
    random_state = sim_random();
}

void sim_random_return(void) {
    random_state = random_trunk;
}

int64_t sim_between(int64_t least, int64_t most) {
    return least + (int64_t)(sim_random() % (uint64_t)(most - least + 1));
}

bool sim_chance(double p) {
    return (double)(sim_random() >> 11) / 9007199254740992.0 < p;
}

uint64_t random_u64(void) {
    return sim_random();
}

int64_t random_id(void) {
    int64_t id = (int64_t)(random_u64() >> 2);
    return id ? id : 1;
}

/* ---- the clocks -------------------------------------------------------------------------------*/

int64_t clock_wall_ms(void) {
    return WALL_BEGIN_MS + wall_offset_ms + sim_now_us / US_PER_MS;
}

int64_t clock_boot_us(void) {
    return sim_now_us + boot_offset_us;
}

int64_t clock_boot_ms(void) {
    return clock_boot_us() / US_PER_MS;
}

bool clock_boot_id(char out[CLOCK_BOOT_ID_BYTES], struct err *e) {
    (void)e;
    (void)snprintf(out, CLOCK_BOOT_ID_BYTES, "%032llx", (unsigned long long)boot_number);
    return true;
}

const char *clock_rfc3339(int64_t wall_ms, char out[CLOCK_RFC3339_BYTES]) {
    (void)snprintf(out, CLOCK_RFC3339_BYTES, "%lld", (long long)wall_ms);
    return out;
}

void sim_clock_boot(void) {
    boot_number++;
    boot_offset_us = BOOT_AGAIN_US - sim_now_us;
}

void sim_clock_wall_jump(int64_t ms) {
    wall_offset_ms += ms;
}

int64_t sim_boot_id(void) {
    return boot_number;
}

/* ---- events -----------------------------------------------------------------------------------*/

static bool is_before(const struct event *a, const struct event *b) {
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void heap_push(const struct event *event) {
    if (heap_count == heap_room) {
        heap_room = heap_room ? 2 * heap_room : 1024;
        heap = ensure_realloc(heap, heap_room * sizeof *heap);
    }
    size_t i = heap_count++;
    for (; i > 0 && is_before(event, &heap[(i - 1) / 2]); i = (i - 1) / 2)
        heap[i] = heap[(i - 1) / 2];
    heap[i] = *event;
}

static struct event heap_pop(void) {
    struct event first = heap[0], last = heap[--heap_count];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= heap_count)
            break;
        if (child + 1 < heap_count && is_before(&heap[child + 1], &heap[child]))
            child++;
        if (!is_before(&heap[child], &last))
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return first;
}

void sim_after(int process, int64_t in_us, sim_event *fire, void *arg, int64_t number) {
    struct event event = {.at_us = sim_now_us + (in_us > 0 ? in_us : 0),
                          .order = order++,
                          .fire = fire,
                          .arg = arg,
                          .number = number,
                          .process = process,
                          .life = sim_life(process)};
    heap_push(&event);
}

bool sim_step(void) {
    int64_t until_us;
    while (heap_count > 0) {
        struct event event = heap_pop();
        if (event.process != SIM_WORLD && event.life != sim_life(event.process))
            continue;
        sim_now_us = event.at_us;
        if (event.process != SIM_WORLD && sim_is_frozen(event.process, &until_us)) {
            event.at_us = until_us;
            event.order = order++;
            heap_push(&event);
            continue;
        }
        sim_report.steps++;
        event.fire(event.arg, event.number);
        return true;
    }
    return false;
}

void sim_history_reset(uint64_t seed) {
    while (blocks) {
        struct block *b = blocks;
        blocks = b->next;
        free(b);
    }
    heap_count = 0;
    order = 0;
    random_state = seeded(seed);
    sim_now_us = 0;
    sim_healed = false;
    boot_offset_us = BOOT_BEGIN_US;
    wall_offset_ms = 0;
    sim_report = (struct sim_report){0};
}

/* ---- words ------------------------------------------------------------------------------------*/

static void stamp(FILE *to) {
    (void)fprintf(to, "%10.3f ms  ", (double)sim_now_us / 1000.0);
}

void sim_say(const char *format, ...) {
    va_list args;
    if (!sim_plan.trace)
        return;
    stamp(stdout);
    va_start(args, format);
    (void)vprintf(format, args);
    va_end(args);
    (void)putchar('\n');
}

void log_open(const char *role, enum log_level most) {
    (void)role, (void)most;
}

void log_event(enum log_level level, const char *event, const char *format, ...) {
    va_list args;
    if (!sim_plan.trace || (level == LOG_DEBUG && strcmp(event, "call") != 0))
        return;
    stamp(stdout);
    (void)printf("  %s ", event);
    va_start(args, format);
    (void)vprintf(format, args);
    va_end(args);
    (void)putchar('\n');
}

void log_failure(enum log_level level, const char *event, const struct err *e) {
    log_event(level, event, "why=\"%s\"", e->msg);
}

void log_failure_with(enum log_level level, const char *event, const struct err *e,
                      const char *format, ...) {
    (void)format;
    log_failure(level, event, e);
}

const char *log_quote(const char *value, char *out, unsigned long out_bytes) {
    (void)snprintf(out, out_bytes, "\"%s\"", value);
    return out;
}
