/*
 * load_state: one batch on its way into the store; for the files of load alone.
 */
#ifndef CLI_INTAKE_LOAD_STATE_H
#define CLI_INTAKE_LOAD_STATE_H

#include "cli/intake/load.h"
#include "cli/intake/producer.h"

struct load {
    struct session *session;
    const struct load_options *options;
    const struct profile *profile;
    const struct load_list *earlier; /* what has been made by the same call */
    struct load_result *result;
    struct producer producer;
    bool half_loaded;
    int64_t budget_micros;
    char *on_done;     /* with the whole path of its program; NULL = not asked for */
    int64_t append_to; /* a batch that is there and gets more; 0 = a batch of its own */
    char append_profile[STORE_NAME_MAX + 1];
};

#endif
