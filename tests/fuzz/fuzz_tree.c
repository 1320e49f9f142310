/* fuzz_tree: any bytes as what pandoc answers; the first byte says how many blocks the reader takes
 * (0 = all). A block is good UTF-8 without blanks around it, in its bounds, and its level a level;
 * who takes no more is asked no more, and his error is the whole's. */
#include <string.h>

#include "base/utf8.h"
#include "document/tree.h"
#include "tests/fuzz/target.h"

struct taker {
    int taken, most;
};

static bool take(void *arg, const struct document_block *block, struct err *e) {
    struct taker *taker = arg;
    size_t bad;
    MUST(block->level >= 0);
    MUST(block->bytes > 0 && block->bytes <= DOCUMENT_BLOCK_BYTES_MAX);
    MUST(strlen(block->text) == block->bytes);
    MUST(utf8_check(block->text, block->bytes, &bad) == UTF8_GOOD);
    MUST(!strchr(" \t\n", block->text[0]) && !strchr(" \t\n", block->text[block->bytes - 1]));
    MUST(taker->most == 0 || taker->taken < taker->most);
    memset(block->text, 'x', block->bytes); /* may be changed */
    taker->taken++;
    return taker->most == 0 || taker->taken < taker->most || err_set(e, ERR_INTERRUPTED, "enough");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    if (bytes == 0)
        return 0;
    struct taker taker = {.most = data[0] % 4};
    struct document_reader reader = {.each = take, .arg = &taker};
    struct err e = {.code = ERR_NONE};
    bool ok = tree_read((const char *)data + 1, bytes - 1, &reader, &e);
    bool enough = taker.most > 0 && taker.taken == taker.most;
    MUST(ok == (e.code == ERR_NONE));
    MUST(enough ? e.code == ERR_INTERRUPTED : ok || (e.code == ERR_INPUT && e.msg[0] != '\0'));
    MUST(reader.code_blocks >= 0 && reader.tables >= 0 && reader.images >= 0 && reader.notes >= 0);
    return 0;
}
