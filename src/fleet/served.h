/*
 * served: what the running service has taken over of its configuration, for those who ask why
 * nothing of theirs is called: it reads that at its start and at a reload only, and who asks may
 * have other settings. A file in the fleet's folder that the keeper writes whenever it has taken a
 * configuration over: what it is and its value a line. While no keeper can start, a second file
 * says why.
 */
#ifndef FLEET_SERVED_H
#define FLEET_SERVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum served_kind {
    SERVED_ACCOUNT,
    SERVED_PROFILE,
    SERVED_KEYLESS,   /* a profile whose secret the service does not have */
    SERVED_SPACE_MIN, /* bytes, as digits: the floor that it keeps (base/space.h) */
};

struct served {
    enum served_kind kind;
    const char *value; /* a name, or what is said above */
};

/* Replaces the file at once, for whoever reads it; after a failure there is none. Not synced: who
 * starts writes it again. */
bool served_write(const char *dir, const struct served *list, size_t count,
                  struct err *e) MUST_CHECK;

/* Why the keeper cannot start, which keeps the whole service from its work. */
struct served_failure {
    bool lasts; /* a person is needed; else time mends it: a lock, a full disk */
    char why[ERR_MSG_MAX];
};

/* Stands until served_write, or served_forget. Where the folder cannot be written to, nobody is
 * told but the log. */
void served_tell_failure(const char *dir, const struct err *why, bool lasts);

/* False where none is told. */
bool served_failure(const char *dir, struct served_failure *out);

/* What an earlier service said: a new one has not said anything yet. */
void served_forget(const char *dir);

/* False only where the file is there and lacks it. */
bool served_has(const char *dir, enum served_kind kind, const char *value);

/* Does the service have this profile, and the secrets that it needs? False where no file tells. */
bool served_has_key(const char *dir, const char *profile);

/* Has the service another user than this process? False where the file is not there. */
bool served_is_anothers(const char *dir);

/* SERVED_SPACE_MIN; `otherwise` where no file tells. */
int64_t served_space_min(const char *dir, int64_t otherwise);

#endif
