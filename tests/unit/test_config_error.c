/*
 * test_config_error: what is wrong in a file is said with its place, and how to mend it.
 */
#include "tests/lib/config_rig.h"

#include "base/buf.h"
#include "provider/request.h"

static void refuses_files_of_others(void **state) {
    (void)state;
    write_file("cwd/ttsq.ini", "[ttsq]\nworkers = 6\n");
    assert_int_equal(chmod(at_root("cwd/ttsq.ini"), 0666), 0);
    expect_load_error(at_root("cwd/ttsq.ini"), "anybody may write");
    assert_int_equal(chmod(at_root("cwd/ttsq.ini"), 0640), 0);
    config_free(load());
}

static void errors_by_line(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int line;
        const char *message;
    } rows[] = {
        {"[ttsq]\nworkrs = 1\n", 2, "unknown key workrs in [ttsq]; did you mean workers?"},
        {"[ttsq]\nzebra = 1\n", 2, "unknown key zebra in [ttsq]"},
        {"[account:a]\ncap = 5\n", 2, "unknown key cap in [account:a]; write concurrency"},
        {PROFILE "api_key = x\n", 4, "unknown key api_key in [profile:x]; write [secrets]"},
        {PROFILE "timeout = 5\n", 4, "; write timeout.total_ms"},
        {PROFILE "model = \"tts-1\"\n", 4,
         "9: quotes would be part of the value; write model without them"},
        {PROFILE "voice = 'a b'\n", 4,
         "9: quotes would be part of the value; write voice without them"},
        {"[account:a]\nconcurrency = \"4\"\n", 2, "15: quotes would be part of the value"},
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
        {"[ttsq]\nrow_bytes_max = 64KB\n", 2, "is not a size"},
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

/* What is refused may be a key, and is not repeated; words of which each is quoted are a value. */
static void quotes_around_all_of_a_value_are_refused(void **state) {
    struct config *c = NULL;
    struct err e;
    (void)state;
    write_file("one.ini", "[secrets]\nKEY = \"sk-plain\"\n");
    (void)setenv("TTSQ_CONFIG", at_root("one.ini"), 1);
    assert_false(load_config(system_folder, &c, &e));
    assert_non_null(strstr(e.msg, "one.ini:2:7: quotes would be part of the value"));
    assert_null(strstr(e.msg, "sk-plain"));
    config_free(load_text(PROFILE "var.x = \"a\" or \"b\"\n"));
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

int main(void) {
    const struct CMUnitTest tests[] = {
        CONFIG_TEST(refuses_files_of_others),
        CONFIG_TEST(errors_by_line),
        CONFIG_TEST(quotes_around_all_of_a_value_are_refused),
        CONFIG_TEST(a_long_line_says_how_to_go_on),
        CONFIG_TEST(circles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
