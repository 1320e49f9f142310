/* document.c: see document.h. pandoc writes its tree into a nameless file, which is mapped. */
#include "document/document.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/program.h"
#include "document/tree.h"
#include "document/zip.h"

/* of pandoc's run-time system */
static const char heap_option[] = "-M" DOCUMENT_HEAP_MIB "m";

/* Markdown as people write it: quotes stay as they are, and $5 is money. */
static const char *const readers[] = {
    [DOCUMENT_MARKDOWN] = "markdown-smart-raw_tex-tex_math_dollars-citations-fancy_lists",
    [DOCUMENT_EPUB] = "epub",
};

static bool check_size(int fd, struct err *e) {
    int64_t bytes = 0;
    if (!zip_unpacked_bytes(fd, &bytes, e))
        return false;
    return bytes <= DOCUMENT_UNPACKED_BYTES_MAX ||
           err_set(e, ERR_INPUT, "it would unpack to %lld MiB, more than %lld MiB",
                   (long long)bytes >> 20, (long long)DOCUMENT_UNPACKED_BYTES_MAX >> 20);
}

static bool run_pandoc(int in, int out, enum document_format format,
                       const struct document_reader *reader, struct err *e) {
    const char *argv[] = {"pandoc", "--sandbox", "--quiet", "-f", readers[format], "-t", "json",
                          "+RTS",   heap_option, "-RTS",    NULL};
    struct program pandoc = {.argv = argv,
                             .in_fd = in,
                             .out_fd = out,
                             .timeout_ms = DOCUMENT_TIMEOUT_MS,
                             .file_bytes_max = DOCUMENT_TREE_BYTES_MAX,
                             .is_stopped = reader->is_stopped};
    if (program_run(&pandoc, e))
        return true;
    if (e->code == ERR_NOT_FOUND)
        return err_set(e, ERR_FAILED,
                       "pandoc is not installed, which reads EPUB and Markdown; `apt install "
                       "pandoc`, or give plain text");
    if (e->code == ERR_FAILED)
        e->code = ERR_INPUT;
    return false;
}

static bool read_tree(int fd, struct document_reader *reader, struct err *e) {
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_set_errno(e, errno, "cannot read what pandoc wrote");
    size_t bytes = (size_t)st.st_size;
    if (bytes == 0)
        return err_set(e, ERR_INPUT, "pandoc wrote nothing");
    void *json = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    if (json == MAP_FAILED)
        return err_set_errno(e, errno, "cannot read what pandoc wrote");
    (void)madvise(json, bytes, MADV_SEQUENTIAL);
    bool ok = tree_read(json, bytes, reader, e);
    (void)munmap(json, bytes);
    return ok;
}

bool document_read(int fd, enum document_format format, struct document_reader *reader,
                   struct err *e) {
    int tree;
    if (lseek(fd, 0, SEEK_SET) != 0)
        return err_set_errno(e, errno, "cannot read it from its beginning");
    if ((format == DOCUMENT_EPUB && !check_size(fd, e)) || !file_open_scratch(&tree, e))
        return false;
    bool ok = run_pandoc(fd, tree, format, reader, e) && read_tree(tree, reader, e);
    close(tree);
    return ok;
}
