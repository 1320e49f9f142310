/* lost.c: see lost.h. */
#include "cli/care/lost.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/file.h"
#include "cli/cli.h"
#include "cli/delivery/stored.h"
#include "cli/view/text.h"
#include "queue/price.h"

#define LOST_SHOWN 20

struct search {
    struct session *session;
    const struct pick *pick;
    int results_fd;
    struct store_lost *list;
    size_t count, room;
    int64_t answers, jobs, files, files_there;
    int64_t cost_micros; /* of the jobs that are to be called again */
    bool ok;
    struct err *e;
};

static void add(struct search *x, const struct stored *one, const struct err *why) {
    if (x->count == x->room) {
        x->room = 2 * x->room + 8;
        x->list = ensure_realloc(x->list, x->room * sizeof *x->list);
    }
    x->list[x->count++] = (struct store_lost){.job_id = one->job_id, .result_id = one->result_id};
    if (x->count <= LOST_SHOWN)
        cli_say("%s", why->msg);
}

/* *lost: its bytes are gone for good. Any other trouble ends the search. */
static bool look_at(struct search *x, const struct stored *one, bool *lost) {
    struct stored_sound sound;
    struct err e;
    bool is_file = one->path != NULL;
    bool good = stored_open(x->session, x->results_fd, one, &sound, &e);
    stored_close(&sound);
    *lost = !good && stored_is_lost(&e);
    x->answers++;
    x->files += is_file;
    x->files_there += is_file && good;
    if (*lost)
        add(x, one, &e);
    if (good || *lost)
        return true;
    *x->e = e;
    return false;
}

static bool on_job(const struct store_job_row *row, void *arg) {
    struct search *x = arg;
    struct stored_list list;
    bool any = false, lost = false;
    if (x->pick->job && row->id != x->pick->job)
        return true;
    if (cli_stop_count())
        return x->ok = err_set(x->e, ERR_INTERRUPTED, "interrupted; nothing was changed");
    x->ok = stored_of_job(x->session, row, &list, x->e);
    for (size_t i = 0; x->ok && i < list.count; i++, any |= lost)
        x->ok = look_at(x, &list.items[i], &lost);
    stored_release(&list);
    x->jobs += any;
    x->cost_micros += any ? row->cost_micros : 0;
    return x->ok;
}

static bool find(struct search *x) {
    int64_t batch_id;
    bool ok = session_batch(x->session, x->pick->batch, &batch_id, x->e) &&
              file_open_dir(x->session->config->results, &x->results_fd, x->e) &&
              store_jobs_each(x->session->store, batch_id, JOB_BIT(JOB_DONE), on_job, x, x->e) &&
              x->ok;
    if (ok && x->pick->job && x->answers == 0)
        return err_set(x->e, ERR_NOT_FOUND, "job %" PRId64 " is no done job of that batch",
                       x->pick->job);
    if (ok && x->files > 1 && x->files_there == 0)
        return err_set(x->e, ERR_FAILED,
                       "not one of %" PRId64 " answers is good below %.300s: is that the right "
                       "folder, and is it mounted? One of them: --job",
                       x->files, x->session->config->results);
    return ok;
}

static void say(const struct search *x) {
    char money[PRICE_MONEY_BYTES], shown[TEXT_SHOWN_BYTES];
    const struct pick *p = x->pick;
    if (x->count > LOST_SHOWN)
        cli_say("… and %zu more", x->count - LOST_SHOWN);
    printf("%" PRId64 " answers of %s checked: %zu lost or damaged; %" PRId64
           " %s %s ready again\n",
           x->answers, text_word(p->batch, shown), x->count, x->jobs, x->jobs == 1 ? "job" : "jobs",
           p->dry_run     ? "would be"
           : x->jobs == 1 ? "is"
                          : "are");
    if (x->cost_micros > 0)
        cli_say("their calls have cost %s so far; asking again may cost that once more",
                price_money_text(x->cost_micros, money));
}

bool lost_ask_again(struct session *s, const struct pick *pick, int64_t *jobs, struct err *e) {
    struct search x = {.session = s, .pick = pick, .results_fd = -1, .ok = true, .e = e};
    bool ok = find(&x);
    if (ok && x.count > 0 && !pick->dry_run)
        ok = store_ask_again(s->store, x.list, x.count, &x.jobs, e);
    if (ok) {
        say(&x);
        *jobs = x.jobs;
    }
    if (x.results_fd >= 0)
        close(x.results_fd);
    free(x.list);
    return ok;
}
