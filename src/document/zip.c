/*
 * zip.c: see zip.h. The end record lies in the last 64 KiB and says where the directory is; sizes
 * of zip64 are 0xffffffff here and count as that much. Source: PKWARE's
 * APPNOTE.TXT, 4.3.12, 4.3.16.
 */
#include "document/zip.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/ensure.h"
#include "base/file.h"

#define END_BYTES 22
#define TAIL_BYTES_MAX (END_BYTES + 65535)
#define ENTRY_BYTES 46
#define DIRECTORY_BYTES_MAX (64 << 20)

static uint32_t le(const unsigned char *p, int bytes) {
    uint32_t value = 0;
    while (bytes-- > 0)
        value = value << 8 | p[bytes];
    return value;
}

static bool no_zip(struct err *e) {
    return err_set(e, ERR_INPUT, "it is not a zip archive, as an EPUB is");
}

static bool read_at(int fd, int64_t at, unsigned char *out, size_t bytes) {
    return file_read_at(fd, out, bytes, at) == (ssize_t)bytes;
}

static bool find_directory(int fd, int64_t size, uint32_t *at, uint32_t *bytes) {
    size_t tail_bytes = size < TAIL_BYTES_MAX ? (size_t)size : TAIL_BYTES_MAX;
    unsigned char *tail = ensure_alloc(tail_bytes + 1);
    bool found = false;
    if (tail_bytes >= END_BYTES && read_at(fd, size - (int64_t)tail_bytes, tail, tail_bytes))
        for (size_t i = tail_bytes - END_BYTES + 1; !found && i-- > 0;)
            if (!memcmp(tail + i, "PK\5\6", 4)) {
                *bytes = le(tail + i + 12, 4);
                *at = le(tail + i + 16, 4);
                found = true;
            }
    free(tail);
    return found && (int64_t)*at + *bytes <= size && *bytes <= DIRECTORY_BYTES_MAX;
}

bool zip_unpacked_bytes(int fd, int64_t *bytes, struct err *e) {
    struct stat st;
    uint32_t at, directory_bytes;
    if (fstat(fd, &st) != 0 || !find_directory(fd, st.st_size, &at, &directory_bytes))
        return no_zip(e);
    unsigned char *directory = ensure_alloc((size_t)directory_bytes + 1);
    int64_t sum = 0;
    bool ok = read_at(fd, at, directory, directory_bytes);
    for (size_t i = 0; ok && i < directory_bytes;) {
        const unsigned char *entry = directory + i;
        ok = directory_bytes - i >= ENTRY_BYTES && !memcmp(entry, "PK\1\2", 4);
        if (!ok)
            break;
        sum += le(entry + 24, 4);
        i += (size_t)ENTRY_BYTES + le(entry + 28, 2) + le(entry + 30, 2) + le(entry + 32, 2);
    }
    free(directory);
    *bytes = ok ? sum : *bytes;
    return ok || no_zip(e);
}
