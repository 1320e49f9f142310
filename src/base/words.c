/* words.c: see words.h. */
#include "base/words.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/ensure.h"

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n';
}

/* One word from *s on into `word`, which has room for the line; *s is behind it then. */
static bool take_word(const char **s, char *word, struct err *e) {
    char quote = '\0';
    for (; **s && (quote || !is_blank(**s)); ++*s) {
        if (**s == quote) {
            quote = '\0';
        } else if (!quote && (**s == '\'' || **s == '"')) {
            quote = **s;
        } else {
            if (**s == '\\' && quote != '\'' && *++*s == '\0')
                return err_set(e, ERR_INPUT, "ends with a backslash");
            *word++ = **s;
        }
    }
    *word = '\0';
    return !quote || err_set(e, ERR_INPUT, "a %c is not closed", quote);
}

static bool split_into(const char *line, char **list, struct err *e) {
    char word[WORDS_BYTES_MAX + 1];
    size_t count = 0;
    for (const char *s = line;;) {
        while (is_blank(*s))
            s++;
        if (!*s)
            return count > 0 || err_set(e, ERR_INPUT, "is empty");
        if (count == WORDS_MAX)
            return err_set(e, ERR_INPUT, "has more than %d words", WORDS_MAX);
        if (!take_word(&s, word, e))
            return false;
        list[count++] = ensure_strdup(word);
    }
}

bool words_split(const char *line, char ***out, struct err *e) {
    if (strlen(line) > WORDS_BYTES_MAX)
        return err_set(e, ERR_INPUT, "is longer than %d bytes", WORDS_BYTES_MAX);
    char **list = ensure_alloc((WORDS_MAX + 1) * sizeof *list);
    memset(list, 0, (WORDS_MAX + 1) * sizeof *list);
    if (!split_into(line, list, e)) {
        words_free(list);
        return false;
    }
    *out = list;
    return true;
}

void words_free(char **words) {
    for (size_t i = 0; words && words[i]; i++)
        free(words[i]);
    free(words);
}

static bool is_plain(const char *word) {
    return *word && !strpbrk(word, " \t\n'\"\\");
}

static bool add_word(struct buf *line, const char *word) {
    if (is_plain(word))
        return buf_add_str(line, word);
    bool ok = buf_add_char(line, '"');
    for (; ok && *word; word++)
        ok = (!strchr("\"\\", *word) || buf_add_char(line, '\\')) && buf_add_char(line, *word);
    return ok && buf_add_char(line, '"');
}

bool words_join(char *const *words, char **out, struct err *e) {
    struct buf line;
    buf_init(&line, WORDS_BYTES_MAX);
    for (size_t i = 0; words[i]; i++)
        if ((i > 0 && !buf_add_char(&line, ' ')) || !add_word(&line, words[i]))
            return err_set(e, ERR_INPUT, "is longer than %d bytes", WORDS_BYTES_MAX);
    *out = buf_steal(&line);
    return true;
}
