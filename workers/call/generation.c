/* generation.c: see generation.h. Of the loop thread only, so the count needs no lock. */
#include "generation.h"

#include <stdlib.h>

#include "base/ensure.h"

struct generation *generation_new(struct config *config, bool owned) {
    struct generation *g = ensure_alloc(sizeof *g);
    *g = (struct generation){.config = config, .owned = owned, .uses = 1};
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
    free(g);
}
