/*
 * options: the command line, checked.
 */
#ifndef SAY_OPTIONS_H
#define SAY_OPTIONS_H

#include <netinet/in.h>

#include "control.h"
#include "shape.h"

enum options_engine { ENGINE_ESPEAK, ENGINE_TONE };

struct options {
    struct sockaddr_storage listen;
    socklen_t listen_bytes;
    const char *listen_text;             /* as it was given */
    char here[sizeof "127.0.0.1:65535"]; /* for --port */
    bool allow_remote, allow_forced_faults, control;
    int ready_fd, parent_fd; /* -1 = none */
    const char *port_file;   /* NULL = none */
    enum options_engine engine;
    const char *espeak; /* name or path of the program */
    unsigned tone_ms_per_char;
    size_t answer_bytes; /* 0 = by the text's length */
    unsigned threads;
    const char *shapes[SHAPES_MAX]; /* files */
    size_t shape_count;
    const char *ledger; /* NULL = none */
    bool ledger_sync, ledger_text;
    double retry_after_s;
    struct control_settings settings;
};

/* Fills *out. Ends the process after --help and --version (0), and with one line on stderr when an
 * option is wrong (2). Strings stay argv's. */
void options_read(int argc, char **argv, struct options *out);

const char *options_engine_name(enum options_engine engine);

#endif
