/* fuzz_config: any bytes as a configuration file, through everything that reads one: syntax, keys,
 * values, profiles, templates, checks. An error has to be one line that begins with the file. */
#include <string.h>

#include "config/config.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    char path[64];
    struct config *config = NULL;
    struct err e = {.code = ERR_NONE};
    int fd = target_file(data, bytes);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    MUST(setenv("TTSQ_CONFIG", path, 1) == 0);
    if (config_load(&config, &e)) {
        struct buf out;
        buf_init(&out, 16 * 1024 * 1024);
        MUST(config_profile(config, config->profile) != NULL);
        MUST(config_print_origin(config, &out, &e));
        buf_release(&out);
        config_free(config);
    } else {
        MUST(e.code != ERR_NONE && e.msg[0] != '\0' && !strchr(e.msg, '\n'));
    }
    close(fd);
    return 0;
}
