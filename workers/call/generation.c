/* generation.c: see generation.h. Of the loop thread only, so the count needs no lock. */
#include "generation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

/* "\nfirst\nsecond\n" */
static char *profile_names(const struct config *config) {
    size_t bytes = 2;
    for (size_t i = 0; i < config->profile_count; i++)
        bytes += strlen(config->profiles[i]->name) + 1;
    char *names = ensure_alloc(bytes), *at = names;
    *at++ = '\n';
    for (size_t i = 0; i < config->profile_count; i++)
        at += sprintf(at, "%s\n", config->profiles[i]->name);
    *at = '\0';
    return names;
}

struct generation *generation_new(struct config *config, bool owned) {
    struct generation *g = ensure_alloc(sizeof *g);
    *g = (struct generation){
        .config = config, .profiles = profile_names(config), .owned = owned, .uses = 1};
    return g;
}

struct generation *generation_use(struct generation *g) {
    g->uses++;
    return g;
}

void generation_drop(struct generation *g) {
    if (!g || --g->uses > 0)
        return;
    if (g->owned)
        config_free(g->config);
    free(g->profiles);
    free(g);
}
