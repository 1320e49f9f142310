/* why.c: see why.h. */
#include "provider/why.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

#define PART_BYTES 64
#define WORDS_SHOWN_MAX 160 /* bytes of what others say, in one line */

/* RFC 9110, 15, and what gateways add: those that people meet. */
static const char *status_text(int status) {
    static const struct {
        int status;
        const char *text;
    } rows[] = {
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {402, "Payment Required"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Content"},
        {425, "Too Early"},
        {429, "Too Many Requests"},
        {499, "Client Closed Request"},
        {500, "Internal Server Error"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].status == status)
            return rows[i].text;
    return NULL;
}

/* Adds `s`, safe for terminals, to the line; what does not fit is left out at a
 * character's edge. */
static void add(struct verdict *v, const char *s, size_t bytes) {
    size_t used = strlen(v->why);
    for (size_t i = 0; i < bytes;) {
        uint32_t code_point;
        size_t n = utf8_decode(s + i, bytes - i, &code_point);
        n = n ? n : 1;
        struct buf shown;
        buf_init(&shown, sizeof v->why);
        bool fits = utf8_escape_terminal(s + i, n, &shown) && used + shown.bytes < sizeof v->why;
        if (fits) {
            memcpy(v->why + used, buf_str(&shown), shown.bytes + 1);
            used += shown.bytes;
        }
        buf_release(&shown);
        if (!fits)
            return;
        i += n;
    }
}

void why_say(struct verdict *v, const char *s) {
    add(v, s, strlen(s));
}

void why_say_status(struct verdict *v, int status) {
    char text[PART_BYTES];
    const char *name = status_text(status);
    (void)snprintf(text, sizeof text, "HTTP %d%s%s", status, name ? " " : "", name ? name : "");
    why_say(v, text);
}

/* The sentence meant for people in an error body, by the shapes that providers use. Borrowed. */
static const char *message_in(const json_t *body) {
    static const struct {
        const char *object, *name;
    } places[] = {{"error", "message"},  {"detail", "message"}, {"base_resp", "status_msg"},
                  {"header", "message"}, {NULL, "message"},     {NULL, "Message"},
                  {NULL, "error"},       {NULL, "detail"},      {NULL, "err_msg"},
                  {NULL, "title"}};
    const char *message = NULL;
    for (size_t i = 0; i < sizeof places / sizeof *places && !message; i++) {
        const char *object = places[i].object;
        const json_t *in = object ? json_object_get(body, object) : body;
        message = json_string_value(json_object_get(in, places[i].name));
    }
    return message;
}

/* `bytes`, less a character at the end that was cut in two. */
static size_t whole_characters(const char *s, size_t bytes) {
    size_t start = bytes;
    while (start > 0 && ((unsigned char)s[start - 1] & 0xc0) == 0x80)
        start--;
    uint32_t code_point;
    if (start == 0 || utf8_decode(s + start - 1, bytes - (start - 1), &code_point) > 0)
        return bytes;
    return (unsigned char)s[start - 1] >= 0xc0 ? start - 1 : bytes;
}

void why_say_words(struct verdict *v, const char *s) {
    char line[WORDS_SHOWN_MAX];
    size_t n = 0;
    bool space = false;
    for (; *s && n < sizeof line; s++) {
        if (strchr(" \t\r\n", *s)) {
            space = n > 0;
            continue;
        }
        if (space && n < sizeof line)
            line[n++] = ' ';
        space = false;
        if (n < sizeof line)
            line[n++] = *s;
    }
    bool cut = *s != '\0';
    if (n > 1 && !cut && line[n - 1] == '.' && line[n - 2] != '.')
        n--; /* more may follow */
    if (n == 0)
        return;
    if (cut)
        n = whole_characters(line, n);
    why_say(v, ": ");
    add(v, line, n);
    if (cut)
        why_say(v, "…");
}

void why_say_excerpt(struct verdict *v, const char *excerpt) {
    json_t *body = json_loads(excerpt, 0, NULL);
    const char *message = body ? message_in(body) : NULL;
    why_say_words(v, message ? message : excerpt);
    json_decref(body);
}
