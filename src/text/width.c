/* width.c: see width.h. */
#include "text/width.h"

#include <stdint.h>
#include <string.h>

#include <unicode/uchar.h>

#include "base/utf8.h"

static size_t columns_of(uint32_t c) {
    if (c < 0x300) /* nearly all there is */
        return 1;
    int8_t type = u_charType((UChar32)c);
    if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR)
        return 0;
    int32_t east_asian = u_getIntPropertyValue((UChar32)c, UCHAR_EAST_ASIAN_WIDTH);
    return east_asian == U_EA_WIDE || east_asian == U_EA_FULLWIDTH ? 2 : 1;
}

static size_t step(const char *s, size_t bytes, size_t *columns) {
    uint32_t c = 0;
    size_t n = utf8_decode(s, bytes, &c);
    *columns = n ? columns_of(c) : 1;
    return n ? n : 1;
}

size_t width_of(const char *s) {
    size_t bytes = strlen(s), width = 0, columns;
    for (size_t i = 0; i < bytes; width += columns)
        i += step(s + i, bytes - i, &columns);
    return width;
}

size_t width_fit(const char *s, size_t columns) {
    size_t bytes = strlen(s), width = 0, i = 0, more;
    while (i < bytes) {
        size_t n = step(s + i, bytes - i, &more);
        if (width + more > columns)
            break;
        width += more;
        i += n;
    }
    return i;
}
