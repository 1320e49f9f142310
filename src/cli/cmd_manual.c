/*
 * cmd_manual.c: `ttsq __manual PART`: those parts of the manual pages that tables of the program
 * hold, as scdoc text. etc/cmake/man.cmake puts them in place of lines like @COMMANDS@.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "config/keys.h"

#define TAB "\t"

/* ---- scdoc's own characters ---- */

static void put_plain(const char *text, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        if (strchr("_*\\#`|[]<>~-.", text[i]))
            putchar('\\');
        putchar(text[i]);
    }
}

static void put_text(const char *text) {
    put_plain(text, strlen(text));
}

/* A command's doc: lines that are indented are examples, and stand as they are. */
static void put_doc(const char *doc, size_t bytes) {
    bool literal = false;
    for (const char *line = doc, *end = doc + bytes; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)((stop ? stop : end) - line);
        bool indented = length > 2 && line[0] == ' ' && line[1] == ' ';
        if (indented != literal)
            puts(indented ? "```" : "```\n");
        literal = indented;
        if (indented)
            printf("%.*s", (int)length - 2, line + 2);
        else
            put_plain(line, length);
        putchar('\n');
        line += length + 1;
    }
    puts(literal ? "```\n" : "");
}

/* ---- commands ---- */

static bool put_option(const struct option_view *option, void *arg) {
    (void)arg;
    if (option->name && !strcmp(option->name, "help"))
        return true; /* said once, of all commands */
    if (option->letter)
        printf("*-%c*", option->letter);
    if (option->letter && option->arg && !option->name)
        printf(" _%s_", option->arg);
    if (option->name) {
        printf("%s*\\-\\-", option->letter ? ", " : "");
        put_text(option->name);
        putchar('*');
    }
    if (option->name && option->arg) {
        fputs(option->arg_optional ? "[=_" : "=_", stdout);
        put_text(option->arg);
        fputs(option->arg_optional ? "_]" : "_", stdout);
    }
    fputs("\n" TAB, stdout);
    put_text(option->doc ? option->doc : "");
    puts(".\n");
    return true;
}

static void put_command(const struct cli_command *command) {
    const char *doc = command->argp->doc ? command->argp->doc : "";
    const char *rest = strchr(doc, '\v');
    const char *arguments = command->argp->args_doc ? command->argp->args_doc : "";
    printf("## ttsq %s %s\n\n", command->name, arguments); /* scdoc takes headings as they are */
    put_doc(doc, rest ? (size_t)(rest - doc) : strlen(doc));
    options_each(command->argp, put_option, NULL);
    if (rest)
        put_doc(rest + 1, strlen(rest + 1));
}

static void put_commands(void) {
    size_t count;
    const struct cli_command *commands = cli_commands(&count);
    for (size_t i = 0; i < count; i++)
        if (commands[i].summary)
            put_command(&commands[i]);
}

/* ---- exit codes ---- */

/* Several errors may share a code. */
static void put_exits(void) {
    puts("*0*\n" TAB "all is well\n");
    for (int exit_code = 1; exit_code <= UINT8_MAX; exit_code++) {
        bool first = true;
        for (enum err_code code = ERR_NONE + 1; code < ERR_CODE_COUNT; code++) {
            if (err_exit_code(code) != exit_code)
                continue;
            if (first)
                printf("*%d*\n" TAB, exit_code);
            printf("%s%s", first ? "" : "; ", err_text(code));
            first = false;
        }
        if (!first)
            puts("\n");
    }
}

/* ---- keys of the configuration ---- */

/* What a value is called; those that are not here are the profile's, or have choices. */
static const char *const kinds[] = {
    [KEY_NAME] = "NAME",
    [KEY_PATH] = "PATH",
    [KEY_INT] = "NUMBER",
    [KEY_COUNT] = "NUMBER",
    [KEY_SIZE] = "SIZE",
    [KEY_AGE] = "TIME",
    [KEY_RATE] = "NUMBER/s|min|h",
    [KEY_RATE_NS] = "NUMBER/s|min|h",
    [KEY_BUDGET] = "AMOUNT CURRENCY/day",
    [KEY_FILE] = "file:PATH",
};

static const char *kind_of(const struct key *key) {
    bool known = (size_t)key->type < sizeof kinds / sizeof kinds[0] && kinds[key->type];
    return known ? kinds[key->type] : key->choices ? key->choices : "VALUE";
}

static bool has_range(const struct key *key) {
    return (key->type == KEY_INT || key->type == KEY_COUNT) && key->max > 0;
}

static void put_key(const struct key *key) {
    putchar('*');
    put_text(*key->name ? key->name : "NAME");
    fputs("* = _", stdout);
    put_text(kind_of(key));
    fputs("_\n" TAB, stdout);
    putchar(toupper((unsigned char)key->help[0])); /* ASCII, and none of scdoc's own */
    put_text(key->help + 1);
    if (has_range(key))
        printf("; %" PRId64 " to %" PRId64, key->min, key->max);
    if (key->fallback) {
        fputs(". Default: ", stdout);
        put_text(key->fallback);
    }
    puts(".\n");
}

static void put_keys(void) {
    for (int kind = 0; kind < SECTION_KINDS; kind++) {
        const struct section_keys *section = &section_table[kind];
        printf("## Section [%s%s]\n\n", section->name, section->named ? ":NAME" : "");
        if (kind == SECTION_PROFILE)
            puts("How to speak to a provider: *ttsq-profile*(5).\n");
        for (size_t i = 0; kind != SECTION_PROFILE && i < section->key_count; i++)
            put_key(&section->keys[i]);
    }
}

int cmd_manual(int argc, char **argv) {
    const char *part = argc == 2 ? argv[1] : "";
    if (!strcmp(part, "commands"))
        put_commands();
    else if (!strcmp(part, "exits"))
        put_exits();
    else if (!strcmp(part, "keys"))
        put_keys();
    else
        cli_say("__manual: commands, exits or keys");
    return strlen(part) ? 0 : err_exit_code(ERR_USAGE);
}
