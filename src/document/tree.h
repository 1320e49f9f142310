/* tree: pandoc's JSON, read block by block, so that memory is that of one chapter. Pure. */
#ifndef DOCUMENT_TREE_H
#define DOCUMENT_TREE_H

#include "document/document.h"

/* ERR_INPUT when it is not such a tree; what the reader's `each` reports. */
bool tree_read(const char *json, size_t bytes, struct document_reader *reader,
               struct err *e) MUST_CHECK;

#endif
