/*
 * test_config: files and variables in their order, and what comes of them; `check --origin`.
 */
#include "tests/lib/config_rig.h"

#include "base/buf.h"
#include "base/log.h"
#include "provider/request.h"

static void works_without_any_file(void **state) {
    (void)state;
    struct config *c = load();
    assert_string_equal(c->profile, "say");
    assert_string_equal(c->database, at_root("home/.local/state/ttsq/queue.db"));
    assert_string_equal(c->results, at_root("home/.local/state/ttsq/results"));
    assert_string_equal(c->runtime, at_root("home/.local/state/ttsq/run"));
    assert_string_equal(c->fleet, at_root("home/.local/state/ttsq/queue.db.run"));
    assert_null(c->files[0]);
    assert_int_equal(c->workers, 4);
    assert_int_equal(c->calls_max, 256);
    assert_int_equal(c->row_bytes_max, 65536);
    assert_int_equal(c->segment_bytes_min, 65536);
    assert_int_equal(c->drain_ms, 150000);
    assert_int_equal(c->log_level, LOG_INFO);
    assert_int_equal(c->profile_count, 1);
    const struct profile *p = config_profile(c, "say");
    assert_non_null(p);
    assert_null(config_profile(c, "openai-compat"));
    assert_string_equal(p->account, "say");
    assert_string_equal(p->method, "POST");
    assert_int_equal(p->header_count, 0);
    assert_int_equal(p->timeout_connect_ms, 10000);
    assert_int_equal(p->timeout_first_byte_ms, 120000);
    assert_int_equal(p->timeout_stall_ms, 60000);
    assert_int_equal(p->timeout_total_ms, 120000);
    assert_int_equal(p->response_bytes_max, 64 << 20);
    assert_int_equal(p->retry_max, 5);
    assert_int_equal(p->retry_base_ms, 1000);
    assert_int_equal(p->retry_cap_ms, 60000);
    assert_int_equal(p->retry_uncertain_max, 2);
    assert_int_equal(p->retry_after_max_ms, 600000);
    assert_int_equal(p->audio_min_ms_per_char, 8);
    assert_int_equal(p->text_max.max, 4096);
    assert_int_equal(p->text_max.unit, MEASURE_CODEPOINTS);
    const struct config_account *a = config_account(c, "say");
    assert_non_null(a);
    assert_int_equal(a->cap, 4);
    assert_int_equal(a->rate_interval_us, 0);
    assert_int_equal(a->linger_ms, 10000);
    assert_false(a->hold_uncertain);
    struct err e;
    assert_true(config_secrets_check(c, &e));
    config_free(c);
}

static void xdg_folders(void **state) {
    (void)state;
    (void)setenv("XDG_STATE_HOME", "/s", 1);
    (void)setenv("XDG_RUNTIME_DIR", "/r", 1);
    struct config *c = load();
    assert_string_equal(c->database, "/s/ttsq/queue.db");
    assert_string_equal(c->runtime, "/r/ttsq");
    config_free(c);
    (void)setenv("XDG_STATE_HOME", "relative", 1);
    c = load();
    assert_string_equal(c->results, at_root("home/.local/state/ttsq/results"));
    config_free(c);
}

#define FIXED_NAMES                                                                                \
    "[ttsq]\n"                                                                                     \
    "database = queue.db            ; relative paths: from the file's own folder\n"                \
    "results = results\n"                                                                          \
    "runtime = run\n"                                                                              \
    "workers = 3                    ; call worker processes (N)\n"                                 \
    "[account:main]\n"                                                                             \
    "concurrency = 20               ; the cap\n"                                                   \
    "rate = 600/min                 ; requests\n"                                                  \
    "uncertain = hold               ; retry | hold\n"                                              \
    "linger_ms = 5000\n"                                                                           \
    "[profile:main]                 ; keys as in\n"                                                \
    "account = main\n"                                                                             \
    "inherit = openai-compat\n"                                                                    \
    "base_url = http://127.0.0.1:8880/v1\n"                                                        \
    "model = tts-1\n"                                                                              \
    "voice = alloy\n"                                                                              \
    "format = wav\n"                                                                               \
    "timeout.total_ms = 100000\n"                                                                  \
    "retry.max = 7\n"                                                                              \
    "audio.min_ms_per_char = 9      ; 0 turns the check off\n"

static void the_fixed_names(void **state) {
    (void)state;
    struct config *c = load_text(FIXED_NAMES);
    assert_string_equal(c->database, at_root("queue.db"));
    assert_string_equal(c->results, at_root("results"));
    assert_string_equal(c->runtime, at_root("run"));
    assert_string_equal(c->fleet, at_root("queue.db.run"));
    assert_int_equal(c->workers, 3);
    assert_string_equal(c->files[0], at_root("one.ini"));
    assert_null(c->files[1]);
    const struct config_account *a = config_account(c, "main");
    assert_int_equal(a->cap, 20);
    assert_int_equal(a->rate_interval_us, 100000);
    assert_int_equal(a->rate_burst, 1);
    assert_true(a->hold_uncertain);
    assert_int_equal(a->linger_ms, 5000);
    const struct profile *p = config_profile(c, "main");
    assert_string_equal(p->account, "main");
    assert_int_equal(p->timeout_total_ms, 100000);
    assert_int_equal(p->retry_max, 7);
    assert_int_equal(p->audio_min_ms_per_char, 9);
    assert_true(p->loopback);
    struct err e;
    assert_true(config_secrets_check(c, &e)); /* no key is needed for this machine */
    struct request r;
    struct request_input in = {.text = "hi"};
    request_init(&r);
    assert_true(request_render(&r, p, &in, &e));
    assert_string_equal(buf_str(&r.url), "http://127.0.0.1:8880/v1/audio/speech");
    assert_string_equal(r.headers.data, "Content-Type: application/json");
    request_release(&r);
    config_free(c);
}

static void sources_in_order(void **state) {
    (void)state;
    write_file("system/ttsq.ini", "[ttsq]\nworkers = 1\nresults = res\ncalls_max = 11\n");
    write_file("system/conf.d/10.ini", "[ttsq]\nworkers = 2\ndrain_ms = 2000\n");
    write_file("system/conf.d/20.ini", "[ttsq]\nworkers = 3\n[account:say]\nconcurrency = 30\n");
    write_file("system/conf.d/30.ini.off", "[ttsq]\nnonsense\n");
    write_file("system/providers.d/a.ini", "[ttsq]\nworkers = 4\n");
    write_file("xdg/ttsq/ttsq.ini", "[ttsq]\nworkers = 5\ndrain_ms = 3000\n");
    (void)setenv("XDG_CONFIG_HOME", at_root("xdg"), 1);
    struct config *c = load();
    assert_int_equal(c->workers, 5);
    config_free(c);
    write_file("cwd/ttsq.ini", "[ttsq]\nworkers = 6\ndatabase = here.db\n");
    c = load();
    assert_int_equal(c->workers, 6);
    assert_int_equal(c->drain_ms, 3000);
    assert_int_equal(c->calls_max, 11);
    assert_string_equal(c->results, at_root("system/res"));
    assert_string_equal(c->database, at_root("cwd/here.db"));
    assert_false(c->is_of_machine);
    assert_int_equal(config_account(c, "say")->cap, 30);
    static const char *const files[] = {"system/ttsq.ini",      "system/conf.d/10.ini",
                                        "system/conf.d/20.ini", "system/providers.d/a.ini",
                                        "xdg/ttsq/ttsq.ini",    "cwd/ttsq.ini"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_string_equal(c->files[i], at_root(files[i]));
    assert_null(c->files[6]);
    config_free(c);
    (void)setenv("TTSQ_WORKERS", "7", 1);
    (void)setenv("TTSQ_DATABASE", "env.db", 1);
    (void)setenv("TTSQ_RESULTS", "/abs", 1);
    (void)setenv("TTSQ_RUNTIME", "run", 1);
    (void)setenv("TTSQ_PROFILE", "say", 1);
    c = load();
    assert_int_equal(c->workers, 7);
    assert_string_equal(c->database, at_root("cwd/env.db"));
    assert_string_equal(c->results, "/abs");
    assert_string_equal(c->runtime, at_root("cwd/run"));
    config_free(c);
    (void)setenv("TTSQ_WORKERS", "many", 1);
    expect_load_error("TTSQ_WORKERS: ", "many is not a whole number from 1 to 64");
    (void)unsetenv("TTSQ_WORKERS");
    (void)setenv("TTSQ_PROFILE", "sai", 1);
    expect_load_error("TTSQ_PROFILE: ", "there is no profile sai; did you mean say?");
    (void)unsetenv("TTSQ_PROFILE");
    write_file("only.ini", "[ttsq]\ncalls_max = 12\n");
    write_file("system/queue.ini", "[ttsq]\ndatabase = queue.db\n");
    (void)unsetenv("TTSQ_DATABASE");
    (void)setenv("TTSQ_CONFIG", at_root("system/queue.ini"), 1);
    c = load();
    assert_true(c->is_of_machine);
    config_free(c);
    (void)setenv("TTSQ_CONFIG", "../only.ini", 1);
    c = load();
    assert_int_equal(c->workers, 4);
    assert_int_equal(c->calls_max, 12);
    config_free(c);
    (void)setenv("TTSQ_CONFIG", "nowhere.ini", 1);
    expect_load_error("TTSQ_CONFIG: ", "nowhere.ini");
}

static void accounts_take_the_strictest_suggestion(void **state) {
    (void)state;
    struct config *c = load_text("[account:a]\nlinger_ms = 7\n"
                                 "[profile:x]\naccount = a\nurl = http://localhost/${url:text}\n"
                                 "method = GET\nlimit.concurrency = 9\nlimit.rate = 10/s\n"
                                 "limit.linger_ms = 99\n"
                                 "[profile:y]\ninherit = x\nlimit.concurrency = 3\n"
                                 "limit.rate = 20/s\n"
                                 "[profile:z]\ninherit = x\naccount = z\n");
    assert_int_equal(config_account(c, "a")->cap, 3);
    assert_int_equal(config_account(c, "a")->rate_interval_us, 100000);
    assert_int_equal(config_account(c, "a")->linger_ms, 7);
    assert_int_equal(config_account(c, "z")->cap, 9);
    assert_int_equal(config_account(c, "z")->linger_ms, 99);
    config_free(c);
}

static void rates_round_towards_slow(void **state) {
    (void)state;
    static const struct {
        const char *rate;
        int64_t interval_us;
    } rows[] = {{"10/s", 100000},
                {"600/min", 100000},
                {"7/s", 142858},
                {"1/h", INT64_C(3600000000)},
                {"5000/h", 720000}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[128];
        (void)snprintf(text, sizeof text, "[account:a]\nrate = %s\nrate_burst = 3\n", rows[i].rate);
        struct config *c = load_text(text);
        assert_int_equal(config_account(c, "a")->rate_interval_us, rows[i].interval_us);
        assert_int_equal(config_account(c, "a")->rate_burst, 3);
        config_free(c);
    }
}

static void prints_where_values_come_from(void **state) {
    (void)state;
    (void)setenv("TTSQ_WORKERS", "9", 1);
    struct config *c = load_text("[ttsq]\nresults = r\n"
                                 "[profile:x]\n"
                                 "inherit = openai-compat\n"
                                 "base_url = http://localhost\n"
                                 "model = \xe2\x80\xaeoops\n"
                                 "header = Authorization: Bearer sk-inline\n");
    struct buf out;
    struct err e;
    buf_init(&out, TEXT_BYTES_MAX);
    assert_true(config_print_origin(c, &out, &e));
    const char *s = buf_str(&out);
    assert_non_null(strstr(s, "workers = 9    ; from TTSQ_WORKERS\n"));
    char line[2 * PATH_BYTES];
    (void)snprintf(line, sizeof line, "results = r    ; from %s:2\n", at_root("one.ini"));
    assert_non_null(strstr(s, line));
    assert_non_null(strstr(s, "calls_max = 256    ; default\n"));
    assert_non_null(strstr(s, "[account:x]\nconcurrency = 4    ; default\n"));
    assert_non_null(
        strstr(s, "url = ${base_url}/audio/speech    ; from built-in openai-compat.ini:"));
    assert_null(strstr(s, "sk-inline"));
    assert_non_null(strstr(s, "header = Authorization: (hidden)"));
    assert_null(strstr(s, "\xe2\x80\xae"));
    buf_release(&out);
    config_free(c);
}

/* As people write them, and as `ttsq check` prints them. */
static void sizes_in_any_unit(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t bytes;
    } rows[] = {{"5000", 5000},     {"5000 B", 5000},  {"3K", 3 << 10},
                {"3 kib", 3 << 10}, {"64M", 64 << 20}, {"2 MiB", 2 << 20},
                {"2MiB", 2 << 20},  {"1g", 1 << 30},   {"1 GiB", 1 << 30}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "[ttsq]\nspace_min = %s\n", rows[i].text);
        struct config *c = load_text(text);
        assert_int_equal(c->space_min_bytes, rows[i].bytes);
        config_free(c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CONFIG_TEST(works_without_any_file),
        CONFIG_TEST(xdg_folders),
        CONFIG_TEST(the_fixed_names),
        CONFIG_TEST(sources_in_order),
        CONFIG_TEST(accounts_take_the_strictest_suggestion),
        CONFIG_TEST(rates_round_towards_slow),
        CONFIG_TEST(sizes_in_any_unit),
        CONFIG_TEST(prints_where_values_come_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
