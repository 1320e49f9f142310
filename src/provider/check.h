/*
 * check: what can be known of a profile before its first call: every placeholder has a value, job
 * data is escaped where it goes, a JSON body stays JSON whatever a job says, secrets go only into
 * headers and only over TLS or to this machine. Pure.
 */
#ifndef PROVIDER_CHECK_H
#define PROVIDER_CHECK_H

#include "provider/profile.h"

enum profile_part {
    PROFILE_PART_NONE,
    PROFILE_PART_URL,
    PROFILE_PART_BODY,
    PROFILE_PART_HEADER,
    PROFILE_PART_SET,
    PROFILE_PART_QUERY,
    PROFILE_PART_SIGN,
    PROFILE_PART_RULE,
    PROFILE_PART_VARIABLE,
};

struct profile_spot { /* where the fault is, so that the caller can name file and line */
    enum profile_part part;
    size_t index; /* of the header, set, query, rule or variable */
    size_t at;    /* byte offset in the template's text */
    bool exact;   /* `at` is known; else the fault is of the whole part */
};

/* Checks *p and sets p->loopback and p->fetches. On failure *spot says where, e->code is
 * ERR_CONFIG. */
bool profile_check(struct profile *p, struct profile_spot *spot, struct err *e) MUST_CHECK;

/* 127.0.0.0/8, [::1] or localhost, with or without a port: `host` is an URL's authority. */
bool profile_is_loopback(const char *host, size_t bytes);

#endif
