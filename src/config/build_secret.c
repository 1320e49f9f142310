/* build_secret.c: see build_secret.h. */
#include "config/build_secret.h"

#include <stdlib.h>
#include <string.h>

#include "config/value.h"
#include "provider/secret.h"

static const char prefix[] = "file:"; /* of the values in [secrets] */

bool build_secrets_check(const struct sheet *s, struct err *e) {
    const struct sheet_section *section = sheet_section(s, SECTION_SECRETS, "");
    for (size_t i = 0; section && i < section->setting_count; i++) {
        const struct setting *setting = &section->settings[i];
        if (strncmp(setting->value, prefix, strlen(prefix)) == 0 &&
            setting->value[strlen(prefix)] != '\0')
            continue;
        (void)err_set(e, ERR_CONFIG,
                      "is written file:PATH; the secret itself never stands in this file");
        return sheet_blame(setting, 0, e);
    }
    return true;
}

/* The file that [secrets] names for this secret, absolute; NULL = none. To be freed. */
static char *secret_file(const struct sheet *s, const char *folder, const char *name) {
    const struct sheet_section *section = sheet_section(s, SECTION_SECRETS, "");
    const struct setting *setting = sheet_setting(section, key_find(SECTION_SECRETS, name), name);
    if (!setting)
        return NULL;
    char *own = sheet_folder_of(setting, folder);
    char *path = value_path(own, setting->value + strlen(prefix));
    free(own);
    return path;
}

void build_secret(const struct sheet *s, const char *folder, const char *name,
                  struct profile_secret *out) {
    char *file = secret_file(s, folder, name);
    struct secret_places places = {
        .credentials = getenv("CREDENTIALS_DIRECTORY"), .file = file, .environment = getenv(name)};
    secret_find(name, &places, out);
    free(file);
}
