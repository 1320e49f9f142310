/*
 * preset: the profiles that need no file: etc/providers.d, compiled in, as text of the same
 * language that config reads. They come before all files, so a file can change them like any other
 * section.
 */
#ifndef PROVIDER_PRESET_H
#define PROVIDER_PRESET_H

#include <stddef.h>

struct preset {
    const char *origin; /* stands for the file in messages: "built-in elevenlabs.ini" */
    const char *text;
};

extern const struct preset presets[];
extern const size_t preset_count;

#endif
