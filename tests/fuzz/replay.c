/*
 * replay: runs a fuzz target once on each file of a folder, with any compiler, as a normal test. A
 * finding of the fuzzer becomes a file of the corpus, and so a test.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(int folder, const char *name) {
    struct stat st;
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        if (fd >= 0)
            close(fd);
        return 0;
    }
    size_t size = (size_t)st.st_size;
    uint8_t *data = malloc(size + 1); /* exactly as large, so that a sanitizer sees a step beyond */
    uint8_t *exact = size ? realloc(data, size) : data;
    if (!exact || read(fd, exact, size) != (ssize_t)size) {
        perror(name);
        exit(1);
    }
    close(fd);
    (void)fprintf(stderr, "%s\n", name); /* the last one named is the one that crashed */
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 1;
}

int main(int argc, char **argv) {
    DIR *list = argc == 2 ? opendir(argv[1]) : NULL;
    int count = 0;
    if (!list) {
        (void)fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    for (struct dirent *entry; (entry = readdir(list));)
        count += replay(dirfd(list), entry->d_name);
    (void)closedir(list);
    (void)printf("%d inputs\n", count);
    return count > 0 ? 0 : 1;
}
