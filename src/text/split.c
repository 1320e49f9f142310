/* split.c: see split.h. */
#include "text/split.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>

#include "base/ensure.h"
#include "base/utf8.h"
#include "text/chars.h"
#include "text/sentence.h"

#define LOOK_AHEAD_BYTES 512    /* behind a part: what decides whether it ends with a sentence */
#define SPEECHLESS_BYTES_MAX 24 /* a longer sentence is taken to hold something to speak */
#define ENTITY_BYTES_MAX 12     /* &hellip; */

/* The least part of the limit that a cut must fill, in percent, to be taken for its quality. */
#define PARAGRAPH_FILL 50
#define SENTENCE_FILL 25
#define CLAUSE_FILL 25
#define SPACE_FILL 25

static bool open_iterator(UBreakIterator **out, UBreakIteratorType type, struct err *e) {
    UErrorCode code = U_ZERO_ERROR;
    *out = ubrk_open(type, "en", NULL, 0, &code);
    if (U_SUCCESS(code))
        return true;
    *out = NULL;
    return err_set(e, code == U_MEMORY_ALLOCATION_ERROR ? ERR_MEMORY : ERR_CONFIG,
                   "ICU cannot break texts: %s", u_errorName(code));
}

bool splitter_new(struct splitter **out, struct err *e) {
    struct splitter *s = ensure_alloc(sizeof *s);
    UErrorCode code = U_ZERO_ERROR;
    *s = (struct splitter){.text = utext_openUTF8(NULL, "", 0, &code)};
    if (U_FAILURE(code)) {
        splitter_free(s);
        return err_set(e, ERR_MEMORY, "ICU: %s", u_errorName(code));
    }
    if (!open_iterator(&s->sentence, UBRK_SENTENCE, e) || !open_iterator(&s->word, UBRK_WORD, e) ||
        !open_iterator(&s->grapheme, UBRK_CHARACTER, e)) {
        splitter_free(s);
        return false;
    }
    *out = s;
    return true;
}

void splitter_free(struct splitter *s) {
    if (!s)
        return;
    if (s->sentence)
        ubrk_close(s->sentence);
    if (s->word)
        ubrk_close(s->word);
    if (s->grapheme)
        ubrk_close(s->grapheme);
    if (s->text)
        (void)utext_close(s->text);
    free(s);
}

/* ---- sentences ------------------------------------------------------------------------------- */

static bool is_speechless(const char *text, size_t bytes) {
    if (bytes > SPEECHLESS_BYTES_MAX || (text[0] >= 'A' && text[0] <= 'Z'))
        return false;
    return utf8_count_speakable(text, bytes) == 0;
}

bool split_sentences(struct splitter *s, const char *text, size_t bytes, split_each *each,
                     void *arg) {
    struct sentences q;
    size_t begin = 0, end = 0, at;
    sentences_begin(&q, s, text, bytes, true);
    while (sentences_next(&q, &at)) {
        /* begin … end is complete; whether end … at speaks decides where it belongs */
        if (end > begin && !is_speechless(text + begin, end - begin) &&
            !is_speechless(text + end, at - end)) {
            if (!each(arg, begin, end - begin))
                return false;
            begin = end;
        }
        end = at;
    }
    return begin == bytes || each(arg, begin, bytes - begin);
}

/* ---- what must stay whole -------------------------------------------------------------------- */

static bool is_tag_start(uint32_t c) {
    return c == '/' || c == '#' || c == '!' || c == '?' || (c < 0x80 && u_isalpha((UChar32)c));
}

/* A piece under way, and the text it is cut from. */
struct piece {
    const char *text;
    size_t bytes;   /* of the text */
    size_t begin;   /* where the piece begins: not white space */
    size_t fits;    /* so far the limit reaches */
    size_t reach;   /* and over the white space behind that: no cut beyond */
    bool has_marks; /* the text holds < or &, so a cut may be inside a tag */
    struct splitter *s;
};

struct enclosure {
    char open, close;
    size_t bytes_max; /* what is longer is none */
};
static const struct enclosure tag = {'<', '>', SPLIT_TAG_BYTES_MAX};
static const struct enclosure entity = {'&', ';', ENTITY_BYTES_MAX};

/* The one that `at` is inside of, at its opening mark; NULL when there is none. */
static const char *enclosing(const struct piece *p, size_t at, const struct enclosure *kind) {
    size_t back = at - p->begin < kind->bytes_max ? at - p->begin : kind->bytes_max;
    const char *open = back ? memrchr(p->text + at - back, kind->open, back) : NULL;
    if (!open)
        return NULL;
    size_t rest = p->bytes - (size_t)(open - p->text);
    const char *close = memchr(open, kind->close, rest < kind->bytes_max ? rest : kind->bytes_max);
    return close && close >= p->text + at ? open : NULL;
}

static bool is_in_tag(const struct piece *p, size_t at) {
    const char *open = enclosing(p, at, &tag);
    return open && is_tag_start((unsigned char)open[1]);
}

static bool is_in_entity(const struct piece *p, size_t at) {
    const char *c = enclosing(p, at, &entity);
    if (!c)
        return false;
    while (*++c != ';')
        if (*c != '#' && !((*c | 0x20) >= 'a' && (*c | 0x20) <= 'z') && !(*c >= '0' && *c <= '9'))
            return false;
    return true;
}

static bool is_free(const struct piece *p, size_t at) {
    return !p->has_marks || !(is_in_tag(p, at) || is_in_entity(p, at));
}

/* ---- where a piece may end ------------------------------------------------------------------- */

static size_t least_fill(const struct piece *p, size_t percent) {
    return p->begin + (p->fits - p->begin) / 100 * percent;
}

/* A line end with nothing but white space up to the next. */
static size_t find_paragraph(const struct piece *p) {
    size_t least = least_fill(p, PARAGRAPH_FILL);
    for (size_t at = p->reach; at > least;) {
        const char *newline = memrchr(p->text + least, '\n', at - least);
        if (!newline)
            return 0;
        at = (size_t)(newline - p->text);
        size_t line = at;
        while (line > p->begin &&
               (p->text[line - 1] == ' ' || p->text[line - 1] == '\t' || p->text[line - 1] == '\r'))
            line--;
        size_t after = chars_skip_space(p->text, p->bytes, at);
        if (line > p->begin && p->text[line - 1] == '\n' && after <= p->reach && is_free(p, after))
            return after;
    }
    return 0;
}

/* The last sentence end within reach, however little it fills. */
static size_t find_sentence(const struct piece *p) {
    struct sentences q;
    size_t end, best = 0;
    size_t ahead = p->bytes - p->reach, look = ahead < LOOK_AHEAD_BYTES ? ahead : LOOK_AHEAD_BYTES;
    size_t bytes = p->reach - p->begin + look;
    while (p->begin + bytes < p->bytes &&
           ((unsigned char)p->text[p->begin + bytes] & 0xc0u) == 0x80u)
        bytes++;
    sentences_begin(&q, p->s, p->text + p->begin, bytes, p->begin + bytes == p->bytes);
    while (sentences_next(&q, &end) && p->begin + end <= p->reach)
        if (is_free(p, p->begin + end))
            best = p->begin + end;
    return best;
}

static bool is_digit(uint32_t c) {
    return u_isdigit((UChar32)c) != 0;
}

/* Marks that end a clause wherever they stand, and those that do so before white space only. */
static bool is_clause_mark(uint32_t c, bool space_follows) {
    switch (c) {
    case 0x3001: /* 、 */
    case 0xff0c: /* ， */
    case 0xff1b: /* ； */
    case 0xff1a: /* ： */
    case 0x2014: /* em dash */
    case 0x2026: /* ellipsis */
    case 0xfe50:
    case 0xfe51:
        return true;
    case ',':
    case ';':
    case ':':
    case 0x2013: /* en dash */
    case 0x060c: /* Arabic comma */
    case 0x061b: /* Arabic semicolon */
        return space_follows;
    default:
        return space_follows && chars_is_sentence_mark(c) && c != '.';
    }
}

/* Does a clause end before `at`? */
static bool is_clause_end(const struct piece *p, size_t at) {
    size_t begin, before, next;
    size_t end = chars_skip_space_back(p->text, p->begin, at);
    bool spaced = end < at;
    if (memchr(p->text + end, '\n', at - end))
        return true;
    uint32_t c = chars_before(p->text, p->begin, end, &begin);
    while (chars_is_closer(c)) {
        end = begin;
        c = chars_before(p->text, p->begin, end, &begin);
    }
    if (!is_clause_mark(c, spaced))
        return false;
    uint32_t after = chars_at(p->text, p->bytes, at, &next);
    if (chars_is_closer(after) || is_clause_mark(after, true) || chars_is_sentence_mark(after))
        return false; /* 」 and what else belongs to the mark */
    return spaced || !is_digit(after) || !is_digit(chars_before(p->text, p->begin, begin, &before));
}

/* The last clause end and the last white space within reach: one way back. */
static void find_clause_and_space(const struct piece *p, size_t *clause, size_t *space) {
    size_t least_clause = least_fill(p, CLAUSE_FILL), least_space = least_fill(p, SPACE_FILL);
    size_t before, next;
    *clause = *space = 0;
    for (size_t at = p->reach; at > p->begin; at = before) {
        uint32_t c = chars_before(p->text, p->begin, at, &before);
        if (at <= least_clause && at <= least_space)
            return;
        bool spaced = chars_is_space(c) && !chars_is_space(chars_at(p->text, p->bytes, at, &next));
        bool maybe = spaced || c >= 0x2000;
        if (!maybe || at == p->bytes)
            continue;
        if (spaced && !*space && c != 0xa0 && c != 0x202f && is_free(p, at))
            *space = at;
        if (at > least_clause && is_clause_end(p, at) && is_free(p, at)) {
            *clause = at;
            return;
        }
    }
}

/* May a word begin here: not before what belongs to the one before, not behind what opens it. */
static bool is_word_start(const struct piece *p, size_t at) {
    size_t begin, next;
    uint32_t after = chars_at(p->text, p->bytes, at, &next);
    uint32_t before = chars_before(p->text, p->begin, at, &begin);
    return !chars_is_closer(after) && !chars_is_sentence_mark(after) &&
           !is_clause_mark(after, true) && (!chars_is_opener(before) || chars_is_closer(before));
}

static size_t ahead_of(const struct piece *p) {
    size_t ahead = p->bytes - p->reach < LOOK_AHEAD_BYTES ? p->bytes - p->reach : LOOK_AHEAD_BYTES;
    size_t end = p->reach + ahead;
    while (end < p->bytes && ((unsigned char)p->text[end] & 0xc0u) == 0x80u)
        end++;
    return end - p->begin;
}

/* The last boundary of this kind within reach, behind the piece's begin; 0 = none. */
static size_t find_boundary(const struct piece *p, UBreakIterator *it, bool words) {
    splitter_set_text(p->s, it, p->text + p->begin, ahead_of(p));
    int32_t at = (int32_t)(p->reach - p->begin);
    if (!ubrk_isBoundary(it, at))
        at = ubrk_preceding(it, at);
    for (; at > 0; at = ubrk_previous(it)) {
        size_t cut = p->begin + (size_t)at;
        if (is_free(p, cut) && (!words || is_word_start(p, cut)))
            return cut;
    }
    return 0;
}

/* ICU's words begin at a letter, so a word's boundary may still be inside a cluster ("a" + ZWJ). */
static bool is_grapheme_boundary(const struct piece *p, size_t at) {
    if (at == 0 || at >= p->bytes)
        return at != 0;
    splitter_set_text(p->s, p->s->grapheme, p->text + p->begin, ahead_of(p));
    return ubrk_isBoundary(p->s->grapheme, (int32_t)(at - p->begin));
}

static size_t best_cut(const struct piece *p) {
    size_t cut = find_paragraph(p), clause, space;
    if (cut && is_grapheme_boundary(p, cut))
        return cut;
    size_t sentence = find_sentence(p);
    if (sentence && !is_grapheme_boundary(p, sentence))
        sentence = 0;
    if (sentence > least_fill(p, SENTENCE_FILL))
        return sentence;
    find_clause_and_space(p, &clause, &space);
    if (clause && is_grapheme_boundary(p, clause))
        return clause;
    if (sentence)
        return sentence;
    if (space > least_fill(p, SPACE_FILL) && is_grapheme_boundary(p, space))
        return space;
    cut = find_boundary(p, p->s->word, true);
    if (cut && is_grapheme_boundary(p, cut))
        return cut;
    return find_boundary(p, p->s->grapheme, false);
}

void split_trim(const char *text, size_t *at, size_t *bytes) {
    size_t begin = chars_skip_space(text, *at + *bytes, *at);
    size_t end = chars_skip_space_back(text, begin, *at + *bytes);
    *at = begin;
    *bytes = end - begin;
}

static bool cannot_cut(const struct piece *p, const struct measure_limit *limit, struct err *e) {
    size_t line = 1;
    for (size_t i = 0; i < p->begin; i++)
        line += p->text[i] == '\n';
    return err_set(e, ERR_INPUT,
                   "line %zu of the text holds something that must not be cut (a tag or a composed "
                   "character) and is longer than %lld %s",
                   line, (long long)limit->max, measure_unit_name(limit->unit));
}

struct finding {
    struct split_ends found;
    size_t room;
};

static bool add_end(struct finding *f, size_t end, struct err *e) {
    struct split_ends *found = &f->found;
    if (found->count == found->count_max)
        return err_set(e, ERR_INPUT, "the text would have to be split into more than %zu pieces",
                       found->count_max);
    if (found->count == f->room) {
        f->room = 2 * f->room + 16;
        found->ends = ensure_realloc(found->ends, f->room * sizeof *found->ends);
    }
    found->ends[found->count++] = end;
    return true;
}

static bool find_ends(struct piece *p, const struct measure_limit *limit, struct finding *f,
                      struct err *e) {
    for (size_t from = 0; from < p->bytes;) {
        p->begin = chars_skip_space(p->text, p->bytes, from);
        p->fits = p->begin +
                  measure_fit(p->text + p->begin, p->bytes - p->begin, limit->unit, limit->max);
        p->reach = chars_skip_space(p->text, p->bytes, p->fits);
        from = p->reach == p->bytes ? p->bytes : best_cut(p);
        if (from == 0)
            return cannot_cut(p, limit, e);
        if (!add_end(f, from, e))
            return false;
    }
    return true;
}

bool split_ends(struct splitter *s, const char *text, size_t bytes,
                const struct measure_limit *limit, struct split_ends *out, struct err *e) {
    PRE(limit->max > 0);
    struct piece p = {.text = text, .bytes = bytes, .s = s};
    struct finding f = {.found.count_max = out->count_max};
    p.has_marks = memchr(text, '<', bytes) || memchr(text, '&', bytes);
    bool ok = find_ends(&p, limit, &f, e);
    if (!ok) {
        free(f.found.ends);
        f.found = (struct split_ends){.count_max = out->count_max};
    }
    *out = f.found;
    return ok;
}
