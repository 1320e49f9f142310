/* keys.c: see keys.h. */
#include "config/keys.h"

#include <string.h>

#include "config/config.h"

#define MS_MAX INT64_C(86400000) /* a day: longer is a slip of the finger */
#define RESPONSE_BYTES_MAX (INT64_C(4) << 30)

#define IN_TTSQ(field) .offset = offsetof(struct config, field)
#define IN_ACCOUNT(field) .offset = offsetof(struct config_account, field)
#define IN_PROFILE(field) .offset = offsetof(struct profile, field)

static const struct key ttsq_keys[] = {
    {"database", KEY_PATH, IN_TTSQ(database), .help = "the queue's SQLite file"},
    {"results", KEY_PATH, IN_TTSQ(results), .help = "folder of the answers kept as files"},
    {"runtime", KEY_PATH, IN_TTSQ(runtime),
     .help = "folder of a session's own: the log of `ttsq run`; may be a tmpfs"},
    {"workers", KEY_INT, IN_TTSQ(workers), 1, CONFIG_WORKERS_MAX, "4",
     .help = "call worker processes"},
    {"profile", KEY_NAME, IN_TTSQ(profile), .fallback = "say",
     .help = "profile of a batch that names none"},
    {"calls_max", KEY_COUNT, IN_TTSQ(calls_max), 1, CONFIG_CAP_MAX, "256",
     .help = "most calls in flight in one worker"},
    {"row_bytes_max", KEY_SIZE, IN_TTSQ(row_bytes_max), 0, 16 << 20, "65536",
     .help = "answers up to this size need no file of their own"},
    {"segment_bytes_min", KEY_SIZE, IN_TTSQ(segment_bytes_min), 0, 1 << 30, "65536",
     .help = "so much of small answers at a time goes to a shared file, less into the database"},
    {"space_min", KEY_SIZE, IN_TTSQ(space_min_bytes), 0, INT64_C(1) << 40, "64M",
     .help = "no new calls while less is left where database or results lie"},
    {"keep", KEY_AGE, IN_TTSQ(keep_ms), .fallback = "forever",
     .help = "so long after it was fetched whole a batch is pruned, as 30d; texts, answers, calls"},
    {"drain_ms", KEY_COUNT, IN_TTSQ(drain_ms), 1000, MS_MAX, "150000",
     .help = "most that a drain may take before its calls are given up"},
    {"on_done", KEY_TEXT, IN_TTSQ(ending.on_done), .whole_line = true, .quotes = true, .join = " ",
     .help = "program and arguments to run when a batch ends that names none"},
    {"on_done.allow", KEY_LIST, IN_TTSQ(ending.on_done_allow), .join = " ",
     .help = "programs that a batch may name though others may write to the queue"},
    {"on_done.timeout_ms", KEY_COUNT, IN_TTSQ(ending.on_done_timeout_ms), 1, MS_MAX, "600000",
     .help = "a program that runs longer is ended"},
    {"on_done.tries", KEY_COUNT, IN_TTSQ(ending.on_done_tries), 1, CONFIG_TRIES_MAX, "5",
     .help = "how often it is run until its exit status is 0"},
    {"notify", KEY_TEXT, IN_TTSQ(ending.notify), .whole_line = true,
     .help = "URL to call when a batch ends that names none"},
    {"notify.allow", KEY_LIST, IN_TTSQ(ending.notify_allow), .join = " ",
     .help = "hosts that may be called over http, or at addresses that are not public"},
    {"notify.secret", KEY_NAME, IN_TTSQ(ending.notify_secret),
     .help = "name of the secret that signs these calls"},
    {"notify.timeout_ms", KEY_COUNT, IN_TTSQ(ending.notify_timeout_ms), 1, MS_MAX, "10000",
     .help = "most that one of them may take"},
    {"notify.tries", KEY_COUNT, IN_TTSQ(ending.notify_tries), 1, CONFIG_TRIES_MAX, "33",
     .help = "how often it is made until the answer is 2xx; 33 take about a day"},
    {"ending.retry_ms", KEY_COUNT, IN_TTSQ(ending.retry_ms), 1, MS_MAX, "5000",
     .help = "time until the second try of either; doubles with each, up to an hour"},
    {"log_level", KEY_LEVEL, IN_TTSQ(log_level), .fallback = "info",
     .choices = "error|warning|info|debug", .help = "what goes to the log"},
};

static const struct key account_keys[] = {
    {"concurrency", KEY_COUNT, IN_ACCOUNT(cap), 1, CONFIG_CAP_MAX, "4",
     .help = "the cap: most calls at a time"},
    {"rate", KEY_RATE, IN_ACCOUNT(rate_interval_us),
     .help = "requests, as 10/s, 600/min or 5000/h"},
    {"rate_burst", KEY_COUNT, IN_ACCOUNT(rate_burst), 1, CONFIG_CAP_MAX, "1",
     .help = "requests that may go at once after a quiet time"},
    {"chars_rate", KEY_RATE_NS, IN_ACCOUNT(chars_interval_ns),
     .help = "characters, as 1000/s or 100000/min"},
    {"chars_burst", KEY_COUNT, IN_ACCOUNT(chars_burst), 1, CONFIG_CHARS_MAX, "5000",
     .help =
         "characters that may go at once after a quiet time; a longer text waits for all of them"},
    {"min_interval_ms", KEY_COUNT, IN_ACCOUNT(min_interval_ms), 0, MS_MAX, "0",
     .help = "least time between the beginnings of two calls"},
    {"ramp_per_min", KEY_COUNT, IN_ACCOUNT(ramp_per_min), 0, CONFIG_RAMP_MAX, "0",
     .help = "after a rest one call at a time, and so many more each minute; 0 = all at once"},
    {"breaker.failures", KEY_COUNT, IN_ACCOUNT(breaker_failures), 0, 1000, "8",
     .help = "failures of the provider in a row after which one call at a time asks; 0 = off"},
    {"breaker.wait_ms", KEY_COUNT, IN_ACCOUNT(breaker_wait_ms), 1, MS_MAX, "1000",
     .help = "time until the first such call; doubles with each that fails, …"},
    {"breaker.max_ms", KEY_COUNT, IN_ACCOUNT(breaker_max_ms), 1, MS_MAX, "3000",
     .help = "… up to this"},
    {"uncertain", KEY_FLAG, IN_ACCOUNT(hold_uncertain), .fallback = "retry",
     .choices = "retry|hold", .help = "a job whose call may have been billed: again, or ask first"},
    {"budget", KEY_BUDGET, IN_ACCOUNT(budget),
     .help = "most that may be spent on a day (UTC), as 5.00 USD/day"},
    {"linger_ms", KEY_COUNT, IN_ACCOUNT(linger_ms), 0, MS_MAX, "10000",
     .help = "how long an abandoned call still counts"},
};

static const struct key profile_keys[] = {
    {"account", KEY_NAME, IN_PROFILE(account), .help = "whose limits count"},
    {"inherit", KEY_INHERIT, .help = "profile to take everything else from"},
    {"method", KEY_TEXT, IN_PROFILE(method), .fallback = "POST", .help = "POST or GET"},
    {"url", KEY_TEMPLATE, IN_PROFILE(url), .whole_line = true, .join = "", .help = "where to"},
    {"base_url", KEY_VARIABLE, .join = "", .help = "${base_url} of the inherited url"},
    {"model", KEY_VARIABLE, .help = "${model}"},
    {"voice", KEY_VARIABLE, .help = "${voice} of jobs that name none"},
    {"format", KEY_VARIABLE, .help = "${format}: wav, mp3, …"},
    {KEY_OWN_PREFIX, KEY_OWN, .join = " ", .help = "a variable of your own: var.NAME is ${NAME}"},
    {KEY_SAMPLE_PREFIX, KEY_SAMPLE, .join = "",
     .help = "what a value looks like that everybody has to set himself: `ttsq init` writes it"},
    {"header", KEY_HEADER, .repeats = true, .whole_line = true, .join = " ",
     .help = "Name: value; replaces an inherited one of that name"},
    {"header.drop", KEY_DROP, .repeats = true, .help = "names of inherited headers to leave out"},
    {"content_type", KEY_TEXT, IN_PROFILE(content_type), .fallback = "application/json",
     .whole_line = true, .help = "of the body"},
    {"body", KEY_TEMPLATE, IN_PROFILE(body), .whole_line = true, .quotes = true, .join = "\n",
     .help = "what is sent; goes on in indented lines"},
    {"set", KEY_SET, .repeats = true, .whole_line = true, .join = " ",
     .help = "/pointer TYPE VALUE: a member of the body, when there is a value"},
    {"query", KEY_QUERY, .repeats = true, .whole_line = true, .join = " ",
     .help = "NAME=VALUE: a member of the URL's query, when there is a value"},
    {"sign", KEY_TEMPLATE, IN_PROFILE(sign), .help = "aws:amz:REGION:SERVICE: sign with SigV4"},
    {"accept", KEY_LIST, IN_PROFILE(accept), .fallback = "audio/ application/octet-stream",
     .join = " ", .help = "beginnings of content types that are audio"},
    {"audio", KEY_AUDIO, IN_PROFILE(audio), .fallback = "body", .join = " ",
     .help = "where in the answer the audio is"},
    {"ok", KEY_OK, .whole_line = true, .join = " ",
     .help = "conditions that a success fulfils, beside status and content type"},
    {"rule", KEY_RULE, .repeats = true, .whole_line = true, .join = " ",
     .help = "CONDITION... -> ACTION: what an answer that is no success means"},
    {"request_id", KEY_FACTS, IN_PROFILE(request_id), .choices = "text",
     .help = "where the answer's own id is, kept with the attempt"},
    {"retry_after", KEY_FACTS, IN_PROFILE(retry_after),
     .fallback = "header:retry-after-ms header:retry-after", .choices = "seconds", .join = " ",
     .help = "where it says how long to wait"},
    {"live.max_concurrency", KEY_FACTS, IN_PROFILE(live.max), .choices = "number",
     .help = "where it says how many calls at a time are allowed"},
    {"live.concurrency", KEY_FACTS, IN_PROFILE(live.now), .choices = "number",
     .help = "where it says how many there are"},
    {"live.remaining", KEY_FACTS, IN_PROFILE(live.remaining), .choices = "number",
     .help = "where it says how many requests are left"},
    {"live.reset", KEY_FACTS, IN_PROFILE(live.reset), .choices = "duration",
     .help = "where it says until when"},
    {"cost", KEY_FACTS, IN_PROFILE(cost), .choices = "number",
     .help = "where it says how many units are billed"},
    {"allow", KEY_LIST, IN_PROFILE(allow), .join = " ",
     .help = "hosts that the URLs of jobs and answers may name"},
    {"expires", KEY_DATE, IN_PROFILE(expires_ms),
     .help = "YYYY-MM-DD: from then on the provider refuses this"},
    {"price", KEY_PRICE, IN_PROFILE(price),
     .help = "what a call costs: 15.00 USD/1M codepoints, or bytes, han2, calls, tokens~"},
    {"price.factor", KEY_FACTOR, IN_PROFILE(price_factor), .fallback = "1",
     .help = "times the price: what this model or voice costs more or less"},
    {"price.failed", KEY_FLAG, IN_PROFILE(bills_failed), .fallback = "free",
     .choices = "free|billed", .help = "whether a call that is answered with an error costs"},
    {"timeout.connect_ms", KEY_COUNT, IN_PROFILE(timeout_connect_ms), 1, MS_MAX, "10000",
     .help = "name lookup, connection and TLS"},
    {"timeout.first_byte_ms", KEY_COUNT, IN_PROFILE(timeout_first_byte_ms), 1, MS_MAX, "120000",
     .help = "until the answer begins"},
    {"timeout.stall_ms", KEY_COUNT, IN_PROFILE(timeout_stall_ms), 1, MS_MAX, "60000",
     .help = "no byte for so long: dead"},
    {"timeout.total_ms", KEY_COUNT, IN_PROFILE(timeout_total_ms), 1, MS_MAX, "120000",
     .help = "hard end of a call"},
    {"response_bytes_max", KEY_SIZE, IN_PROFILE(response_bytes_max), 1, RESPONSE_BYTES_MAX, "64M",
     .help = "a larger answer is refused"},
    {"retry.max", KEY_INT, IN_PROFILE(retry_max), 1, 100, "5",
     .help = "attempts that may count before a job fails"},
    {"retry.base_ms", KEY_COUNT, IN_PROFILE(retry_base_ms), 1, MS_MAX, "1000",
     .help = "backoff before the first repetition, at most"},
    {"retry.cap_ms", KEY_COUNT, IN_PROFILE(retry_cap_ms), 1, MS_MAX, "60000",
     .help = "longest backoff"},
    {"retry.uncertain_max", KEY_INT, IN_PROFILE(retry_uncertain_max), 1, 100, "2",
     .help = "maybe-billed attempts before a job is held"},
    {"retry_after.max_ms", KEY_COUNT, IN_PROFILE(retry_after_max_ms), 0, MS_MAX, "600000",
     .help = "longest pause that a provider may ask for"},
    {"audio.min_ms_per_char", KEY_COUNT, IN_PROFILE(audio_min_ms_per_char), 0, 10000, "0",
     .help = "shorter audio than this is no answer; 0 turns the check off"},
    {"audio.bytes_min", KEY_SIZE, IN_PROFILE(audio_bytes_min), 0, RESPONSE_BYTES_MAX, "1",
     .help = "a smaller answer is no answer"},
    {"audio.silence", KEY_FLAG, IN_PROFILE(audio_accepts_silence), .fallback = "fail",
     .choices = "fail|accept", .help = "audio in which nothing is to be heard: no answer, or one"},
    {"audio.max_seconds", KEY_COUNT, IN_PROFILE(audio.max_s), 0, 86400, "0",
     .help = "longer audio was cut by the provider and is no answer; 0 = no limit"},
    {"audio.rate", KEY_INT, IN_PROFILE(audio.rate), 0, 768000, "0",
     .help = "samples a second of raw PCM; 0 = not known"},
    {"audio.channels", KEY_INT, IN_PROFILE(audio.channels), 0, 64, "0",
     .help = "channels of raw PCM; 0 = not known"},
    {"text.max", KEY_LENGTH, IN_PROFILE(text_max), 0, 10000000, "0",
     .help = "longest text of one call; 0 = no limit"},
    {"limit.concurrency", KEY_LIMIT, .choices = "lowest",
     .help = "of the account, where it sets none: calls at a time"},
    {"limit.rate", KEY_LIMIT, .choices = "highest", .help = "... requests, as 600/min"},
    {"limit.rate_burst", KEY_LIMIT, .choices = "lowest", .help = "... requests at once"},
    {"limit.chars_rate", KEY_LIMIT, .choices = "highest", .help = "... characters, as 100000/min"},
    {"limit.chars_burst", KEY_LIMIT, .choices = "lowest", .help = "... characters at once"},
    {"limit.min_interval_ms", KEY_LIMIT, .choices = "highest", .help = "... between two calls"},
    {"limit.linger_ms", KEY_LIMIT, .choices = "highest",
     .help = "... how long an abandoned call counts"},
    {"limit.ramp_per_min", KEY_LIMIT, .choices = "lowest",
     .help = "... how fast calls may become more"},
};

static const struct key secrets_keys[] = {
    {"", KEY_FILE, .help = "NAME = file:PATH, for ${secret:NAME}; the file has mode 0600"},
};

#define TABLE(keys) keys, sizeof(keys) / sizeof(keys)[0]

const struct section_keys section_table[SECTION_KINDS] = {
    [SECTION_TTSQ] = {"ttsq", false, TABLE(ttsq_keys)},
    [SECTION_ACCOUNT] = {"account", true, TABLE(account_keys)},
    [SECTION_PROFILE] = {"profile", true, TABLE(profile_keys)},
    [SECTION_SECRETS] = {"secrets", false, TABLE(secrets_keys)},
};

static bool matches(const struct key *k, const char *name) {
    if (k->type == KEY_FILE)
        return true;
    if (k->type == KEY_OWN || k->type == KEY_SAMPLE)
        return strncmp(name, k->name, strlen(k->name)) == 0;
    return strcmp(k->name, name) == 0;
}

const struct key *key_find(enum section_kind kind, const char *name) {
    const struct section_keys *table = &section_table[kind];
    for (size_t i = 0; i < table->key_count; i++)
        if (matches(&table->keys[i], name))
            return &table->keys[i];
    return NULL;
}

/* ---- what people write who know other programs ----------------------------------------------- */

static const struct synonym {
    enum section_kind kind;
    const char *written, *meant;
} synonyms[] = {
    {SECTION_TTSQ, "db", "database"},
    {SECTION_TTSQ, "output", "results"},
    {SECTION_TTSQ, "processes", "workers"},
    {SECTION_TTSQ, "concurrency", "concurrency in [account:NAME]"},
    {SECTION_TTSQ, "cap", "concurrency in [account:NAME]"},
    {SECTION_TTSQ, "retention", "keep"},
    {SECTION_TTSQ, "webhook", "notify"},
    {SECTION_ACCOUNT, "cap", "concurrency"},
    {SECTION_ACCOUNT, "limit", "concurrency"},
    {SECTION_ACCOUNT, "max_concurrency", "concurrency"},
    {SECTION_ACCOUNT, "max_in_flight", "concurrency"},
    {SECTION_ACCOUNT, "parallel", "concurrency"},
    {SECTION_ACCOUNT, "slots", "concurrency"},
    {SECTION_ACCOUNT, "workers", "concurrency"},
    {SECTION_ACCOUNT, "rpm", "rate = N/min"},
    {SECTION_ACCOUNT, "rps", "rate = N/s"},
    {SECTION_ACCOUNT, "rate_limit", "rate"},
    {SECTION_ACCOUNT, "burst", "rate_burst"},
    {SECTION_ACCOUNT, "daily_budget", "budget"},
    {SECTION_ACCOUNT, "price", "price in [profile:NAME]"},
    {SECTION_ACCOUNT, "key", "[secrets]"},
    {SECTION_ACCOUNT, "api_key", "[secrets]"},
    {SECTION_ACCOUNT, "timeout", "timeout.total_ms in [profile:NAME]"},
    {SECTION_PROFILE, "key", "[secrets]"},
    {SECTION_PROFILE, "api_key", "[secrets]"},
    {SECTION_PROFILE, "token", "[secrets]"},
    {SECTION_PROFILE, "secret", "[secrets]"},
    {SECTION_PROFILE, "cap", "concurrency in [account:NAME]"},
    {SECTION_PROFILE, "concurrency", "concurrency in [account:NAME]"},
    {SECTION_PROFILE, "rate", "rate in [account:NAME]"},
    {SECTION_PROFILE, "budget", "budget in [account:NAME]"},
    {SECTION_PROFILE, "endpoint", "base_url"},
    {SECTION_PROFILE, "extends", "inherit"},
    {SECTION_PROFILE, "provider", "inherit"},
    {SECTION_PROFILE, "max_chars", "text.max"},
    {SECTION_PROFILE, "response_format", "format"},
    {SECTION_PROFILE, "retries", "retry.max"},
    {SECTION_PROFILE, "timeout", "timeout.total_ms"},
};

const char *key_meant(enum section_kind kind, const char *name) {
    for (size_t i = 0; i < sizeof synonyms / sizeof synonyms[0]; i++)
        if (synonyms[i].kind == kind && strcmp(synonyms[i].written, name) == 0)
            return synonyms[i].meant;
    return NULL;
}
