/* fuzz_words: any text where a person, a file or a program gives a word: on a terminal, in a file's
 * name, as a word of a shell, as money, a price or a factor. A terminal obeys nothing of it, a name
 * stays in its folder, and what is read as a number is one. */
#include <string.h>

#include "base/ensure.h"
#include "base/utf8.h"
#include "cli/view/text.h"
#include "queue/price.h"
#include "tests/fuzz/target.h"

static void check_shown(const char *shown) {
    size_t bad;
    MUST(utf8_check(shown, strlen(shown), &bad) == UTF8_GOOD);
    for (const char *p = shown; *p; p++)
        MUST((unsigned char)*p >= ' ' && *p != 0x7f);
    MUST(!strstr(shown, "\xe2\x80\xae") && !strstr(shown, "\xc2\x9b"));
}

static void check_name(const char *text) {
    char name[TEXT_FILE_NAME_BYTES_MAX + 1];
    size_t bad;
    for (size_t words = 0; words < 4; words++) {
        text_file_name(text, words, name);
        MUST(name[0] && name[0] != '.' && name[0] != '-' && !strchr(name, '/'));
        MUST(strlen(name) <= TEXT_FILE_NAME_BYTES_MAX);
        MUST(utf8_check(text, strlen(text), &bad) != UTF8_GOOD ||
             utf8_check(name, strlen(name), &bad) == UTF8_GOOD);
        for (const char *p = name; *p; p++)
            MUST((unsigned char)*p >= ' ' && *p != 0x7f);
    }
}

static void check_line(const char *text) {
    char *out = NULL;
    size_t bytes = 0;
    FILE *to = open_memstream(&out, &bytes);
    MUST(to);
    text_print_line(to, text);
    MUST(fclose(to) == 0);
    MUST(bytes > 0 && out[bytes - 1] == '\n');
    out[bytes - 1] = '\0';
    check_shown(out);
    free(out);
}

static void check_money(const char *text) {
    struct price price;
    struct err e = {.code = ERR_NONE};
    int64_t n = -1, again = -1;
    char currency[PRICE_CURRENCY_BYTES], shown[PRICE_MONEY_BYTES];
    if (price_factor_parse(text, &n, &e))
        MUST(n > 0);
    else
        MUST(e.code != ERR_NONE && e.msg[0]);
    if (price_money_parse(text, "", true, &n, currency, &e)) {
        MUST(n >= 0);
        MUST(price_money_parse(price_money_text(n, shown), "", true, &again, currency, &e));
        MUST(again == n);
    }
    if (price_parse(text, &price, currency, &e))
        MUST(price.units >= 1 && price_cost(&price, INT64_MAX) >= price_cost(&price, 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    char shown[TEXT_SHOWN_BYTES], *text = ensure_alloc(bytes + 1);
    if (bytes)
        memcpy(text, data, bytes);
    text[bytes] = '\0';
    check_shown(text_show(text, 200, shown));
    check_shown(text_word(text, shown));
    check_line(text);
    check_name(text);
    check_money(text);
    free(text);
    return 0;
}
