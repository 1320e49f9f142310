/* fuzz_say: any bytes as what a client sends to ttsq-say: a request for speech, a change of its
 * settings, a request in a vendor's shape. The first byte chooses. What is wrong is told, and what
 * is told goes into an answer and into the books. */
#include <jansson.h>
#include <string.h>

#include "base/ensure.h"
#include "base/utf8.h"
#include "tests/fuzz/target.h"
#include "workers/say/control.h"
#include "workers/say/match.h"
#include "workers/say/speech.h"

/* One that holds each kind of pattern, with a body of JSON and one of XML. */
static const char json_request[] =
    "{\"method\": \"POST\", \"path\": \"/v1/{word}/{voice}\", \"query\": {\"format?\": "
    "\"{format}\"},"
    " \"headers\": {\"authorization\": \"Bearer {secret}\"},"
    " \"json\": {\"text\": \"{text}\", \"n?\": \"{number}\", \"id?\": \"{uuid}\", \"no?\": null,"
    " \"list?\": [\"{bool}\", {\"in\": \"a {any} b {any} c\"}]}}";
static const char xml_request[] =
    "{\"method\": \"POST\", \"path\": \"/v1/{any}\", \"headers\": {},"
    " \"xml\": \"<speak lang='{lang}'> <voice name='{voice}'>{text}</voice></speak>\"}";

static void check_speech(const char *body, size_t bytes) {
    struct speech speech;
    struct speech_error error = {.status = 0};
    size_t bad;
    if (!speech_parse(body, bytes, &speech, &error)) {
        MUST(error.status >= 400 && error.status < 500 && error.message[0]);
        return;
    }
    MUST(strlen(speech.input) == speech.input_bytes && speech.input_chars <= speech.input_bytes);
    MUST(utf8_check(speech.input, speech.input_bytes, &bad) == UTF8_GOOD);
    MUST(speech.speed > 0);
    speech_release(&speech);
}

static void check_control(const char *body, size_t bytes) {
    const struct control_settings settings = {.cap = 3};
    struct control *control = control_new(&settings);
    struct err e = {.code = ERR_NONE};
    char *before = control_describe(control);
    bool ok = control_change(control, body, bytes, 7, &e);
    char *after = control_describe(control);
    MUST(ok ? e.code == ERR_NONE : e.code == ERR_INPUT && strcmp(before, after) == 0);
    (void)control_decide(control, 1);
    free(before);
    free(after);
    control_free(control);
}

static json_t *seen_of(const char *path, const char *header, const char *body, size_t bytes) {
    json_t *seen = json_pack("{s:s, s:{}, s:{}}", "method", "POST", "query", "headers");
    json_t *json = json_loadb(body, bytes, JSON_REJECT_DUPLICATES, NULL);
    json_object_set_new(seen, "path", json_string(path));
    json_object_set_new(json_object_get(seen, "headers"), "authorization", json_string(header));
    json_object_set_new(json_object_get(seen, "query"), "format", json_string(header));
    json_object_set_new(seen, json ? "json" : "text", json ? json : json_stringn(body, bytes));
    return seen;
}

/* Lines: path, header, then the body. */
static void check_match(const char *request, char *text) {
    const struct shape shape = {.name = "shape", .request = json_loads(request, 0, NULL)};
    const char *path = strsep(&text, "\n"), *header = text ? strsep(&text, "\n") : "";
    const char *body = text ? text : "";
    size_t bad;
    MUST(shape.request);
    if (utf8_check(path, strlen(path), &bad) == UTF8_GOOD) { /* vendor.c escapes what is none */
        json_t *seen = seen_of(path, header, body, strlen(body));
        struct match match;
        bool fits = match_request(&shape, seen, &match);
        MUST(fits ? match.text && *match.text : match.problem[0] && !match.text);
        const json_t *headers = json_object_get(seen, "headers");
        const char *noted = json_string_value(json_object_get(headers, "authorization"));
        MUST(request != json_request || !noted || strcmp(noted, header) != 0); /* is masked */
        match_release(&match);
        json_decref(seen);
    }
    json_decref((json_t *)(uintptr_t)shape.request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    if (bytes == 0 || bytes > 4096)
        return 0;
    char *text = ensure_alloc(bytes);
    memcpy(text, data + 1, bytes - 1);
    switch (data[0] % 4) {
    case 0:
        check_speech(text, bytes - 1);
        break;
    case 1:
        check_control(text, bytes - 1);
        break;
    case 2:
        check_match(json_request, text);
        break;
    default:
        check_match(xml_request, text);
    }
    free(text);
    return 0;
}
