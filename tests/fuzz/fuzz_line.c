/* fuzz_line: any words behind `ttsq`, one a line of the input. Each command's options are read as
 * in the program, up to where the command would begin: what is wrong is told in one line that a
 * terminal obeys nothing of, what is offered for completion comes line by line. */
#include <errno.h>
#include <setjmp.h>
#include <string.h>
#include <time.h>

#include "base/ensure.h"
#include "base/utf8.h"
#include "cli/args.h"
#include "tests/fuzz/target.h"

int ttsq_main(int argc, char **argv);
#define main ttsq_main /* the command table stands beside it */
#include "src/main.c"
#undef main

#define WORDS_MAX 24
#define PARSED (-1) /* in place of an exit code: the command would run now */
#define USAGE 2

_Noreturn void __wrap_exit(int code);
_Noreturn void __real_exit(int code);
void __wrap_args_parse(const struct argp *argp, int argc, char **argv, void *input);
void __real_args_parse(const struct argp *argp, int argc, char **argv, void *input);

static jmp_buf back;
static bool is_running; /* libFuzzer, too, ends by exit() */
static int ended_with;

/* ---- what a command that ends its process leaves behind ---- */

#ifdef __SANITIZE_ADDRESS__
#define HAS_HOOKS 1
#elif defined(__has_feature)
#define HAS_HOOKS __has_feature(address_sanitizer)
#else
#define HAS_HOOKS 0 /* a replay is short */
#endif

#if HAS_HOOKS
/* As in <sanitizer/allocator_interface.h>, which gcc's package lacks. */
int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *, size_t),
                                              void (*on_free)(const volatile void *));

#define BLOCKS_MAX 1024

static const volatile void *blocks[BLOCKS_MAX];
static size_t block_count;
static bool is_noting;

static void on_malloc(const volatile void *block, size_t bytes) {
    (void)bytes;
    if (is_noting && block_count < BLOCKS_MAX)
        blocks[block_count++] = block;
}

static void on_free(const volatile void *block) {
    for (size_t i = block_count; block && i-- > 0;)
        if (blocks[i] == block)
            blocks[i] = NULL;
}

static void note_blocks(void) {
    static bool is_installed;
    if (!is_installed) {
        /* glibc keeps a zone that has a name, and reads one that has none again at each look */
        MUST(setenv("TZ", "UTC", 1) == 0);
        tzset();
        MUST(__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free));
    }
    is_installed = true;
    is_noting = true;
}

static void free_blocks(void) {
    is_noting = false;
    for (size_t i = 0; i < block_count; i++)
        free((void *)(uintptr_t)blocks[i]);
    block_count = 0;
}
#else
static void note_blocks(void) {
}
static void free_blocks(void) {
}
#endif

/* ---- the end of reading a line ---- */

void __wrap_exit(int code) {
    if (!is_running)
        __real_exit(code);
    ended_with = code;
    longjmp(back, 1);
}

void __wrap_args_parse(const struct argp *argp, int argc, char **argv, void *input) {
    note_blocks();
    __real_args_parse(argp, argc, argv, input);
    ended_with = PARSED;
    longjmp(back, 1);
}

/* ---- what was said ---- */

struct said {
    FILE *to;
    char *text;
    size_t bytes;
};

static FILE *said_open(struct said *said) {
    *said = (struct said){0};
    said->to = open_memstream(&said->text, &said->bytes);
    MUST(said->to);
    return said->to;
}

static void said_close(struct said *said) {
    MUST(fclose(said->to) == 0);
}

static void check_one_line(const struct said *said) {
    const char *newline = strchr(said->text, '\n');
    size_t bad;
    MUST(said->bytes > 5 && !strncmp(said->text, "ttsq", 4));
    MUST(newline && newline[1] == '\0' && strlen(said->text) == said->bytes);
    MUST(utf8_check(said->text, said->bytes, &bad) == UTF8_GOOD);
    for (const char *c = said->text; c < newline; c++)
        MUST((unsigned char)*c >= ' ' && *c != 0x7f);
}

static void check_offers(const struct said *said) {
    MUST(said->text[0] == ':');
    for (const char *c = said->text; *c; c++)
        MUST((unsigned char)*c >= ' ' || *c == '\t' || *c == '\n');
}

/* ---- one line ---- */

static void run(int argc, char **argv, struct said *out, struct said *talk) {
    FILE *const real_out = stdout, *const real_talk = stderr;
    char *const name = program_invocation_name;
    stdout = said_open(out);
    stderr = said_open(talk);
    is_running = true;
    if (setjmp(back) == 0)
        ended_with = ttsq_main(argc, argv);
    is_running = false;
    if (stderr != talk->to) /* the ear of args_parse() */
        MUST(fclose(stderr) == 0);
    free_blocks();
    stdout = real_out;
    stderr = real_talk;
    program_invocation_name = name;
    said_close(out);
    said_close(talk);
}

static int words_of(char *text, char **argv) {
    static char title[] = "ttsq";
    int argc = 0;
    argv[argc++] = title;
    for (char *word; argc < WORDS_MAX && (word = strsep(&text, "\n"));)
        argv[argc++] = word;
    argv[argc] = NULL;
    return argc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    char *argv[WORDS_MAX + 1], *text = ensure_alloc(bytes + 1);
    struct said out, talk;
    if (bytes)
        memcpy(text, data, bytes);
    text[bytes] = '\0';
    int argc = words_of(text, argv);
    bool is_completion = argc > 1 && !strcmp(argv[1], "__complete");
    run(argc, argv, &out, &talk);
    MUST(ended_with == PARSED || ended_with == 0 || ended_with == USAGE);
    if (ended_with == USAGE && talk.bytes)
        check_one_line(&talk);
    else
        MUST(talk.bytes == 0 && (ended_with == PARSED) == (out.bytes == 0));
    if (is_completion)
        check_offers(&out);
    free(out.text);
    free(talk.text);
    free(text);
    return 0;
}
