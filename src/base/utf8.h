/*
 * utf8: checking, counting and safely showing UTF-8. Pure.
 *
 * Strict as RFC 3629: no surrogates, no overlong forms, nothing over U+10FFFF.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum utf8_verdict {
    UTF8_GOOD,
    UTF8_INVALID, /* no UTF-8 at the offset */
    UTF8_NUL,     /* a NUL byte at the offset: valid in itself, but no text of ours may hold one */
};

/* Checks `bytes` bytes; *bad_offset is set to the first bad byte (start of the bad sequence) unless
 * the verdict is UTF8_GOOD. */
enum utf8_verdict utf8_check(const char *s, size_t bytes, size_t *bad_offset) MUST_CHECK;

/* Decodes the code point at s[0]; returns its length in bytes (1 … 4), or 0 when there is no valid
 * one within `bytes`. */
size_t utf8_decode(const char *s, size_t bytes, uint32_t *code_point);

/* Code points of valid UTF-8 (otherwise: bytes that are not continuation bytes). */
size_t utf8_count_codepoints(const char *s, size_t bytes);

/* Chinese characters, Japanese kanji, Korean hanja: what Azure's price list, and limits like it,
 * count twice (https://learn.microsoft.com/azure/ai-services/speech-service/text-to-speech,
 * "Billable characters"). */
bool utf8_is_ideograph(uint32_t code_point);
size_t utf8_count_ideographs(const char *s, size_t bytes);

/* Code points a voice would spend time on: letters, digits, ideographs. Not counted: controls,
 * white space, punctuation, symbols, combining marks, emoji, invalid bytes. So a plausibility check
 * errs on the side of accepting the audio. */
size_t utf8_count_speakable(const char *s, size_t bytes);

/* Appends s so that a terminal shows it and obeys nothing in it: control characters and invalid
 * bytes as \xNN (newline, return, tab as \n, \r, \t), C1, bidi and invisible format controls as
 * \u{…}. All else is kept. False when *out is full (see buf.h). */
bool utf8_escape_terminal(const char *s, size_t bytes, struct buf *out) MUST_CHECK;

#endif
