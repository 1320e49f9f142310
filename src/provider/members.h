/*
 * members: what is in a request only when there is a value for it: members of the JSON body (`set`)
 * and of the URL's query (`query`). Part of request.
 */
#ifndef PROVIDER_MEMBERS_H
#define PROVIDER_MEMBERS_H

#include "base/buf.h"
#include "provider/profile.h"
#include "provider/template.h"

/* "/pointer TYPE VALUE"; *at is the offset of a fault. */
bool members_parse_set(const char *text, struct profile_set *out, size_t *at,
                       struct err *e) MUST_CHECK;
/* "NAME=VALUE"; *value_at is where the value begins. */
bool members_parse_query(const char *text, struct profile_query *out, size_t *at,
                         struct err *e) MUST_CHECK;
size_t members_set_value_at(const char *text);   /* offset of VALUE in "/pointer TYPE VALUE" */
size_t members_query_value_at(const char *text); /* … in "NAME=VALUE" */
void members_release_set(struct profile_set *set);
void members_release_query(struct profile_query *query);

/* Puts the members that have values into the body, which is a JSON document. Nothing is parsed when
 * none has. ERR_INPUT: the body is no JSON, a value is not of its type. */
bool members_apply_sets(const struct profile *p, const struct template_values *values,
                        struct buf *body, struct err *e) MUST_CHECK;

/* Appends ?name=value&… to the URL. */
bool members_apply_queries(const struct profile *p, const struct template_values *values,
                           struct buf *url, struct err *e) MUST_CHECK;

/* One set or query alone, for checks; false with *e filled when its value cannot be of its type. A
 * member without a value is no fault. */
bool members_check_set(const struct profile_set *set, const struct template_values *values,
                       struct err *e) MUST_CHECK;

#endif
