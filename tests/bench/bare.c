/*
 * bare: the limit to compare with: libcurl's multi interface in one process, answers written to
 * files (in memory where the caller says so), nothing synced, nothing durable, no cap but its own.
 *
 *   bench_bare URL CALLS CONCURRENCY TEXT_BYTES OUT_DIR     prints seconds from first to last call
 */
#include <curl/curl.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BODY_MAX 65536
#define PATH_BYTES 4096

struct call {
    CURL *easy;
    int fd;
    char body[BODY_MAX];
};

static const char *url, *out_dir;
static long calls, started, finished, text_bytes;
static struct curl_slist *headers;

static double now_s(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void must(int ok, const char *what) {
    if (ok)
        return;
    fprintf(stderr, "bench_bare: %s\n", what);
    exit(1);
}

static size_t on_body(char *data, size_t size, size_t count, void *arg) {
    struct call *c = arg;
    return (size_t)write(c->fd, data, size * count);
}

static void start(CURLM *multi, struct call *c) {
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%ld.wav", out_dir, started);
    c->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    must(c->fd >= 0, "cannot write a file");
    int n = snprintf(c->body, sizeof c->body,
                     "{\"model\": \"tts-1\", \"voice\": \"alloy\", \"response_format\": \"wav\", "
                     "\"input\": \"%06ld ",
                     started);
    memset(c->body + n, 'x', (size_t)text_bytes);
    memcpy(c->body + n + text_bytes, "\"}", 3);
    curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, c->body);
    must(curl_multi_add_handle(multi, c->easy) == CURLM_OK, "cannot add a call");
    started++;
}

static void open_call(struct call *c) {
    c->easy = curl_easy_init();
    must(c->easy != NULL, "no easy handle");
    curl_easy_setopt(c->easy, CURLOPT_URL, url);
    curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c);
    curl_easy_setopt(c->easy, CURLOPT_PRIVATE, c);
    curl_easy_setopt(c->easy, CURLOPT_PROXY, "");
    curl_easy_setopt(c->easy, CURLOPT_FAILONERROR, 1L);
}

static void reap(CURLM *multi) {
    int left;
    for (CURLMsg *m; (m = curl_multi_info_read(multi, &left));) {
        struct call *c = NULL;
        must(m->msg == CURLMSG_DONE && m->data.result == CURLE_OK, "a call failed");
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &c);
        curl_multi_remove_handle(multi, c->easy);
        close(c->fd);
        finished++;
        if (started < calls)
            start(multi, c);
    }
}

int main(int argc, char **argv) {
    must(argc == 6, "usage: bench_bare URL CALLS CONCURRENCY TEXT_BYTES OUT_DIR");
    url = argv[1];
    calls = atol(argv[2]);
    long concurrency = atol(argv[3]);
    text_bytes = atol(argv[4]);
    out_dir = argv[5];
    must(text_bytes < BODY_MAX - 256, "text too long");
    must(curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK, "curl");
    headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Expect:");
    CURLM *multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, concurrency);
    struct call *pool = calloc((size_t)concurrency, sizeof *pool);
    must(multi && pool, "memory");
    double begin = now_s();
    for (long i = 0; i < concurrency && started < calls; i++) {
        open_call(&pool[i]);
        start(multi, &pool[i]);
    }
    for (int running = 1; finished < calls;) {
        must(curl_multi_perform(multi, &running) == CURLM_OK, "perform");
        reap(multi);
        if (finished < calls)
            must(curl_multi_poll(multi, NULL, 0, 1000, NULL) == CURLM_OK, "poll");
    }
    printf("%.6f\n", now_s() - begin);
    return 0;
}
