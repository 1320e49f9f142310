/* fuzz_config: any bytes as a configuration file, through everything that reads one: syntax, keys,
 * values, profiles, templates, checks. An error has to be one line that begins with the file. */
#include <string.h>

#include "config/config.h"
#include "tests/fuzz/target.h"

static bool load(const void *data, size_t bytes, struct config **config, struct err *e) {
    char path[64];
    int fd = target_file(data, bytes);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    MUST(setenv("TTSQ_CONFIG", path, 1) == 0);
    bool ok = config_load(config, e);
    close(fd);
    return ok;
}

/* Is anything read at all? A file that is refused for its mode meets no parser. */
static void check_good(void) {
    static const char good[] = "[ttsq]\nprofile = say\n";
    static bool is_checked;
    struct config *config = NULL;
    struct err e;
    if (is_checked)
        return;
    is_checked = true;
    MUST(load(good, sizeof good - 1, &config, &e));
    config_free(config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    struct config *config = NULL;
    struct err e = {.code = ERR_NONE};
    check_good();
    if (load(data, bytes, &config, &e)) {
        struct buf out;
        buf_init(&out, 16 * 1024 * 1024);
        MUST(config_profile(config, config->profile) != NULL);
        MUST(config_print_origin(config, &out, &e));
        buf_release(&out);
        config_free(config);
    } else {
        MUST(e.code != ERR_NONE && e.msg[0] != '\0' && !strchr(e.msg, '\n'));
    }
    return 0;
}
