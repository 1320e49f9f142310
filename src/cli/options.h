/*
 * options: a command's options as its argp has them, its children's included: what completion and
 * the manual page are made of, so that neither can differ from what is parsed.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <argp.h>
#include <stdbool.h>

struct option_view {
    const char *name; /* without "--"; NULL = it has only a letter */
    char letter;      /* 0 = it has only a name */
    const char *arg;  /* what its value is called, NULL = it takes none */
    bool arg_optional;
    const char *doc;
};

/* Calls each(option, arg) in the order of the tables until it returns false; hidden options are
 * left out, an alias comes as an option of its own. */
void options_each(const struct argp *argp,
                  bool (*each)(const struct option_view *option, void *arg), void *arg);

#endif
