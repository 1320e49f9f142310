/* preset.c: see preset.h. To add a provider: a file in etc/providers.d,
 * its shape in tests/vendors. */
#include "provider/preset.h"

#include "preset_embedded.h"

const struct preset presets[] = {
#define PRESET_ROW(name, content) {"built-in " name, content},
    PRESETS(PRESET_ROW)
#undef PRESET_ROW
};
const size_t preset_count = sizeof presets / sizeof *presets;
