/* fuzz_zip: any bytes as an EPUB that is to be unpacked. The sum of sizes is no less than nothing,
 * and what is no archive leaves it alone. */
#include <string.h>

#include "document/zip.h"
#include "tests/fuzz/target.h"

#define UNTOUCHED (-7)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    struct err e = {.code = ERR_NONE};
    int fd = target_file(data, bytes);
    int64_t unpacked = UNTOUCHED;
    if (zip_unpacked_bytes(fd, &unpacked, &e))
        MUST(unpacked >= 0 && e.code == ERR_NONE);
    else
        MUST(unpacked == UNTOUCHED && e.code == ERR_INPUT && e.msg[0] != '\0');
    close(fd);
    return 0;
}
