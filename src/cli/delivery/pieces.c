/* pieces.c: see pieces.h. */
#include "cli/delivery/pieces.h"

#include <inttypes.h>

static bool add_piece(struct session *s, int results_fd, struct join *join,
                      const struct stored *piece, struct err *e) {
    struct stored_sound sound;
    struct err why;
    bool ok = stored_open(s, results_fd, piece, &sound, e);
    if (ok && !join_add(join, &sound.source, stored_format(piece), 0, &why))
        ok = err_set(e, why.code, "job %" PRId64 ", piece at byte %zu: %.300s", piece->job_id,
                     piece->text_at, why.msg);
    stored_close(&sound);
    return ok;
}

bool pieces_join(struct session *s, int results_fd, const struct stored_list *list, int fd,
                 struct join_report *report, struct err *e) {
    struct join_options options = {.bytes_expected = list->bytes};
    struct join *join = join_new(fd, &options);
    bool ok = true;
    for (size_t i = 0; ok && i < list->count; i++)
        ok = add_piece(s, results_fd, join, &list->items[i], e);
    ok = ok && join_end(join, report, e);
    join_free(join);
    return ok;
}
