/*
 * fingerprint: a hash of everything in a profile's requests that depends neither on the job nor on
 * the attempt and is no secret. Two profiles with the same fingerprint ask the same for the same
 * text and voice, so their jobs may share an answer (queue/request_key.h); the names of profile and
 * account play no part. Pure.
 *
 * To add something to the request: add it here, too. What is forgotten here makes different
 * requests share one answer.
 */
#ifndef PROVIDER_FINGERPRINT_H
#define PROVIDER_FINGERPRINT_H

#include "base/sha256.h"
#include "provider/profile.h"

/* Method, URL, headers (whatever their order; names in any case), content type, body, the members
 * and parameters that are set, the signature (each with the profile's variables filled in), and
 * how the audio stands in the answer. What a job or an attempt brings stands as its name: text,
 * voice, job_id, attempt_no, uuid; so does a secret. */
void fingerprint_of(const struct profile *p, unsigned char out[SHA256_BYTES]);

/* Fills fingerprint and shares of a profile that is complete. Requests that name their job are all
 * different, whatever else they say: such a profile shares nothing. */
void fingerprint_take(struct profile *p);

#endif
