/* room.c: see room.h. */
#include "cli/view/room.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/space.h"
#include "cli/service.h"

#define MIB (1024.0 * 1024.0)

void room_look(const struct config *c, struct room *room) {
    const char *paths[] = {c->fleet, c->results};
    char shown[TEXT_SHOWN_BYTES];
    struct space space = {.paths = paths, .path_count = 2, .min_bytes = c->space_min_bytes};
    /* of any size: the service's settings may be older than ours */
    struct space reserve = {.paths = paths, .path_count = 2, .min_bytes = SPACE_RESERVE_PART};
    *room = (struct room){.low = false};
    reserve.needs_reserve = c->space_min_bytes > 0 && service_is_running(c->fleet);
    (void)space_look(&space, clock_boot_ms());
    (void)space_look(&reserve, clock_boot_ms());
    room->low = space.low || reserve.low;
    if (room->low) {
        room->path = space.low ? space.low_path : reserve.low_path;
        room->advice = space.low ? "make room there" : "mend what the service's log says of it";
    }
    if (space.low)
        (void)snprintf(room->why, sizeof room->why,
                       "no new calls: less than space_min is left, %.1f MiB at %s",
                       (double)space.low_bytes / MIB, text_show(space.low_path, 200, shown));
    else if (reserve.low)
        (void)snprintf(room->why, sizeof room->why,
                       "no new calls: the reserve is not there, though there is room: %s",
                       text_show(reserve.low_path, 200, shown));
}
