/* room.c: see room.h. */
#include "cli/view/room.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/space.h"
#include "cli/service.h"
#include "fleet/served.h"

void room_look(const struct config *c, struct room *room) {
    const char *paths[] = {c->fleet, c->results};
    char why[SPACE_WHY_BYTES], shown[TEXT_SHOWN_BYTES];
    struct served_failure failure;
    bool is_running = service_is_running(c->fleet);
    bool works = is_running && !served_failure(c->fleet, &failure);
    struct space space = {
        .paths = paths, .path_count = 2, .min_bytes = c->space_min_bytes, .needs_reserve = works};
    if (is_running)
        space.min_bytes = served_space_min(c->fleet, space.min_bytes);
    *room = (struct room){.min_bytes = space.min_bytes};
    (void)space_look(&space, clock_boot_ms());
    room->low = space.low;
    if (!space.low)
        return;
    bool is_full = space.low_bytes < space.min_bytes;
    room->path = space.low_path;
    room->advice = is_full ? "make room there" : "mend what the service's log says of it";
    (void)snprintf(room->why, sizeof room->why, "no new calls: %s",
                   text_show(space_why(&space, why), 200, shown));
}
