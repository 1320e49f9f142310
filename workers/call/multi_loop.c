/*
 * multi_loop.c: see multi_loop.h.
 *
 * A poll that libcurl no longer asks for (REMOVE) stays with the kernel as long as the socket is
 * one that libcurl opened through us, since then it cannot be closed without our knowing: the next
 * transfer on that connection asks for the same events again and nothing has to be done. Should an
 * event arrive in between (the server closes an idle connection), the poll is stopped then.
 */
#include "multi_loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/ensure.h"

#define DESCRIPTORS_MAX (1 << 20)

struct watch {      /* one descriptor */
    uv_poll_t poll; /* first member: freed by its address */
    struct multi_loop *owner;
    curl_socket_t fd;
    int active; /* uv events that the kernel watches; 0 = stopped */
    int wanted; /* uv events that libcurl asks for */
    bool ours;  /* opened by on_open_socket, so closed by on_close_socket */
};

struct multi_loop {
    uv_loop_t *loop;
    uv_timer_t timer; /* libcurl's one timer */
    CURLM *multi;
    struct watch **watches; /* by descriptor */
    size_t watches_room;
    multi_loop_on_end *on_end;
    void *arg;
};

static void watches_reach(struct multi_loop *m, curl_socket_t fd) {
    size_t need = (size_t)fd + 1;
    ASSERT(fd >= 0 && need < DESCRIPTORS_MAX);
    if (need <= m->watches_room)
        return;
    size_t room = m->watches_room ? m->watches_room : 64;
    while (room < need)
        room *= 2;
    m->watches = ensure_realloc(m->watches, room * sizeof *m->watches);
    for (size_t i = m->watches_room; i < room; i++)
        m->watches[i] = NULL;
    m->watches_room = room;
}

static struct watch *watch_find(const struct multi_loop *m, curl_socket_t fd) {
    return fd >= 0 && (size_t)fd < m->watches_room ? m->watches[fd] : NULL;
}

static struct watch *watch_new(struct multi_loop *m, curl_socket_t fd, bool ours) {
    watches_reach(m, fd);
    ASSERT(!m->watches[fd]);
    struct watch *w = ensure_alloc(sizeof *w);
    *w = (struct watch){.owner = m, .fd = fd, .ours = ours};
    int rc = uv_poll_init(m->loop, &w->poll, fd);
    ASSERT(rc == 0);
    m->watches[fd] = w;
    return w;
}

static void on_watch_closed(uv_handle_t *handle) {
    free(handle);
}

/* Before the descriptor is closed: takes it away from the kernel's poll. */
static void watch_drop(struct watch *w) {
    w->owner->watches[w->fd] = NULL;
    uv_close((uv_handle_t *)&w->poll, on_watch_closed);
}

static void watch_stop(struct watch *w) {
    (void)uv_poll_stop(&w->poll);
    w->active = 0;
}

/* Reports every transfer that has ended. */
static void reap(struct multi_loop *m) {
    int left;
    CURLMsg *msg;
    while ((msg = curl_multi_info_read(m->multi, &left))) {
        if (msg->msg != CURLMSG_DONE)
            continue;
        CURL *easy = msg->easy_handle;
        CURLcode code = msg->data.result; /* msg dies with the removal */
        void *private_pointer = NULL;
        (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&private_pointer);
        CURLMcode mc = curl_multi_remove_handle(m->multi, easy);
        ASSERT(mc == CURLM_OK);
        m->on_end(m->arg, private_pointer, easy, code);
    }
}

static void act(struct multi_loop *m, curl_socket_t fd, int events) {
    int running;
    CURLMcode mc = curl_multi_socket_action(m->multi, fd, events, &running);
    ASSERT(mc == CURLM_OK); /* anything else is misuse or memory: a new process is the way on */
    reap(m);
}

static void on_poll(uv_poll_t *poll, int status, int events) {
    struct watch *w = poll->data;
    int what = 0;
    if (status < 0)
        w->active = 0;    /* libuv has stopped it */
    if (w->wanted == 0) { /* kept between transfers, and something happened: no longer */
        watch_stop(w);
        return;
    }
    if (status < 0)
        what |= CURL_CSELECT_ERR;
    if (events & UV_READABLE)
        what |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        what |= CURL_CSELECT_OUT;
    act(w->owner, w->fd, what);
}

static void watch_want(struct watch *w, int events) {
    w->wanted = events;
    if (w->active == events)
        return;
    w->poll.data = w;
    int rc = uv_poll_start(&w->poll, events, on_poll);
    ASSERT(rc == 0);
    w->active = events;
}

static void watch_unwant(struct watch *w) {
    w->wanted = 0;
    if (w->ours && w->active == UV_READABLE)
        return; /* most likely the next transfer wants just this */
    if (w->ours)
        watch_stop(w);
    else
        watch_drop(w); /* libcurl may close it without a word */
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_pointer) {
    (void)easy;
    (void)socket_pointer;
    struct multi_loop *m = arg;
    struct watch *w = watch_find(m, fd);
    if (what == CURL_POLL_REMOVE) {
        if (w)
            watch_unwant(w);
        return 0;
    }
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    watch_want(w ? w : watch_new(m, fd, false), events);
    return 0;
}

static curl_socket_t on_open_socket(void *arg, curlsocktype purpose,
                                    struct curl_sockaddr *address) {
    const struct multi_loop_opener *opener = arg;
    (void)purpose;
    if (opener->asks && !opener->may_open(opener->arg, &address->addr))
        return CURL_SOCKET_BAD;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    address->protocol);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    (void)watch_new(opener->multi, fd, true);
    return fd;
}

static int on_close_socket(void *arg, curl_socket_t fd) {
    struct watch *w = watch_find(arg, fd);
    if (w)
        watch_drop(w);
    return close(fd);
}

static void on_timer(uv_timer_t *timer) {
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timeout_changed(CURLM *multi, long timeout_ms, void *arg) {
    (void)multi;
    struct multi_loop *m = arg;
    if (timeout_ms < 0)
        (void)uv_timer_stop(&m->timer);
    else /* 0 fires in the loop's next turn, never from here */
        (void)uv_timer_start(&m->timer, on_timer, (uint64_t)timeout_ms, 0);
    return 0;
}

static void set_long(CURLM *multi, CURLMoption option, long value) {
    CURLMcode mc = curl_multi_setopt(multi, option, value);
    ASSERT(mc == CURLM_OK);
}

bool multi_loop_open(struct multi_loop **out, uv_loop_t *loop, long connections_max,
                     multi_loop_on_end *on_end, void *arg, struct err *e) {
    CURLM *multi = curl_multi_init();
    if (!multi)
        return err_set(e, ERR_MEMORY, "libcurl: no multi handle");
    struct multi_loop *m = ensure_alloc(sizeof *m);
    *m = (struct multi_loop){.loop = loop, .multi = multi, .on_end = on_end, .arg = arg};
    int rc = uv_timer_init(loop, &m->timer);
    ASSERT(rc == 0);
    m->timer.data = m;
    set_long(multi, CURLMOPT_MAXCONNECTS, connections_max);
    set_long(multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    CURLMcode mc = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    ASSERT(mc == CURLM_OK);
    mc = curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, m);
    ASSERT(mc == CURLM_OK);
    mc = curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timeout_changed);
    ASSERT(mc == CURLM_OK);
    mc = curl_multi_setopt(multi, CURLMOPT_TIMERDATA, m);
    ASSERT(mc == CURLM_OK);
    *out = m;
    return true;
}

static void on_timer_closed(uv_handle_t *handle) {
    struct multi_loop *m = handle->data;
    free(m->watches);
    free(m);
}

void multi_loop_close(struct multi_loop *m) {
    if (!m)
        return;
    (void)curl_multi_cleanup(m->multi); /* closes the kept connections through on_close_socket */
    for (size_t i = 0; i < m->watches_room; i++)
        if (m->watches[i])
            watch_drop(m->watches[i]);
    uv_close((uv_handle_t *)&m->timer, on_timer_closed);
}

void multi_loop_prepare(struct multi_loop *m, CURL *easy, struct multi_loop_opener *opener) {
    opener->multi = m;
    CURLcode rc = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    ASSERT(rc == CURLE_OK);
    rc = curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, opener);
    ASSERT(rc == CURLE_OK);
    rc = curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close_socket);
    ASSERT(rc == CURLE_OK);
    rc = curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, m);
    ASSERT(rc == CURLE_OK);
}

bool multi_loop_add(struct multi_loop *m, CURL *easy, struct err *e) {
    CURLMcode mc = curl_multi_add_handle(m->multi, easy);
    if (mc == CURLM_OK)
        return true;
    (void)err_set(e, mc == CURLM_OUT_OF_MEMORY ? ERR_MEMORY : ERR_FAILED, "libcurl: %s",
                  curl_multi_strerror(mc));
    e->origin = "curl";
    e->detail = (int)mc;
    return false;
}

void multi_loop_abort(struct multi_loop *m, CURL *easy) {
    CURLMcode mc = curl_multi_remove_handle(m->multi, easy);
    ASSERT(mc == CURLM_OK);
}
