/*
 * voices: which voice a request means. OpenAI's names are mapped to espeak-ng voices; a language
 * that espeak-ng has (`en`, `de`, `cmn`, also `en-us+f3` with a variant) names itself.
 */
#ifndef SAY_VOICES_H
#define SAY_VOICES_H

#include <stddef.h>

#include "base/err.h"

#define VOICES_NAME_BYTES 64

struct voices_voice {
    char espeak[VOICES_NAME_BYTES]; /* argument of espeak-ng -v */
    unsigned pitch;                 /* 0 … 99, espeak-ng's middle is 50 */
};

/* Reads `espeak-ng --voices` of `program`, once, at the start. Without it (the tone engine, or
 * espeak-ng is missing) anything that looks like a language is taken for one. Blocks until the
 * program has answered. */
bool voices_load(const char *program, struct err *e) MUST_CHECK;
void voices_unload(void);

/* false when there is no such voice. An OpenAI name speaks `text` in Chinese when that is mostly
 * Han: those voices speak every language there. */
bool voices_find(const char *name, const char *text, struct voices_voice *out) MUST_CHECK;

#endif
