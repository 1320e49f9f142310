/*
 * replay: runs a fuzz target over the files of its corpus, without libFuzzer: the ordinary tests do
 * this on every build, so what fuzzing has found once stays found. Each input also goes through cut
 * short at every length (of the short ones) and with each byte turned over, which costs little and
 * finds much.
 *
 *   fuzz_NAME FILE-OR-FOLDER…
 */
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/target.h"

#define INPUT_BYTES_MAX (4 * 1024 * 1024)
#define VARIED_BYTES_MAX 2048 /* a longer input is replayed as it is only */

static int64_t inputs;

static void run_varied(const unsigned char *data, size_t bytes) {
    unsigned char *copy = malloc(bytes + 1);
    if (!copy)
        abort();
    for (size_t n = 0; n < bytes; n++) {
        memcpy(copy, data, n); /* a copy of exactly this length: reading on is found */
        (void)LLVMFuzzerTestOneInput(copy, n);
    }
    memcpy(copy, data, bytes);
    for (size_t i = 0; i < bytes; i++) {
        copy[i] = (unsigned char)~copy[i];
        (void)LLVMFuzzerTestOneInput(copy, bytes);
        copy[i] = data[i];
    }
    free(copy);
}

static void run_file(const char *path) {
    FILE *in = fopen(path, "rb");
    unsigned char *data = malloc(INPUT_BYTES_MAX);
    if (!in || !data) {
        perror(path);
        exit(1);
    }
    size_t bytes = fread(data, 1, INPUT_BYTES_MAX, in);
    (void)fclose(in);
    (void)LLVMFuzzerTestOneInput(data, bytes);
    if (bytes <= VARIED_BYTES_MAX)
        run_varied(data, bytes);
    free(data);
    inputs++;
}

static void run_path(const char *path) {
    struct stat st;
    if (stat(path, &st) != 0) {
        perror(path);
        exit(1);
    }
    if (!S_ISDIR(st.st_mode)) {
        run_file(path);
        return;
    }
    DIR *folder = opendir(path);
    if (!folder) {
        perror(path);
        exit(1);
    }
    for (const struct dirent *entry; (entry = readdir(folder));) {
        char inner[PATH_MAX];
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        run_path(inner);
    }
    (void)closedir(folder);
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        run_path(argv[i]);
    if (inputs == 0) {
        fputs("replay: no input\n", stderr);
        return 1;
    }
    return 0;
}
