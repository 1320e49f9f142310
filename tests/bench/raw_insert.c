/*
 * raw_insert: the limit for enqueue: the same lines into one plain table, one prepared statement,
 * one transaction, WAL and FULL, closed properly.
 *
 *   bench_raw_insert FILE DATABASE      prints seconds
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now_s(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void must(int ok, const char *what) {
    if (ok)
        return;
    fprintf(stderr, "bench_raw_insert: %s\n", what);
    exit(1);
}

int main(int argc, char **argv) {
    sqlite3 *db;
    sqlite3_stmt *insert;
    char *line = NULL;
    size_t room = 0;
    must(argc == 3, "usage: bench_raw_insert FILE DATABASE");
    double begin = now_s();
    FILE *in = fopen(argv[1], "r");
    must(in != NULL, "cannot read the file");
    must(sqlite3_open(argv[2], &db) == SQLITE_OK, "open");
    must(sqlite3_exec(db,
                      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                      "PRAGMA wal_autocheckpoint = 0;"
                      "CREATE TABLE job (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT; BEGIN",
                      NULL, NULL, NULL) == SQLITE_OK,
         "create");
    must(sqlite3_prepare_v2(db, "INSERT INTO job(text) VALUES (?)", -1, &insert, NULL) == SQLITE_OK,
         "prepare");
    for (ssize_t n; (n = getline(&line, &room, in)) > 0;) {
        sqlite3_bind_text(insert, 1, line, (int)n - 1, SQLITE_STATIC);
        must(sqlite3_step(insert) == SQLITE_DONE, "insert");
        sqlite3_reset(insert);
    }
    must(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK, "commit");
    sqlite3_finalize(insert);
    must(sqlite3_close(db) == SQLITE_OK, "close");
    printf("%.6f\n", now_s() - begin);
    free(line);
    fclose(in);
    return 0;
}
