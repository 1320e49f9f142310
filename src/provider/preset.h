/*
 * preset: the profiles that need no file, as text of the same language that config reads. They come
 * before all files, so a file can change them like any other section.
 */
#ifndef PROVIDER_PRESET_H
#define PROVIDER_PRESET_H

#define PRESET_ORIGIN "built-in" /* stands for the file in messages */

extern const char preset_text[];

#endif
