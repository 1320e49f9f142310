/*
 * veto.c: see veto.h. A language is not asked for: a book holds several, and an abbreviation of one
 * is hardly ever a sentence's last word in another. To teach it an abbreviation: a row below, in
 * lower case, without its last dot.
 */
#include "text/veto.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>

#include "text/chars.h"

#define WORD_BYTES_MAX 24 /* of an abbreviation, with its inner dots */

/* Something follows, whatever it is. Sorted by bytes. */
static const char *const never_last[] = {
    /* titles, places: English, German, French, Spanish, Italian, Portuguese, Dutch, Russian */
    "abb",
    "abs",
    "abt",
    "adm",
    "adr",
    "allg",
    "anm",
    "approx",
    "art",
    "assoc",
    "ave",
    "avv",
    "bd",
    "bds",
    "betr",
    "bldg",
    "blvd",
    "brig",
    "bspw",
    "bzgl",
    "bzw",
    "ca",
    "capt",
    "cf",
    "chap",
    "cit",
    "cmdr",
    "col",
    "cpl",
    "d.h",
    "dept",
    "det",
    "dgl",
    "dipl",
    "dott",
    "dr",
    "dra",
    "drs",
    "e.g",
    "ebd",
    "ed",
    "eds",
    "eig",
    "einschl",
    "engr",
    "entspr",
    "ev",
    "evtl",
    "exc",
    "fig",
    "figs",
    "fn",
    "fr",
    "frl",
    "geb",
    "gegr",
    "gen",
    "gest",
    "ggf",
    "gov",
    "hon",
    "hr",
    "hrn",
    "hrsg",
    "i.d.r",
    "i.e",
    "ill",
    "ing",
    "inkl",
    "insb",
    "insp",
    "jh",
    "jhd",
    "jr.dr",
    "kap",
    "lt",
    "ltd.co",
    "lic",
    "mag",
    "maj",
    "max",
    "mgr",
    "min.dir",
    "mio",
    "mlle",
    "mlles",
    "mm",
    "mme",
    "mmes",
    "mons",
    "mr",
    "mrd",
    "mrs",
    "ms",
    "msgr",
    "mt",
    "mtn",
    "mwst",
    "n.b",
    "nr",
    "o.g",
    "p.ex",
    "pfc",
    "pp",
    "prof",
    "pvt",
    "rep",
    "resp",
    "rev",
    "s.o",
    "s.u",
    "sen",
    "sgt",
    "sig",
    "sog",
    "sr.dr",
    "sra",
    "srta",
    "st",
    "ste",
    "str",
    "supt",
    "tel",
    "u.a",
    "u.u",
    "univ",
    "usf.v",
    "v.a",
    "vgl",
    "viz",
    "vs",
    "z.b",
    "z.t",
    "z.zt",
    "zb",
    "zzgl",
    "\xd0\xb3\xd1\x80",
    "\xd1\x82.\xd0\xb5",
    "\xd1\x83\xd0\xbb"};

/* A number follows, else it is the last word: "Fig. 3" but "She said no." Sorted. */
static const char *const before_number[] = {
    "ap",  "apr", "aug", "av",   "ch",  "dec",  "dez", "eq",  "feb", "j",   "jan", "jul",
    "jun", "jg",  "kl",  "l",    "mar", "no",   "nos", "nov", "okt", "oct", "op",  "p",
    "par", "s",   "sec", "sect", "sep", "sept", "t",   "tab", "v",   "vol", "z"};

/* "in the U.S. He …" ends a sentence, "the U.S. Army" does not: after a dotted abbreviation one of
 * these begins a new one. Sorted. */
static const char *const starters[] = {
    "a",     "after", "al",   "all",  "and",  "as",  "at",   "aber", "auch", "but",  "ce",
    "cela",  "das",   "der",  "die",  "doch", "ein", "eine", "el",   "elle", "er",   "es",
    "et",    "for",   "he",   "her",  "his",  "how", "i",    "ich",  "if",   "il",   "ils",
    "im",    "in",    "it",   "its",  "je",   "la",  "le",   "les",  "mais", "my",   "no",
    "not",   "now",   "nous", "on",   "or",   "she", "sie",  "so",   "that", "the",  "then",
    "there", "these", "they", "this", "to",   "und", "un",   "une",  "we",   "what", "when",
    "where", "who",   "why",  "wir",  "yes",  "you"};

/* Behind an ordinal such as "3." (German and its neighbours), capitalised or not. Sorted. */
static const char *const ordinals[] = {
    "abschnitt", "april",  "august",      "auflage",      "band",        "dezember", "etage",
    "februar",   "jahr",   "jahrhundert", "jahrhunderts", "januar",      "juli",     "juni",
    "kapitel",   "klasse", "mai",         "mal",          "m\xc3\xa4rz", "november", "oktober",
    "platz",     "satz",   "september",   "stock",        "teil",        "tag"};

/* The lists are short and asked about once a sentence end; a wrong order must not lose a word. */
static bool is_in(const char *const *list, size_t count, const char *word) {
    for (size_t i = 0; i < count; i++)
        if (list[i][0] == word[0] && !strcmp(list[i], word))
            return true;
    return false;
}
#define IS_IN(list, word) is_in(list, sizeof list / sizeof list[0], word)

struct word {
    char lower[WORD_BYTES_MAX + 1]; /* "" = too long for an abbreviation */
    size_t letters, digits, dots;   /* code points */
    uint32_t first;
};

static void add_lower(struct word *w, size_t *used, const char *from, size_t bytes, uint32_t c) {
    if (*used + bytes > WORD_BYTES_MAX) {
        *used = WORD_BYTES_MAX + 1; /* stays so */
        return;
    }
    uint32_t lower = (uint32_t)u_tolower((UChar32)c);
    if (c < 0x80)
        w->lower[*used] = (char)lower;
    else
        memcpy(w->lower + *used, from, bytes);
    if (c >= 0x400 && c < 0x460 && lower != c &&
        bytes == 2) { /* Cyrillic capitals stay two bytes */
        w->lower[*used] = (char)(0xc0u | (lower >> 6));
        w->lower[*used + 1] = (char)(0x80u | (lower & 0x3fu));
    }
    *used += bytes;
}

/* Letters, digits and inner dots from `begin` to `end`. */
static void read_word(const char *text, size_t begin, size_t end, struct word *w) {
    size_t next, used = 0;
    *w = (struct word){.letters = 0};
    for (size_t at = begin; at < end; at = next) {
        uint32_t c = chars_at(text, end, at, &next);
        w->first = at == begin ? c : w->first;
        w->letters += u_isalpha((UChar32)c) != 0;
        w->digits += u_isdigit((UChar32)c) != 0;
        w->dots += c == '.';
        add_lower(w, &used, text + at, next - at, c);
    }
    w->lower[used > WORD_BYTES_MAX ? 0 : used] = '\0';
}

static bool is_word_char(uint32_t c) {
    return c == '.' || (c && !chars_is_space(c) && (u_isalnum((UChar32)c) || u_isbase((UChar32)c)));
}

static size_t word_begin(const char *text, size_t from, size_t end) {
    size_t begin, at = end;
    while (end - at <= 2 * WORD_BYTES_MAX && is_word_char(chars_before(text, from, at, &begin)))
        at = begin;
    return at;
}

static size_t word_end(const char *text, size_t bytes, size_t at) {
    size_t next, begin = at;
    while (at - begin <= WORD_BYTES_MAX && u_isalpha((UChar32)chars_at(text, bytes, at, &next)))
        at = next;
    return at;
}

/* Is the dot behind this word, followed by what begins at `after`, part of the word? */
static bool is_abbreviation(const char *text, size_t bytes, size_t from, size_t dot, size_t after) {
    struct word w, follower;
    size_t next, begin = word_begin(text, from, dot);
    uint32_t c = chars_at(text, bytes, after, &next);
    read_word(text, begin, dot, &w);
    read_word(text, after, word_end(text, bytes, after), &follower);
    if (w.letters == 0 && w.digits > 0 && w.dots == 0) /* "3. Oktober", "1. First of all" */
        return chars_skip_space(text, dot, from) == begin || IS_IN(ordinals, follower.lower);
    if (!w.lower[0] || w.digits > 0)
        return false;
    if (IS_IN(never_last, w.lower))
        return true;
    if (u_isdigit((UChar32)c))
        return w.letters == 1 || IS_IN(before_number, w.lower);
    if (w.letters == 1 && w.dots == 0) /* an initial; but "So did I." */
        return w.first != 'I' || (follower.letters == 1 && follower.lower[0] != 'a');
    bool dotted = w.dots > 0 && w.letters == w.dots + 1; /* U.S, p.m, e.V */
    return dotted && u_isupper((UChar32)c) && !IS_IN(starters, follower.lower);
}

/* A quote or bracket behind white space that closes what was said: nothing is attached to it. */
static size_t skip_late_closers(const char *text, size_t bytes, size_t at) {
    size_t next, after;
    uint32_t c = chars_at(text, bytes, at, &next);
    if (!chars_is_closer(c))
        return at;
    uint32_t behind = chars_at(text, bytes, next, &after);
    if (next < bytes && !chars_is_space(behind) && !chars_is_closer(behind))
        return at; /* opens a word, or goes on: « … », dit-il */
    while (chars_is_closer(chars_at(text, bytes, next, &after)))
        next = after;
    return chars_skip_space(text, bytes, next);
}

/* French sets a space before the closing quote, and something may be attached to that. */
static bool is_late_closer_with_tail(const char *text, size_t bytes, size_t at, size_t mark_end) {
    size_t next, after, begin;
    uint32_t c = chars_at(text, bytes, at, &next);
    uint32_t space = chars_before(text, mark_end, at, &begin);
    uint32_t behind = chars_at(text, bytes, next, &after);
    return chars_is_closer(c) && (space == 0xa0 || space == 0x202f) &&
           (behind == ',' || behind == ';' || chars_is_closer(behind) || behind == '.');
}

/* ICU takes the quote behind "。" for a closing one; without white space it opens what follows. */
static size_t before_opening_quote(const char *text, size_t bytes, size_t from, size_t at) {
    size_t begin, before, next;
    uint32_t quote = chars_before(text, from, at, &begin);
    uint32_t follower = chars_at(text, bytes, at, &next);
    bool either = quote == 0x201c || quote == 0x2018;
    bool opens =
        (either && chars_is_cjk(follower)) || (chars_is_opener(quote) && !chars_is_closer(quote));
    uint32_t c = chars_before(text, from, begin, &before);
    return opens && begin > from && (chars_is_sentence_mark(c) || chars_is_closer(c)) ? begin : at;
}

static size_t count_line_ends(const char *text, size_t from, size_t to) {
    size_t lines = 0, next;
    for (size_t at = from; at < to; at = next) {
        uint32_t c = chars_at(text, to, at, &next);
        lines += c == '\n' || c == 0x0b || c == 0x0c || c == 0x85;
        lines += c == 0x2029 ? 2 : 0;
    }
    return lines;
}

size_t veto_sentence(const char *text, size_t bytes, size_t from, size_t at) {
    size_t begin, next;
    at = before_opening_quote(text, bytes, from, at);
    size_t end = chars_skip_space_back(text, from, at);
    size_t lines = count_line_ends(text, end, at);
    if (at >= bytes || lines >= 2)
        return at;
    size_t mark_end = end;
    while (chars_is_closer(chars_before(text, from, mark_end, &begin)))
        mark_end = begin;
    uint32_t mark = chars_before(text, from, mark_end, &begin);
    if (!chars_is_sentence_mark(mark))
        return lines ? 0 : at;
    if (is_late_closer_with_tail(text, bytes, at, end))
        return 0;
    bool closed = mark_end < end;
    size_t late = skip_late_closers(text, bytes, at);
    if (late != at) {
        closed = true;
        at = late;
        if (at >= bytes)
            return at;
    }
    bool lower = u_islower((UChar32)chars_at(text, bytes, at, &next)) != 0;
    if (lower && (closed || mark == '.' || mark == 0x2026))
        return 0;
    if (mark == '.' && !closed && is_abbreviation(text, bytes, from, begin, at))
        return 0;
    return at;
}
