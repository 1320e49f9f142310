/* check_used.c: see check.h. */
#include <string.h>

#include "cli/care/check.h"

static void note_batch(const struct store_batch_row *row, void *arg) {
    struct check *c = arg;
    const struct config *config = c->session.config;
    for (size_t i = 0; i < config->profile_count; i++)
        if (strcmp(config->profiles[i]->name, row->profile) == 0)
            c->is_used[i] = true;
}

void check_find_used(struct check *c) {
    const struct config *config = c->session.config;
    const struct store_reader batches = {.batch = note_batch, .arg = c};
    struct err e;
    for (size_t i = 0; i < config->profile_count; i++) {
        const struct profile *p = config->profiles[i];
        c->is_used[i] =
            strcmp(p->name, config->profile) == 0 || config_sets_account(config, p->account);
    }
    if (c->session.store && !store_status(c->session.store, 0, &batches, &e))
        check_fail(c, &e);
}
