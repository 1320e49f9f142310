/* loop.c: see loop.h. */
#include "loop.h"

#include "base/ensure.h"

static void on_wake(uv_timer_t *timer) {
    struct loop *l = timer->data;
    l->wake_ms = DISPATCH_NEVER; /* on_prepare decides */
}

static void set_wake(struct loop *l, uint64_t wake_ms) {
    if (wake_ms == l->wake_ms)
        return;
    uint64_t now_ms = uv_now(l->prepare.loop);
    l->wake_ms = wake_ms;
    if (wake_ms == DISPATCH_NEVER)
        (void)uv_timer_stop(&l->wake);
    else
        (void)uv_timer_start(&l->wake, on_wake, wake_ms > now_ms ? wake_ms - now_ms : 0, 0);
}

static void on_prepare(uv_prepare_t *prepare) {
    struct loop *l = prepare->data;
    set_wake(l, dispatch_step(l->dispatch));
}

void loop_open(struct loop *l, struct dispatch *d) {
    *l = (struct loop){.dispatch = d, .wake_ms = DISPATCH_NEVER};
    int rc = uv_prepare_init(d->host.loop, &l->prepare);
    ASSERT(rc == 0);
    rc = uv_timer_init(d->host.loop, &l->wake);
    ASSERT(rc == 0);
    l->prepare.data = l->wake.data = l;
    rc = uv_prepare_start(&l->prepare, on_prepare);
    ASSERT(rc == 0);
}

void loop_close(struct loop *l) {
    uv_close((uv_handle_t *)&l->prepare, NULL);
    uv_close((uv_handle_t *)&l->wake, NULL);
}

uint64_t loop_now_ms(const struct call_host *host) {
    return uv_now(host->loop);
}
