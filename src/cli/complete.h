/*
 * complete: what may come next on a command line that begins with the given words.
 *
 * What a value is called says what it can be: BATCH, ACCOUNT, PROFILE, JOB and STATE are looked up,
 * FILE and DIR (or FOLDER) are left to the shell, and what is written in small letters, as in
 * "retry|hold", is the choice itself. So a new option is completed by naming its value so.
 */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include <stddef.h>

#include "cli/cli.h"

#define COMPLETE_OFFERS_MAX 2000 /* of each kind; nobody reads more */

/*
 * Prints on stdout one line with what the shell must add itself (":files", ":folders" or ":none"),
 * then a line for each candidate: the whole word, a tab, what it is. words: those after "ttsq"; the
 * last one is being typed and may be "". Candidates are not reduced to those that begin with it.
 * Reads the store where names are asked for; without one it offers nothing. Never fails.
 */
void complete_print(const struct cli_command *commands, size_t count, char *const *words,
                    size_t word_count);

#endif
