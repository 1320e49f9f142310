/* fuzz_request: any text and any voice as what a producer puts in, through profiles of each kind of
 * request. What goes out is one request to the profile's host, and says the text and nothing else:
 * in JSON, in XML, in a URL. Lines of the input: voice, text before, text after; the rest is the
 * text. */
#include <jansson.h>
#include <string.h>

#include "base/ensure.h"
#include "base/utf8.h"
#include "config/config.h"
#include "provider/request.h"
#include "tests/fuzz/target.h"

#define HOST "speech.example"

static const char settings[] =
    "[ttsq]\nprofile = json\n"
    "[profile:json]\nurl = https://" HOST "/${url:voice}/speech\n"
    "header = X-Voice: ${raw:voice}\nheader = X-Job: ${job_id}-${attempt_no}-${uuid}\n"
    "content_type = application/json\nbody = {\"input\": \"${json:text}\"}\n"
    "set = /voice string ${voice}\nset = /before string ${prev_text}\n"
    "set = /after string ${next_text}\n"
    "[profile:xml]\nurl = https://" HOST "/speech\ncontent_type = application/ssml+xml\n"
    "body = <speak><voice name='${xml:voice}'>${xml:text}</voice></speak>\n"
    "[profile:query]\nmethod = GET\nurl = https://" HOST "/speech?text=${url:text}\n"
    "query = voice=${voice}\n";

enum { VOICE, BEFORE, AFTER, TEXT, FIELDS };

static const struct config *load(void) {
    static struct config *config;
    char path[64];
    struct err e = {.code = ERR_NONE};
    if (config)
        return config;
    int fd = target_file((const uint8_t *)settings, sizeof settings - 1);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    MUST(setenv("TTSQ_CONFIG", path, 1) == 0);
    if (!config_load(&config, &e))
        fprintf(stderr, "%s\n", e.msg);
    MUST(config);
    close(fd);
    return config;
}

/* ---- what went out ---- */

static bool is_shown(const char *s, size_t bytes) {
    for (size_t i = 0; i < bytes; i++)
        if ((s[i] < ' ' || s[i] > '~') && s[i] != '\t')
            return false;
    return true;
}

static void check_way(const struct request *r) {
    const char *authority;
    size_t bytes;
    MUST(is_shown(r->url.data, r->url.bytes) && !strchr(r->url.data, ' '));
    MUST(request_url_authority(r->url.data, &authority, &bytes));
    MUST(bytes == strlen(HOST) && memcmp(authority, HOST, bytes) == 0);
    for (const char *h = r->headers.data; h && *h; h += strlen(h) + 1)
        MUST(is_shown(h, strlen(h)) && strstr(h, ": "));
}

static void check_member(const json_t *root, const char *name, const char *value) {
    const json_t *member = json_object_get(root, name);
    MUST(member ? strcmp(json_string_value(member), value) == 0 : !*value);
}

static void check_json(const struct request *r, char *const fields[FIELDS]) {
    json_t *root = json_loadb(r->body.data, r->body.bytes, JSON_REJECT_DUPLICATES, NULL);
    MUST(root && json_object_size(root) <= FIELDS);
    check_member(root, "input", fields[TEXT]);
    check_member(root, "voice", fields[VOICE]);
    check_member(root, "before", fields[BEFORE]);
    check_member(root, "after", fields[AFTER]);
    json_decref(root);
}

/* No quote ends the attribute, no markup begins: the marks of the template are all there are. */
static void check_xml(const struct request *r, char *const fields[FIELDS]) {
    size_t marks = 0, quotes = 0;
    (void)fields;
    for (size_t i = 0; i < r->body.bytes; i++) {
        marks += r->body.data[i] == '<';
        quotes += r->body.data[i] == '\'';
    }
    MUST(marks == 4 && quotes == 2);
}

static size_t plain_of(const char *from, size_t bytes, char *to) {
    size_t used = 0;
    for (size_t i = 0; i < bytes; i++) {
        unsigned byte = (unsigned char)from[i];
        if (byte == '%') {
            MUST(i + 2 < bytes && sscanf(from + i + 1, "%2x", &byte) == 1);
            i += 2;
        }
        to[used++] = (char)byte;
    }
    to[used] = '\0';
    return used;
}

static void check_query(const struct request *r, char *const fields[FIELDS]) {
    char *plain = ensure_alloc(r->url.bytes + 1);
    const char *text = strchr(r->url.data, '?');
    MUST(text && !strncmp(text, "?text=", 6) && !strchr(text, '#'));
    text += 6;
    MUST(plain_of(text, strcspn(text, "&"), plain) == strlen(fields[TEXT]));
    MUST(strcmp(plain, fields[TEXT]) == 0);
    text += strcspn(text, "&");
    MUST(*text ? !strncmp(text, "&voice=", 7) && !strchr(text + 1, '&') : !*fields[VOICE]);
    free(plain);
}

static const struct {
    const char *profile;
    void (*check)(const struct request *r, char *const fields[FIELDS]);
} kinds[] = {{"json", check_json}, {"xml", check_xml}, {"query", check_query}};

/* ---- one input ---- */

static void ask(size_t kind, char *const fields[FIELDS]) {
    const struct request_input in = {.text = fields[TEXT],
                                     .voice = fields[VOICE],
                                     .prev_text = fields[BEFORE],
                                     .next_text = fields[AFTER],
                                     .job_id = 7,
                                     .seq = 3,
                                     .attempt_no = 1,
                                     .random = {1, 2}};
    struct request r;
    struct err e = {.code = ERR_NONE};
    request_init(&r);
    if (request_render(&r, config_profile(load(), kinds[kind].profile), &in, &e)) {
        check_way(&r);
        kinds[kind].check(&r, fields);
    } else {
        MUST(e.code == ERR_INPUT && e.msg[0] != '\0');
    }
    request_release(&r);
}

/* Only text gets past the door of the store. */
static bool is_text(char *const fields[FIELDS]) {
    size_t bad;
    for (size_t i = 0; i < FIELDS; i++)
        if (utf8_check(fields[i], strlen(fields[i]), &bad) != UTF8_GOOD)
            return false;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    static char nothing[] = "";
    char *input = ensure_alloc(bytes + 1), *rest = input, *fields[FIELDS];
    if (bytes)
        memcpy(input, data, bytes);
    for (size_t i = 0; i < FIELDS; i++) {
        char *field = i < TEXT ? strsep(&rest, "\n") : rest;
        fields[i] = field ? field : nothing;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && is_text(fields); i++)
        ask(i, fields);
    free(input);
    return 0;
}
