/*
 * secret: finds the value of ${secret:NAME}. Looked for in this order: the file
 * $CREDENTIALS_DIRECTORY/NAME (systemd LoadCredential), the file that [secrets] names (regular,
 * ours, mode 0600 or stricter), the environment variable NAME. Values are never put into messages.
 */
#ifndef PROVIDER_SECRET_H
#define PROVIDER_SECRET_H

#include "provider/profile.h"

#define SECRET_BYTES_MAX 4096

struct secret_places {
    const char *credentials; /* folder; NULL = none */
    const char *file;        /* the file that [secrets] names for this secret; NULL = none */
    const char *environment; /* value of the variable of the same name; NULL = none */
};

/* Fills *out (strings owned by the caller, see profile_free) in every case: a secret that is not
 * usable carries the reason. Blocks on file reads. */
void secret_find(const char *name, const struct secret_places *places, struct profile_secret *out);

#endif
