/* profile.c: see profile.h. */
#include "provider/profile.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "provider/audio_place.h"
#include "provider/decode.h"
#include "provider/members.h"
#include "provider/template.h"

#define DAY_MS INT64_C(86400000)

static void wipe(char *s) {
    if (s)
        explicit_bzero(s, strlen(s));
    free(s);
}

static void free_words(char **words) {
    for (size_t i = 0; words && words[i]; i++)
        free(words[i]);
    free(words);
}

static void free_lists(struct profile *p) {
    for (size_t i = 0; i < p->header_count; i++) {
        free(p->headers[i].name);
        template_free(p->headers[i].value);
    }
    for (size_t i = 0; i < p->var_count; i++) {
        free(p->vars[i].name);
        free(p->vars[i].value);
    }
    for (size_t i = 0; i < p->secret_count; i++) {
        free(p->secrets[i].name);
        wipe(p->secrets[i].value);
        free(p->secrets[i].problem);
    }
    for (size_t i = 0; i < p->set_count; i++)
        members_release_set(&p->sets[i]);
    for (size_t i = 0; i < p->query_count; i++)
        members_release_query(&p->queries[i]);
    for (size_t i = 0; i < p->rule_count; i++)
        rule_release(&p->rules[i]);
    rule_conditions_release(p->ok, p->ok_count);
    fact_wanted_release(&p->wanted);
    free_words(p->accept);
    free_words(p->allow);
    free(p->sets);
    free(p->queries);
    free(p->rules);
}

void profile_free(struct profile *p) {
    if (!p)
        return;
    free_lists(p);
    template_free(p->url);
    template_free(p->body);
    decode_plan_free(p->decode);
    template_free(p->sign);
    free(p->name);
    free(p->account);
    free(p->method);
    free(p->content_type);
    audio_place_release(&p->audio);
    free(p);
}

const char *profile_var(const struct profile *p, const char *name) {
    for (size_t i = 0; i < p->var_count; i++)
        if (strcmp(p->vars[i].name, name) == 0)
            return p->vars[i].value;
    return NULL;
}

const struct profile_secret *profile_secret(const struct profile *p, const char *name) {
    for (size_t i = 0; i < p->secret_count; i++)
        if (strcmp(p->secrets[i].name, name) == 0)
            return &p->secrets[i];
    return NULL;
}

const char *profile_expiry(const struct profile *p, int64_t now_wall_ms,
                           char out[PROFILE_EXPIRY_BYTES]) {
    int64_t days = (p->expires_ms - now_wall_ms) / DAY_MS;
    if (p->expires_ms == 0 || days >= PROFILE_EXPIRY_DAYS)
        return NULL;
    char date[sizeof "2027-01-06"];
    time_t seconds = (time_t)(p->expires_ms / 1000);
    struct tm tm;
    (void)strftime(date, sizeof date, "%Y-%m-%d", gmtime_r(&seconds, &tm));
    if (now_wall_ms >= p->expires_ms)
        (void)snprintf(out, PROFILE_EXPIRY_BYTES,
                       "the provider has ended what profile %s uses on %s", p->name, date);
    else
        (void)snprintf(out, PROFILE_EXPIRY_BYTES,
                       "the provider ends what profile %s uses on %s, in %" PRId64 " day%s",
                       p->name, date, days + 1, days == 0 ? "" : "s");
    return out;
}

bool profile_omits(const struct profile *p, const struct template *value) {
    for (size_t i = 0; p->loopback && i < value->count; i++) {
        if (value->pieces[i].kind != TEMPLATE_SECRET)
            continue;
        const struct profile_secret *secret = profile_secret(p, value->pieces[i].text);
        if (!secret || secret->absent)
            return true;
    }
    return false;
}

static const struct profile_secret *missing_in(const struct profile *p, const struct template *t) {
    for (size_t i = 0; i < t->count; i++) {
        if (t->pieces[i].kind != TEMPLATE_SECRET)
            continue;
        const struct profile_secret *secret = profile_secret(p, t->pieces[i].text);
        if (secret && !secret->value)
            return secret;
    }
    return NULL;
}

static const struct profile_secret *missing_to_sign(const struct profile *p) {
    static const char *const names[] = {PROFILE_SIGN_USER, PROFILE_SIGN_PASSWORD};
    for (size_t i = 0; p->sign && i < sizeof names / sizeof *names; i++) {
        const struct profile_secret *secret = profile_secret(p, names[i]);
        if (secret && !secret->value)
            return secret;
    }
    return NULL;
}

const struct profile_secret *profile_missing_secret(const struct profile *p) {
    for (size_t i = 0; i < p->header_count; i++) {
        const struct template *value = p->headers[i].value;
        const struct profile_secret *missing =
            profile_omits(p, value) ? NULL : missing_in(p, value);
        if (missing)
            return missing;
    }
    return missing_to_sign(p);
}
