/* options.c: see options.h. To add an option: a row in `rows`, and a reader for its value. */
#include "options.h"

#include <argp.h>
#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pool.h"
#include "tone.h"

#define DEFAULT_LISTEN "127.0.0.1:8890"
#define DEFAULT_TONE_MS_PER_CHAR 60
#define TONE_MS_PER_CHAR_MAX 1000
#define DEFAULT_RETRY_AFTER_S 1
#define RETRY_AFTER_S_MAX 86400
#define HOST_BYTES 256

static const char *const engine_names[] = {[ENGINE_ESPEAK] = "espeak", [ENGINE_TONE] = "tone"};

const char *options_engine_name(enum options_engine engine) {
    return engine_names[engine];
}

static _Noreturn void usage(const char *fmt, ...) PRINTF_LIKE(1, 2);

static _Noreturn void usage(const char *fmt, ...) {
    char line[ERR_MSG_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    fprintf(stderr, "ttsq-say: %s (see ttsq-say --help)\n", line);
    exit(err_exit_code(ERR_USAGE));
}

static uint64_t whole(const char *option, const char *value, uint64_t least, uint64_t most) {
    char *end;
    errno = 0;
    unsigned long long n = strtoull(value, &end, 10);
    if (errno || end == value || *end || *value == '-' || n < least || n > most)
        usage("%s must be a whole number of %llu to %llu, not \"%s\"", option,
              (unsigned long long)least, (unsigned long long)most, value);
    return n;
}

static double number(const char *option, const char *value, double most) {
    char *end;
    double n = strtod(value, &end);
    if (end == value || *end || !(n >= 0 && n <= most))
        usage("%s must be a number of 0 to %.0f, not \"%s\"", option, most, value);
    return n;
}

static void read_cap(struct options *o, const char *value) {
    o->settings.cap = whole("--cap", value, 0, CONTROL_CAP_MAX);
}

static void read_latency(struct options *o, const char *value) {
    o->settings.latency_ms = number("--latency-ms", value, CONTROL_LATENCY_MS_MAX);
}

static void read_jitter(struct options *o, const char *value) {
    o->settings.latency_jitter_ms = number("--latency-jitter-ms", value, CONTROL_LATENCY_MS_MAX);
}

static void read_seed(struct options *o, const char *value) {
    o->settings.faults.seed = whole("--seed", value, 0, INT64_MAX);
}

static void read_fault_first(struct options *o, const char *value) {
    o->settings.faults.last_req = whole("--fault-first", value, 0, INT64_MAX);
}

static void read_fault(struct options *o, const char *value) {
    const char *equals = strchr(value, '=');
    if (!equals)
        usage("--fault must be KIND=PERCENT, not \"%s\"", value);
    char kind[32];
    snprintf(kind, sizeof kind, "%.*s", (int)(equals - value), value);
    struct err e;
    if (!faults_set(&o->settings.faults, kind, number("--fault", equals + 1, 100), &e))
        usage("--fault: %s", e.msg);
}

static void read_engine(struct options *o, const char *value) {
    for (int i = 0; i < 2; i++)
        if (!strcmp(engine_names[i], value)) {
            o->engine = (enum options_engine)i;
            return;
        }
    usage("--engine must be espeak or tone, not \"%s\"", value);
}

static void read_answer_bytes(struct options *o, const char *value) {
    o->answer_bytes = whole("--answer-bytes", value, TONE_FIXED_BYTES_MIN, TONE_FIXED_BYTES_MAX);
    if (o->answer_bytes % 2)
        usage("--answer-bytes must be even, not %s", value);
}

static void read_tone_ms(struct options *o, const char *value) {
    o->tone_ms_per_char = (unsigned)whole("--tone-ms-per-char", value, 1, TONE_MS_PER_CHAR_MAX);
}

static void read_threads(struct options *o, const char *value) {
    o->threads = (unsigned)whole("--threads", value, 1, POOL_THREADS_MAX);
}

static void read_retry_after(struct options *o, const char *value) {
    o->retry_after_s = number("--retry-after", value, RETRY_AFTER_S_MAX);
}

static void read_ready_fd(struct options *o, const char *value) {
    o->ready_fd = (int)whole("--ready-fd", value, 0, INT32_MAX);
}

static void read_parent_fd(struct options *o, const char *value) {
    o->parent_fd = (int)whole("--parent-fd", value, 0, INT32_MAX);
}

static void read_listen(struct options *o, const char *value) {
    o->listen_text = value;
}

static void read_port(struct options *o, const char *value) {
    (void)snprintf(o->here, sizeof o->here, "127.0.0.1:%u",
                   (unsigned)whole("--port", value, 0, UINT16_MAX));
    o->listen_text = o->here;
}

static void read_port_file(struct options *o, const char *value) {
    o->port_file = value;
}

static void read_espeak(struct options *o, const char *value) {
    o->espeak = value;
}

static void read_shape(struct options *o, const char *value) {
    if (o->shape_count == SHAPES_MAX)
        usage("--shape: more than %d", SHAPES_MAX);
    o->shapes[o->shape_count++] = value;
}

static void read_ledger(struct options *o, const char *value) {
    o->ledger = value;
}

static void read_ledger_sync(struct options *o, const char *value) {
    (void)value;
    o->ledger_sync = true;
}

static void read_ledger_text(struct options *o, const char *value) {
    (void)value;
    o->ledger_text = true;
}

static void read_control(struct options *o, const char *value) {
    (void)value;
    o->control = true;
}

static void read_allow_remote(struct options *o, const char *value) {
    (void)value;
    o->allow_remote = true;
}

static void read_allow_forced(struct options *o, const char *value) {
    (void)value;
    o->allow_forced_faults = true;
}

static const struct row {
    const char *name, *value, *help;
    void (*read)(struct options *o, const char *value); /* NULL: a heading */
} rows[] = {
    {NULL, NULL, "Listening", NULL},
    {"listen", "HOST:PORT", "where to listen (127.0.0.1:8890); port 0 takes a free one",
     read_listen},
    {"port", "PORT", "the same as --listen 127.0.0.1:PORT", read_port},
    {"allow-remote", NULL, "allow an address that other machines can reach", read_allow_remote},
    {"port-file", "FILE", "write PORT and a newline there once listening", read_port_file},
    {"ready-fd", "N", "write the same to this descriptor and close it", read_ready_fd},
    {"parent-fd", "N", "end when this descriptor reaches its end", read_parent_fd},
    {NULL, NULL, "Speech", NULL},
    {"engine", "NAME", "espeak (default) speaks; tone answers at once, for tests", read_engine},
    {"espeak", "PROGRAM", "the espeak-ng program (espeak-ng, from PATH)", read_espeak},
    {"threads", "N", "how many texts to speak at a time (one per processor)", read_threads},
    {"tone-ms-per-char", "N", "length of a tone (60)", read_tone_ms},
    {"answer-bytes", "N", "every wav and pcm answer of the tone engine has N bytes",
     read_answer_bytes},
    {NULL, NULL, "Behaviour of a provider", NULL},
    {"cap", "N", "refuse with 429 when N requests are in flight; 0 = never (0)", read_cap},
    {"retry-after", "SECONDS", "what a 429 or 503 says, may be a fraction (1)", read_retry_after},
    {"shape", "FILE", "also play the vendor of NAME.json, below /NAME; repeatable", read_shape},
    {"latency-ms", "L", "time from acceptance to the answer, may be a fraction (0)", read_latency},
    {"latency-jitter-ms", "J", "make it uniform in L-J to L+J (0)", read_jitter},
    {NULL, NULL, "Faults", NULL},
    {"fault", "KIND=PERCENT", "a share of requests that goes wrong; repeatable", read_fault},
    {"seed", "N", "seed of faults and jitter (0)", read_seed},
    {"fault-first", "N", "only the first N requests may go wrong; 0 = all (0)", read_fault_first},
    {"allow-forced-faults", NULL, "let a request choose its own by X-Say-Fault: KIND",
     read_allow_forced},
    {"control", NULL, "let POST /control change cap, latency, faults, down", read_control},
    {NULL, NULL, "Books", NULL},
    {"ledger", "FILE", "append each event as a line of JSON", read_ledger},
    {"ledger-sync", NULL, "write and fsync each event by itself", read_ledger_sync},
    {"ledger-text", NULL, "put the texts into the ledger too", read_ledger_text},
    {NULL, NULL, "Help", NULL},
};
#define ROWS (sizeof rows / sizeof *rows)
#define FIRST_KEY 1000 /* above every character: long options only */

static error_t read_option(int key, char *arg, struct argp_state *state) {
    if (key == ARGP_KEY_ARG)
        usage("unexpected argument \"%s\"", arg);
    size_t row = (size_t)key - FIRST_KEY;
    if (key < FIRST_KEY || row >= ROWS)
        return ARGP_ERR_UNKNOWN;
    rows[row].read(state->input, arg);
    return 0;
}

static bool is_loopback(const struct sockaddr_storage *a) {
    const void *at = a;
    if (a->ss_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)at)->sin6_addr);
    uint32_t address = ntohl(((const struct sockaddr_in *)at)->sin_addr.s_addr);
    return address >> 24 == IN_LOOPBACKNET;
}

/* HOST:PORT or [HOST]:PORT into an address. */
static void resolve_listen(struct options *o) {
    const char *text = o->listen_text, *colon = strrchr(text, ':');
    char host[HOST_BYTES];
    if (!colon || (size_t)(colon - text) >= sizeof host || colon == text)
        usage("--listen must be HOST:PORT, not \"%s\"", text);
    whole("the port of --listen", colon + 1, 0, UINT16_MAX);
    bool brackets = *text == '[' && colon[-1] == ']';
    snprintf(host, sizeof host, "%.*s", (int)(colon - text) - 2 * brackets, text + brackets);
    struct addrinfo wanted = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found = NULL;
    int rc = getaddrinfo(host, colon + 1, &wanted, &found);
    if (rc || !found)
        usage("--listen: %s: %s", host, gai_strerror(rc));
    memcpy(&o->listen, found->ai_addr, found->ai_addrlen);
    o->listen_bytes = found->ai_addrlen;
    freeaddrinfo(found);
    if (!o->allow_remote && !is_loopback(&o->listen))
        usage("--listen %s could be reached by other machines; say --allow-remote to mean it",
              text);
}

static void set_defaults(struct options *o) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    *o = (struct options){
        .listen_text = DEFAULT_LISTEN,
        .ready_fd = -1,
        .parent_fd = -1,
        .espeak = "espeak-ng",
        .tone_ms_per_char = DEFAULT_TONE_MS_PER_CHAR,
        .threads = cores < 1                  ? 1
                   : cores > POOL_THREADS_MAX ? POOL_THREADS_MAX
                                              : (unsigned)cores,
        .retry_after_s = DEFAULT_RETRY_AFTER_S,
    };
}

static const char doc[] =
    "A speech endpoint for this machine, compatible with OpenAI's /v1/audio/speech. It speaks by "
    "espeak-ng, or plays a difficult provider for tests and keeps the books.\v"
    "Examples:\n"
    "  ttsq-say\n"
    "        speak at http://127.0.0.1:8890/v1\n"
    "  curl -s http://127.0.0.1:8890/v1/audio/speech -o hello.mp3 \\\n"
    "        -d '{\"model\":\"tts-1\",\"voice\":\"alloy\",\"input\":\"Hello\"}'\n"
    "  ttsq-say --engine tone --cap 20 --latency-ms 50 --ledger say.jsonl\n"
    "        a provider with a cap of 20 that takes 50 ms\n"
    "  ttsq-say --engine tone --fault cut=2 --fault hang=0.5 --seed 7\n"
    "        one that cuts 2 % of its answers and never gives 0.5 %\n\n"
    "Kinds of faults: refuse limit error empty html html-as-audio cut cut-chunked cut-close "
    "silent-close reset hang stall huge wav-unsized redirect.";

const char *argp_program_version = "ttsq-say " TTSQ_VERSION;

void options_read(int argc, char **argv, struct options *out) {
    struct argp_option table[ROWS + 1] = {0};
    for (size_t i = 0; i < ROWS; i++)
        table[i] = rows[i].read ? (struct argp_option){.name = rows[i].name,
                                                       .key = FIRST_KEY + (int)i,
                                                       .arg = rows[i].value,
                                                       .doc = rows[i].help}
                                : (struct argp_option){.doc = rows[i].help};
    struct argp parser = {.options = table, .parser = read_option, .doc = doc};
    argp_err_exit_status = err_exit_code(ERR_USAGE);
    set_defaults(out);
    argp_parse(&parser, argc, argv, 0, NULL, out);
    if (out->engine == ENGINE_ESPEAK && out->answer_bytes)
        usage("--answer-bytes needs --engine tone");
    resolve_listen(out);
}
