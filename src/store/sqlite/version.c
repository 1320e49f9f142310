/*
 * version: what is to be thought of the SQLite that is linked.
 *
 * SQLite before 3.51.3 (but for the backports 3.44.6 and 3.50.7; 3.52.0 was withdrawn) can lose a
 * committed transaction when a checkpoint races a writer that resets the log
 * (https://sqlite.org/wal.html, "The WAL-reset bug"). ttsq's own checkpoints cannot race
 * (checkpoint.c); a foreign program's can.
 */
#include <stdio.h>

#include "store/sqlite/db.h"

static bool is_fixed(int v) {
    bool backported = (v >= 3044006 && v < 3045000) || (v >= 3050007 && v < 3051000);
    return backported || (v >= 3051003 && v != 3052000);
}

struct store_verdict store_version_verdict(void) {
    static char library[32];
    (void)snprintf(library, sizeof library, "SQLite %s", sqlite3_libversion());
    bool race = !is_fixed(sqlite3_libversion_number());
    return (struct store_verdict){
        .library = library,
        .wal_reset_race = race,
        .advice =
            race ? "has the WAL-reset race; ttsq's checkpoints exclude it; other programs must "
                   "set PRAGMA wal_autocheckpoint=0 before they open the live database"
                 : "free of the WAL-reset race",
    };
}
