/*
 * test_config: sources and their order, inheritance, every error with its file and line, and that
 * etc/ttsq.ini and the tables of keys say the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/ini.h"
#include "base/log.h"
#include "config/config.h"
#include "config/keys.h"
#include "config/load.h"
#include "provider/request.h"
#include "provider/template.h"

#define PATH_BYTES 512
#define TEXT_BYTES_MAX (256 * 1024)

static char root[PATH_BYTES]; /* a folder of our own; the process stands in root/cwd */
static char system_folder[PATH_BYTES + 16];

static const char *const variables[] = {
    "TTSQ_CONFIG",     "TTSQ_DATABASE",         "TTSQ_RESULTS",    "TTSQ_RUNTIME",
    "TTSQ_WORKERS",    "TTSQ_PROFILE",          "XDG_CONFIG_HOME", "XDG_STATE_HOME",
    "XDG_RUNTIME_DIR", "CREDENTIALS_DIRECTORY", "OPENAI_API_KEY",  "TEST_KEY"};

static int make_folders(void) {
    static const char *const names[] = {
        "cwd", "home", "system", "system/conf.d", "system/providers.d", "xdg", "xdg/ttsq"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[PATH_BYTES + 32];
        (void)snprintf(path, sizeof path, "%s/%s", root, names[i]);
        if (mkdir(path, 0700) != 0)
            return -1;
    }
    return 0;
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *walk) {
    (void)st;
    (void)kind;
    (void)walk;
    return remove(path);
}

static int setup(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        (void)unsetenv(variables[i]);
    (void)snprintf(root, sizeof root, "/tmp/ttsq-config-XXXXXX");
    if (!mkdtemp(root) || make_folders() != 0)
        return -1;
    (void)snprintf(system_folder, sizeof system_folder, "%s/system", root);
    char path[PATH_BYTES + 16];
    (void)snprintf(path, sizeof path, "%s/home", root);
    (void)setenv("HOME", path, 1);
    (void)snprintf(path, sizeof path, "%s/cwd", root);
    return chdir(path);
}

static int teardown(void **state) {
    (void)state;
    if (chdir("/") != 0)
        return -1;
    return nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* "%s" of the path below root */
static const char *at_root(const char *name) {
    static char paths[4][2 * PATH_BYTES];
    static size_t turn;
    char *path = paths[turn++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s", root, name);
    return path;
}

static void write_file(const char *name, const char *text) {
    int fd = open(at_root(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

static struct config *load(void) {
    struct config *c;
    struct err e;
    if (!load_config(system_folder, &c, &e))
        fail_msg("%s", e.msg);
    return c;
}

static struct config *load_text(const char *text) {
    write_file("one.ini", text);
    (void)setenv("TTSQ_CONFIG", at_root("one.ini"), 1);
    return load();
}

static void expect_load_error(const char *where, const char *message) {
    struct config *c = NULL;
    struct err e = {0};
    if (load_config(system_folder, &c, &e))
        fail_msg("loaded, but expected %s %s", where, message);
    assert_null(c);
    assert_int_equal(e.code, ERR_CONFIG);
    if (!strstr(e.msg, where) || !strstr(e.msg, message))
        fail_msg("expected %s … %s, got: %s", where, message, e.msg);
}

/* `line`: where in the file */
static void expect_error(const char *text, int line, const char *message) {
    write_file("one.ini", text);
    (void)setenv("TTSQ_CONFIG", at_root("one.ini"), 1);
    char where[2 * PATH_BYTES];
    (void)snprintf(where, sizeof where, "%s:%d:", at_root("one.ini"), line);
    expect_load_error(where, message);
}

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
    assert_int_equal(p->text_max.unit, TEXT_CODEPOINTS);
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
    (void)setenv("TTSQ_CONFIG", "../only.ini", 1);
    c = load();
    assert_int_equal(c->workers, 4);
    assert_int_equal(c->calls_max, 12);
    config_free(c);
    (void)setenv("TTSQ_CONFIG", "nowhere.ini", 1);
    expect_load_error("TTSQ_CONFIG: ", "nowhere.ini");
}

static void refuses_files_of_others(void **state) {
    (void)state;
    write_file("cwd/ttsq.ini", "[ttsq]\nworkers = 6\n");
    assert_int_equal(chmod(at_root("cwd/ttsq.ini"), 0666), 0);
    expect_load_error(at_root("cwd/ttsq.ini"), "anybody may write");
    assert_int_equal(chmod(at_root("cwd/ttsq.ini"), 0640), 0);
    config_free(load());
}

#define PROFILE "[profile:x]\nurl = http://localhost/\nbody = {\"a\": \"${json:text}\"}\n"

static void errors_by_line(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int line;
        const char *message;
    } rows[] = {
        {"[ttsq]\nworkrs = 1\n", 2, "unknown key workrs in [ttsq]; did you mean workers?"},
        {"[ttsq]\nzebra = 1\n", 2, "unknown key zebra in [ttsq]"},
        {"\n[tstq]\n", 2, "unknown section [tstq]; did you mean [ttsq]?"},
        {"[acount:main]\n", 1, "did you mean [account:NAME]?"},
        {"[elephant]\n", 1, "there are [ttsq], [account:NAME]"},
        {"[account]\n", 1, "[account"},
        {"[ttsq:x]\n", 1, "[ttsq"},
        {"[profile:a b]\n", 1, "a name has letters"},
        {"key = 1\n", 1, "before the first [section]"},
        {"[ttsq]\nworkers = 0\n", 2, "workers: 0 is not a whole number from 1 to 64"},
        {"[ttsq]\nworkers = 65\n", 2, "from 1 to 64"},
        {"[ttsq]\nworkers = 4x\n", 2, "from 1 to 64"},
        {"[ttsq]\nworkers =\n", 2, "from 1 to 64"},
        {"[ttsq]\nworkers = -1\n", 2, "from 1 to 64"},
        {"[ttsq]\nworkers = 1\nworkers = 2\n", 3, "workers is set twice, first in line 2"},
        {"[ttsq]\nworkers = 1\n  calls_max = 3\n", 3, "an indented line goes on with workers"},
        {"[ttsq]\nlog_level = loud\n", 2, "none of error|warning|info|debug"},
        {"[ttsq]\nrow_bytes_max = 64Q\n", 2, "is not a size"},
        {"[ttsq]\nrow_bytes_max = 1G\n", 2, "is not a size"},
        {"[ttsq]\ndatabase =\n", 2, "is empty"},
        {"[ttsq]\nprofile = sya\n", 2, "there is no profile sya; did you mean say?"},
        {"[account:a]\nconcurrency = 0\n", 2, "0 is not a whole number from 1 to 4096"},
        {"[account:a]\nconcurrency = 10000000\n", 2, "from 1 to 4096"},
        {"[account:a]\nrate = 10\n", 2, "is not a rate like"},
        {"[account:a]\nrate = 0/s\n", 2, "is not a rate like"},
        {"[account:a]\nrate = 10/day\n", 2, "is not a rate like"},
        {"[account:a]\nchars_rate = 5 a minute\n", 2, "is not a rate like"},
        {"[account:a]\nbreaker.wait_ms = 0\n", 2, "from 1 to"},
        {"[account:a]\nuncertain = maybe\n", 2, "none of retry|hold"},
        {PROFILE "rule = status:429 -> wiat\n", 4,
         "22: rule: unknown action wiat; did you mean wait?"},
        {PROFILE "rule = status:429\n  json:/a=b -> stopp\n", 5, "16: rule: unknown action stopp"},
        {PROFILE "rule = status:429 -> wait\nrule = status:429 json:/a=1 -> stop\n", 5,
         "rule: this rule never decides: the one in line 4 fits"},
        {PROFILE "rule = status:429 status:500 -> wait\n", 4, "can never hold together"},
        {PROFILE "ok = json:code=3000\n", 4, "11: ok: a pointer begins with /"},
        {PROFILE "ok = json:/code=3000 -> fail\n", 4, "only conditions stand here"},
        {PROFILE "audio = json data base64\n", 4, "14: audio: a pointer begins with /"},
        {PROFILE "audio = josn /data base64\n", 4, "9: audio: josn is none of"},
        {PROFILE "request_id = jsn:/a\n", 4, "14: request_id: "},
        {PROFILE "retry_after = json:/a minutes\n", 4, "23: retry_after: minutes is neither"},
        {PROFILE "cost = json:a\n", 4, "13: cost: a pointer begins with /"},
        {PROFILE "set = /a/b number 1\n", 4, "set /a/b: "},
        {PROFILE "set = a number 1\n", 4, "7: set: a pointer begins with /"},
        {PROFILE "set = / string x\nset = /b nubmer 1\n", 5,
         "10: set: is written /pointer TYPE VALUE"},
        {PROFILE "set = /b number\n", 4, "the value is missing"},
        {PROFILE "set = /b number x\n", 4, "17: set: x is not a number"},
        {PROFILE "set = /b json {\"x\": ${text}}\n", 4, "21: set: inside JSON it is ${json:text}"},
        {PROFILE "set = /b string ${json:text}\n", 4, "17: set: here the value is escaped"},
        {PROFILE "set = /b string ${secret:X}\n", 4, "17: set: a secret goes into a header"},
        {PROFILE "set = /b string ${x\n", 4, "17: set: ${ without }"},
        {PROFILE "set = /b string 1\nset = /b string 2\n", 5, "set twice, first in line 4"},
        {PROFILE "set = /b string ${speed}\nvar.sped = 2\n", 5, "did you mean speed?"},
        {PROFILE "content_type = text/plain\nset = /b string 1\n", 5, "needs a JSON body"},
        {PROFILE "query = a b=c\n", 4, "is written NAME=VALUE"},
        {PROFILE "query = a=${url:voice}\n", 4, "11: query: here the value is escaped"},
        {PROFILE "query = a=1\nquery = a = 2\n", 5, "set twice, first in line 4"},
        {PROFILE "sign = aws:amz:polly\n", 4, "is written aws:amz:REGION:SERVICE"},
        {PROFILE "sign = aws:amz:${region}:polly\n", 4, "16: sign: ${region} has no value"},
        {"[profile:x]\nurl = http://other.example/\nsign = aws:amz:eu:polly\n"
         "body = {\"a\": \"${json:text}\"}\n",
         2, "would send a secret over plain http"},
        {PROFILE "expires = 2027-13-06\n", 4, "is not a date like 2027-01-06"},
        {PROFILE "expires = 2027-02-30\n", 4, "is not a date"},
        {PROFILE "limit.concurrency = 0\n", 4, "limit.concurrency: 0 is not a whole number"},
        {PROFILE "limit.rate = 5\n", 4, "is not a rate like"},
        {PROFILE "limit.cap = 5\n", 4, "unknown key limit.cap"},
        {"[profile:x]\nmethod = GET\nurl = ${raw:text}\nheader = A: ${secret:B}\n", 3,
         "no secret, body, query or signature goes along"},
        {"[account:a]\nbudget = 5.00/day\n", 2, "is not an amount like 5.00 USD/day"},
        {"[account:a]\nbudget = 5.00 USD\n", 2, "is not an amount like 5.00 USD/day"},
        {PROFILE "price = 15 USD/1M words\n", 4, "is not a price like"},
        {PROFILE "price.factor = 0\n", 4, "is not a factor like"},
        {PROFILE "price.failed = maybe\n", 4, "none of free|billed"},
        {PROFILE "price = 1000000000 USD/calls\nprice.factor = 2\n", 5, "more than can be counted"},
        {"[account:x]\nbudget = 5.00 EUR/day\n" PROFILE "price = 1 USD/calls\n", 3,
         "its price is in USD, but account x counts in EUR"},
        {PROFILE "speaking_style = 1\n", 4, "a variable of your own is var.speaking_style"},
        {PROFILE "timeout.totl_ms = 1\n", 4, "did you mean timeout.total_ms?"},
        {PROFILE "timeout.total_ms = 0\n", 4, "from 1 to 86400000"},
        {PROFILE "text.max = 4096 words\n", 4, "is not a length like 4096 codepoints"},
        {PROFILE "method = PUT\n", 4, "PUT is neither POST nor GET"},
        {PROFILE "method = GET\n", 4, "GET sends no body"},
        {PROFILE "retry.cap_ms = 10\n", 4, "retry.cap_ms is smaller"},
        {PROFILE "inherit = nobody\n", 4, "there is no profile nobody"},
        {PROFILE "inherit = opnai-compat\n", 4, "did you mean openai-compat?"},
        {PROFILE "header = NoColon\n", 4, "is written Name: value"},
        {PROFILE "header = Bad Name: x\n", 4, "header Bad Name cannot be set"},
        {PROFILE "header = Host: x\n", 4, "header Host cannot be set"},
        {PROFILE "header = X: \xc3\xa9\n", 4, "only printable ASCII"},
        {PROFILE "header = X: ${json:text}\n", 4, "a job's text never goes into a header"},
        {PROFILE "header = X: ${nobody}\n", 4, "${nobody} has no value"},
        {PROFILE "header = X: ${voice\n", 4, "${ without }"},
        {PROFILE "header = X: a ; b\n", 4, "would begin a comment"},
        {PROFILE "header = X: a\n  b ; c\n", 5, "would begin a comment"},
        {PROFILE "header = X: a\nheader = x: b\n", 5, "header is set twice, first in line 4"},
        {PROFILE "var.a = ${model}\n", 4, "a variable is plain text"},
        {PROFILE "var.a/b = 1\n", 4, "not a new variable"},
        {PROFILE "model = a\nvar.model = b\n", 5, "not a new variable"},
        {"[profile:x]\nbody = ${json:text}\n", 1, "profile x has no url"},
        {"[profile:x]\ninherit = openai-compat\n", 1, "${base_url} has no value"},
        {"[profile:x]\ninherit = openai-compat\nbase_url = http://localhost\n", 1,
         "${model} has no value"},
        {"[profile:x]\nurl = ftp://h/\nbody = {\"a\": \"${json:text}\"}\n", 2, "not a usable URL"},
        {"[profile:x]\nurl = http://u:p@h/\nbody = {\"a\": \"${json:text}\"}\n", 2,
         "not a usable URL"},
        {"[profile:x]\nurl = http://h/a b\nbody = {\"a\": \"${json:text}\"}\n", 2,
         "not a usable URL"},
        {"[profile:x]\nurl = https://${url:voice}.h/\nbody = {\"a\": \"${json:text}\"}\n", 2,
         "the host must not depend"},
        {"[profile:x]\nurl = https://h${url:text}/\n", 2, "the host must not depend"},
        {"[profile:x]\nurl = http://h/${voice}\n", 2, "${voice} comes from jobs"},
        {"[profile:x]\nurl = http://h/${json:text}\n", 2, "in a URL it is ${url:text}"},
        {"[profile:x]\nurl = http://h/?k=${secret:K}&t=${url:text}\n", 2,
         "a secret goes into a header"},
        {"[profile:x]\nurl = http://h/ ; x\n", 2, "would begin a comment"},
        {"[profile:x]\nurl = http://localhost/\nbody = {\"a\": \"b\"}\n", 1, "sends no ${…:text}"},
        {"[profile:x]\nurl = http://localhost/\nbody = {\"a\":\n  \"${text}\"}\n", 4,
         "${text} comes from jobs"},
        {"[profile:x]\nurl = http://localhost/\nbody = {\"a\":\n\n# note\n  \"${json:txt}\"}\n", 6,
         "${txt} has no value"},
        {"[profile:x]\nurl = http://localhost/\nbody = {\"a\":\n  \"${js:text}\"}\n", 4,
         "unknown kind in ${js:text}"},
        {"[profile:x]\nurl = http://localhost/\nbody = {\"a\": \"${json:text}\",\n  \"b\": 1,\n  "
         "}\n",
         5, "the body is not JSON"},
        {"[profile:x]\nurl = http://localhost/\nbody = {\"a\": \"${raw:text}\"}\n", 3,
         "the body is not JSON"},
        {"[profile:x]\nurl = http://localhost/\nbody = {\"a\": \"${xml:text}\"}\n", 3,
         "the body is not JSON"},
        {"[profile:x]\nurl = http://localhost/\nbody = {\"a\": \"${json:text} ; x\"}\n", 3,
         "would begin a comment"},
        {"[profile:x]\nurl = http://localhost/\nbody = {\"a\": \"${secret:K}\"}\n", 3,
         "a secret goes into a header"},
        {"[profile:x]\nurl = http://h.example/\nbody = {\"a\": \"${json:text}\"}\n"
         "header = K: ${secret:TEST_KEY}\n",
         2, "would send a secret over plain http to h.example"},
        {"[profile:x]\ninherit = openai-compat\nbase_url = http://10.0.0.1/v1\nmodel = m\n", 1,
         "would send a secret over plain http to 10.0.0.1"},
        {"[secrets]\nKEY = sk-plain\n", 2, "is written file:PATH"},
        {"[secrets]\nKEY = file:\n", 2, "is written file:PATH"},
        {"[ttsq]\nnonsense\n", 2, "expected KEY = VALUE"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_error(rows[i].text, rows[i].line, rows[i].message);
}

static void a_long_line_says_how_to_go_on(void **state) {
    (void)state;
    char text[1024];
    char value[200];
    memset(value, 'v', sizeof value);
    value[199] = '\0';
    (void)snprintf(text, sizeof text, "[profile:x]\nbody = %s\n", value);
    expect_error(text, 2, "go on in the next line, indented");
    value[100] = '\0';
    (void)snprintf(text, sizeof text,
                   "[profile:x]\nurl = http://localhost/%s\n  %s\nheader = X: %s\n  %s\n"
                   "body = {\"a\":\n  \"${json:text}\"}\n",
                   value, value, value, value);
    struct config *c = load_text(text);
    struct request r;
    struct err e;
    struct request_input in = {.text = "hi"};
    request_init(&r);
    assert_true(request_render(&r, config_profile(c, "x"), &in, &e));
    assert_int_equal(r.url.bytes, strlen("http://localhost/") + 200);
    assert_int_equal(strlen(r.headers.data), strlen("X:  ") + 200);
    assert_string_equal(buf_str(&r.body), "{\"a\":\n\"hi\"}");
    request_release(&r);
    config_free(c);
}

/* ---- the rest of the profile language -------------------------------------------------------- */

static void rules_in_their_order(void **state) {
    (void)state;
    write_file("system/providers.d/a.ini",
               "[profile:base]\nurl = http://localhost/\nbody = {\"a\": \"${json:text}\"}\n"
               "rule = status:401 -> stop\nrule = status:402 -> stop\n"
               "set = /x number 1\nset = /y number 2\n"
               "[profile:child]\ninherit = base\nrule = status:403 -> stop\n"
               "set = /x number 3\n");
    write_file("cwd/ttsq.ini", "[profile:child]\nrule = status:404 -> fail\n"
                               "rule = status:402 -> fail\n");
    struct config *c = load();
    const struct profile *p = config_profile(c, "child");
    static const int statuses[] = {404, 402, 403, 401, 402};
    assert_int_equal(p->rule_count, 5);
    for (size_t i = 0; i < p->rule_count; i++)
        assert_int_equal(p->rules[i].conditions[0].ranges[0].first, statuses[i]);
    assert_int_equal(p->set_count, 2);
    assert_string_equal(p->sets[0].pointer, "/x");
    assert_string_equal(p->sets[0].value->pieces[0].text, "3");
    config_free(c);
}

static void a_vendor_with_everything(void **state) {
    (void)state;
    struct config *c =
        load_text("[profile:x]\n"
                  "url = http://127.0.0.1:1/tts\n"
                  "header = Authorization: Bearer;${secret:TEST_KEY}\n"
                  "body = {\"request\": {\"text\": \"${json:text}\", \"reqid\": \"${uuid}\"}}\n"
                  "set = /audio/speed_ratio number ${speed}\n"
                  "set = /request/silence number ${silence}\n"
                  "set = /request/pieces/- string ${voice}\n"
                  "set = /additions json-text {\"who\": \"${json:voice}\", \"n\": [1, 0.9]}\n"
                  "set = /request/prev string ${prev_text}\n"
                  "query = format=${format}\nquery = q=${quality}\n"
                  "var.speed = 1.5\nvoice = a\"b\nformat = m p3\n"
                  "audio = json-stream /data base64 end=/code=20000000\n"
                  "ok = json:/code=0,20000000\n"
                  "request_id = x-tt-logid\n"
                  "cost = json:/usage/text_words\n"
                  "live.reset = header:x-reset epoch\n"
                  "text.max = 1024 bytes\n"
                  "allow = *.example.org cdn.example.com\n"
                  "audio.rate = 24000\naudio.channels = 1\naudio.max_seconds = 590\n"
                  "expires = 2027-01-06\n"
                  "rule = json:/message~\"quota exceeded for types: concurrency\" -> shrink\n"
                  "rule = json:/code=3005,\n  3030 -> retry\n");
    const struct profile *p = config_profile(c, "x");
    assert_int_equal(p->audio.form, PROFILE_AUDIO_STREAM);
    assert_string_equal(p->audio.end_value, "20000000");
    assert_int_equal(p->audio.rate, 24000);
    assert_int_equal(p->audio.max_s, 590);
    assert_int_equal(p->ok_count, 1);
    assert_int_equal(p->rule_count, 2);
    assert_int_equal(p->rules[1].conditions[0].value_count, 2);
    assert_int_equal(p->wanted.pointers.count, 3);
    assert_int_equal(p->live.reset.sources[0].as, FACT_EPOCH);
    assert_int_equal(p->retry_after.count, 2);
    assert_int_equal(p->text_max.unit, TEXT_BYTES);
    assert_string_equal(p->allow[1], "cdn.example.com");
    assert_true(p->expires_ms == INT64_C(1799193600000));
    struct request r;
    struct request_input in = {.text = "hi", .seq = 3};
    struct err e;
    (void)setenv("TEST_KEY", "k", 1);
    config_free(c);
    c = load();
    p = config_profile(c, "x");
    request_init(&r);
    if (!request_render(&r, p, &in, &e))
        fail_msg("%s", e.msg);
    assert_string_equal(buf_str(&r.url), "http://127.0.0.1:1/tts?format=m%20p3");
    assert_string_equal(r.headers.data, "Authorization: Bearer;k");
    assert_null(strstr(buf_str(&r.body), "silence"));
    assert_null(strstr(buf_str(&r.body), "prev"));
    assert_non_null(strstr(buf_str(&r.body), "\"audio\":{\"speed_ratio\":1.5}"));
    assert_non_null(strstr(buf_str(&r.body),
                           "\"additions\":\"{\\\"who\\\":\\\"a\\\\\\\"b\\\",\\\"n\\\":[1,0.9]}\""));
    request_release(&r);
    config_free(c);
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

static void jobs_may_bring_the_url(void **state) {
    (void)state;
    struct config *c = load_text("[profile:f]\nmethod = GET\nurl = ${raw:text}\naccept = text/\n");
    assert_true(config_profile(c, "f")->fetches);
    assert_false(config_profile(c, "f")->loopback);
    config_free(c);
}

static void signs_with_its_secrets(void **state) {
    (void)state;
    (void)setenv("AWS_ACCESS_KEY_ID", "AKID", 1);
    (void)setenv("AWS_SECRET_ACCESS_KEY", "private", 1);
    (void)unsetenv("AWS_SESSION_TOKEN");
#define SIGNED                                                                                     \
    "[profile:p]\nurl = https://polly.${region}.amazonaws.com/v1/speech\n"                         \
    "var.region = eu-west-1\nsign = aws:amz:${region}:polly\n"                                     \
    "body = {\"Text\": \"${json:text}\"}\n"
    struct config *c = load_text(SIGNED);
    struct request r;
    struct request_input in = {.text = "hi"};
    struct err e;
    request_init(&r);
    assert_true(config_secrets_check(c, &e));
    assert_true(request_render(&r, config_profile(c, "p"), &in, &e));
    assert_string_equal(buf_str(&r.sign), "aws:amz:eu-west-1:polly");
    assert_string_equal(r.user, "AKID");
    assert_string_equal(r.password, "private");
    assert_string_equal(r.headers.data, "Content-Type: application/json");
    config_free(c);
    (void)setenv("AWS_SESSION_TOKEN", "tok", 1);
    c = load();
    request_clear(&r);
    assert_true(request_render(&r, config_profile(c, "p"), &in, &e));
    assert_string_equal(r.headers.data + strlen(r.headers.data) + 1, "X-Amz-Security-Token: tok");
    config_free(c);
    (void)unsetenv("AWS_SECRET_ACCESS_KEY");
    c = load();
    assert_false(config_secrets_check(c, &e));
    assert_non_null(strstr(e.msg, "AWS_SECRET_ACCESS_KEY"));
    request_clear(&r);
    assert_false(request_render(&r, config_profile(c, "p"), &in, &e));
    config_free(c);
    (void)unsetenv("AWS_ACCESS_KEY_ID");
    (void)unsetenv("AWS_SESSION_TOKEN");
}

static void circles(void **state) {
    (void)state;
    expect_error("[profile:a]\ninherit = a\n", 2, "in a circle");
    expect_error("[profile:a]\ninherit = b\n[profile:b]\ninherit = c\n[profile:c]\ninherit = a\n",
                 6, "profiles inherit in a circle: a is its own ancestor");
    struct buf text;
    buf_init(&text, TEXT_BYTES_MAX);
    for (int i = 0; i < 20; i++)
        assert_true(buf_printf(&text, "[profile:p%d]\ninherit = p%d\n", i, i + 1));
    assert_true(buf_add_str(&text, "[profile:p20]\nurl = http://localhost/${url:text}\n"));
    expect_error(buf_str(&text), 32, "more than 16 profiles");
    buf_release(&text);
}

static const char *header_value(const struct request *r, const char *name) {
    for (const char *s = r->headers.data; *s; s += strlen(s) + 1)
        if (strncmp(s, name, strlen(name)) == 0)
            return s + strlen(name) + 2;
    return NULL;
}

static void inherits_and_overrides(void **state) {
    (void)state;
    struct config *c = load_text("[profile:base]\n"
                                 "url = http://localhost/${model}\n"
                                 "body = {\"a\": \"${json:text}\", \"s\": ${speed}}\n"
                                 "var.speed = 1.0\n"
                                 "model = m1\n"
                                 "header = A: a-base\n"
                                 "header = B: b-base\n"
                                 "header = C: c-base\n"
                                 "retry.max = 9\n"
                                 "[profile:child]\n"
                                 "inherit = base\n"
                                 "model = m2\n"
                                 "header = b: b-${speed}\n"
                                 "header.drop = c, Unknown\n"
                                 "var.speed = 1.5\n"
                                 "[profile:grandchild]\n"
                                 "inherit = child\n"
                                 "account = other\n"
                                 "header = C: c-new\n"
                                 "accept = audio/wav  audio/flac\n");
    const struct profile *p = config_profile(c, "grandchild");
    struct request r;
    struct err e;
    struct request_input in = {.text = "hi"};
    request_init(&r);
    assert_true(request_render(&r, p, &in, &e));
    assert_string_equal(buf_str(&r.url), "http://localhost/m2");
    assert_string_equal(buf_str(&r.body), "{\"a\": \"hi\", \"s\": 1.5}");
    assert_string_equal(header_value(&r, "A"), "a-base");
    assert_string_equal(header_value(&r, "b"), "b-1.5");
    assert_string_equal(header_value(&r, "C"), "c-new");
    assert_int_equal(p->header_count, 3);
    request_release(&r);
    assert_int_equal(p->retry_max, 9);
    assert_string_equal(p->account, "other");
    assert_string_equal(p->accept[1], "audio/flac");
    assert_null(p->accept[2]);
    assert_int_equal(config_profile(c, "child")->header_count, 2);
    /* a family without an account counts together */
    assert_string_equal(config_profile(c, "child")->account, "base");
    assert_string_equal(config_profile(c, "base")->account, "base");
    assert_int_equal(config_account(c, "base")->cap, 4);
    assert_int_equal(config_account(c, "other")->cap, 4);
    config_free(c);
}

static void a_file_changes_a_preset(void **state) {
    (void)state;
    struct config *c = load_text("[profile:say]\nvoice = nova\nheader = X: 1\n");
    const struct profile *p = config_profile(c, "say");
    assert_string_equal(profile_var(p, "voice"), "nova");
    assert_string_equal(profile_var(p, "model"), "tts-1");
    assert_int_equal(p->header_count, 1);
    assert_string_equal(p->account, "say");
    config_free(c);
}

/* What is built in serves when its secret is there, or when a file speaks of it. */
static void a_preset_waits_for_its_secret(void **state) {
    (void)state;
    struct err e = {0};
    struct config *c = load();
    assert_null(config_profile(c, "openai"));
    assert_null(config_account(c, "openai"));
    assert_true(config_profile_is_aside(c, "openai", &e));
    assert_non_null(strstr(e.msg, "OPENAI_API_KEY"));
    assert_true(config_profile_is_aside(c, "openai-compat", &e));
    assert_non_null(strstr(e.msg, "[profile:openai-compat]"));
    assert_false(config_profile_is_aside(c, "say", &e));
    assert_false(config_profile_is_aside(c, "unheard-of", &e));
    config_free(c);

    (void)setenv("OPENAI_API_KEY", "sk-1", 1);
    c = load();
    assert_non_null(config_profile(c, "openai"));
    assert_int_equal(config_account(c, "openai")->cap, 4);
    assert_false(config_profile_is_aside(c, "openai", &e));
    config_free(c);
    (void)unsetenv("OPENAI_API_KEY");
}

static void a_preset_that_a_file_names_serves(void **state) {
    (void)state;
    struct err e = {0};
    struct config *c = load_text("[profile:openai]\n[account:openai]\nconcurrency = 9\n");
    assert_non_null(config_profile(c, "openai"));
    assert_int_equal(config_account(c, "openai")->cap, 9);
    assert_false(config_secrets_check(c, &e)); /* as for every profile of a file */
    config_free(c);
    c = load_text("[profile:mine]\ninherit = openai\n");
    assert_null(config_profile(c, "openai"));
    assert_string_equal(config_profile(c, "mine")->account, "openai");
    config_free(c);
    c = load_text("[ttsq]\nprofile = openai\n");
    assert_non_null(config_profile(c, "openai"));
    config_free(c);
}

static void later_files_replace_headers(void **state) {
    (void)state;
    write_file("system/ttsq.ini", PROFILE "header = A: 1\nheader = B: 1\nheader = C: 1\n");
    write_file("system/conf.d/a.ini", "[profile:x]\nheader = a: 2\nheader.drop = B\n");
    struct config *c = load();
    const struct profile *p = config_profile(c, "x");
    assert_int_equal(p->header_count, 2);
    assert_string_equal(p->headers[0].name, "C");
    assert_string_equal(p->headers[1].name, "a");
    config_free(c);
}

static void secrets_by_place(void **state) {
    (void)state;
    static const char text[] = "[secrets]\nTEST_KEY = file:key\n"
                               "[profile:x]\nurl = https://h.example/${url:text}\n"
                               "header = K: ${secret:TEST_KEY}\n";
    struct err e = {0};
    struct config *c = load_text(text);
    assert_false(config_secrets_check(c, &e));
    assert_int_equal(e.code, ERR_CONFIG);
    assert_non_null(strstr(e.msg, "profile x: secret TEST_KEY: not found"));
    assert_non_null(strstr(e.msg, at_root("key")));
    struct request r;
    struct request_input in = {.text = "hi"};
    request_init(&r);
    assert_false(request_render(&r, config_profile(c, "x"), &in, &e));
    assert_int_equal(e.code, ERR_CONFIG);
    config_free(c);

    write_file("key", "sk-private\n");
    c = load();
    assert_true(config_secrets_check(c, &e));
    request_init(&r);
    assert_true(request_render(&r, config_profile(c, "x"), &in, &e));
    assert_string_equal(header_value(&r, "K"), "sk-private");
    request_release(&r);
    struct buf out;
    buf_init(&out, TEXT_BYTES_MAX);
    assert_true(config_print_origin(c, &out, &e));
    assert_null(strstr(buf_str(&out), "sk-private"));
    assert_non_null(strstr(buf_str(&out), "${secret:TEST_KEY}"));
    buf_release(&out);
    config_free(c);

    assert_int_equal(chmod(at_root("key"), 0644), 0);
    c = load(); /* a reader of the queue needs no key, so loading succeeds */
    assert_false(config_secrets_check(c, &e));
    assert_non_null(strstr(e.msg, "chmod 600"));
    config_free(c);
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

static void read_sample(const char *name, struct buf *out) {
    char chunk[4096];
    size_t n;
    FILE *f = fopen(name, "re");
    assert_non_null(f);
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        assert_true(buf_add(out, chunk, n));
    assert_int_equal(fclose(f), 0);
}

/* ";key = value" and "; key = value" become settings; ";  more" an indented line. */
static void uncomment(const char *text, struct buf *out) {
    for (const char *s = text; *s;) {
        size_t n = strcspn(s, "\n");
        size_t skipped = *s == ';' ? 1 : 0;
        if (skipped && s[1] == ' ' && s[2] != ' ')
            skipped = 2;
        assert_true(buf_add(out, s + skipped, n - skipped) && buf_add_char(out, '\n'));
        s += n + (s[n] == '\n');
    }
}

struct sample { /* which rows of the tables the sample has */
    bool seen[SECTION_KINDS][128];
};

static bool tick_off(void *user, const struct ini_entry *entry, struct err *e) {
    struct sample *sample = user;
    if (!entry->key)
        return true;
    for (int kind = 0; kind < SECTION_KINDS; kind++) {
        const struct section_keys *table = &section_table[kind];
        size_t n = strcspn(entry->section, ":");
        if (strlen(table->name) != n || memcmp(table->name, entry->section, n) != 0)
            continue;
        const struct key *key = key_find((enum section_kind)kind, entry->key);
        if (!key)
            break;
        sample->seen[kind][key - table->keys] = true;
        return true;
    }
    return err_set(e, ERR_CONFIG, "unknown: %s in [%s]", entry->key, entry->section);
}

static void the_sample_has_every_key(void **state) {
    (void)state;
    struct buf text, all;
    buf_init(&text, TEXT_BYTES_MAX);
    buf_init(&all, TEXT_BYTES_MAX);
    read_sample(SOURCE_DIR "/etc/ttsq.ini", &text);
    uncomment(buf_str(&text), &all);
    struct sample sample = {0};
    struct err e;
    if (!ini_read_text("ttsq.ini", all.data, all.bytes, tick_off, &sample, &e))
        fail_msg("%s", e.msg);
    for (int kind = 0; kind < SECTION_KINDS; kind++)
        for (size_t i = 0; i < section_table[kind].key_count; i++)
            if (!sample.seen[kind][i])
                fail_msg("etc/ttsq.ini lacks %s of [%s]", section_table[kind].keys[i].name,
                         section_table[kind].name);
    config_free(load_text(buf_str(&text)));
    struct config *c = load_text(buf_str(&all));
    assert_non_null(config_profile(c, "main"));
    config_free(c);
    buf_release(&text);
    buf_release(&all);
}

/* "*text.max*" in the manual, alone or in a list of keys. */
static void the_manual_has_every_key_of_a_profile(void **state) {
    (void)state;
    struct buf text;
    buf_init(&text, TEXT_BYTES_MAX);
    read_sample(SOURCE_DIR "/etc/man/ttsq-profile.5.scd", &text);
    for (size_t i = 0; i < section_table[SECTION_PROFILE].key_count; i++) {
        char word[64];
        (void)snprintf(word, sizeof word, "*%s*", section_table[SECTION_PROFILE].keys[i].name);
        if (!strstr(buf_str(&text), word))
            fail_msg("etc/man/ttsq-profile.5.scd lacks %s", word);
    }
    buf_release(&text);
}

/* A commented line of the sample shows the default, unless the table has none. */
static void the_sample_shows_the_defaults(void **state) {
    (void)state;
    struct buf text;
    buf_init(&text, TEXT_BYTES_MAX);
    read_sample(SOURCE_DIR "/etc/ttsq.ini", &text);
    for (int kind = 0; kind < SECTION_KINDS; kind++)
        for (size_t i = 0; i < section_table[kind].key_count; i++) {
            const struct key *key = &section_table[kind].keys[i];
            char line[256];
            if (!key->fallback || strcmp(key->name, "concurrency") == 0)
                continue;
            (void)snprintf(line, sizeof line, "\n;%s = %s\n", key->name, key->fallback);
            if (!strstr(buf_str(&text), line) && strcmp(key->name, "text.max") != 0)
                fail_msg("etc/ttsq.ini does not say%s", line);
        }
    buf_release(&text);
}

static void the_minimal_sample_is_small_and_works(void **state) {
    (void)state;
    struct buf text;
    buf_init(&text, TEXT_BYTES_MAX);
    read_sample(SOURCE_DIR "/etc/ttsq-minimal.ini", &text);
    struct config *c = load_text(buf_str(&text));
    assert_string_equal(c->profile, "main");
    assert_int_equal(config_account(c, "main")->cap, 20);
    config_free(c);
    buf_release(&text);
}

static void every_row_has_help(void **state) {
    (void)state;
    for (int kind = 0; kind < SECTION_KINDS; kind++)
        for (size_t i = 0; i < section_table[kind].key_count; i++)
            assert_non_null(section_table[kind].keys[i].help);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(works_without_any_file),
        TEST(xdg_folders),
        TEST(the_fixed_names),
        TEST(sources_in_order),
        TEST(refuses_files_of_others),
        TEST(errors_by_line),
        TEST(a_long_line_says_how_to_go_on),
        TEST(circles),
        TEST(rules_in_their_order),
        TEST(a_vendor_with_everything),
        TEST(accounts_take_the_strictest_suggestion),
        TEST(jobs_may_bring_the_url),
        TEST(signs_with_its_secrets),
        TEST(inherits_and_overrides),
        TEST(a_file_changes_a_preset),
        TEST(a_preset_waits_for_its_secret),
        TEST(a_preset_that_a_file_names_serves),
        TEST(later_files_replace_headers),
        TEST(secrets_by_place),
        TEST(prints_where_values_come_from),
        TEST(rates_round_towards_slow),
        TEST(the_sample_has_every_key),
        TEST(the_manual_has_every_key_of_a_profile),
        TEST(the_sample_shows_the_defaults),
        TEST(the_minimal_sample_is_small_and_works),
        TEST(every_row_has_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
