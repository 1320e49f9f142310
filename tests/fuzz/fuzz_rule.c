/* fuzz_rule: any text as rules, places of facts, a place of audio and a member, and any body and
 * header to judge by them; the parts are divided by lines. Faults lie inside their text, a rule
 * that is said to stand in another's way really does, and what was put into a body is found there.
 */
#include <jansson.h>
#include <string.h>

#include "base/ensure.h"
#include "provider/audio_place.h"
#include "provider/members.h"
#include "provider/outcome.h"
#include "provider/pointer.h"
#include "tests/fuzz/target.h"

enum { FIRST, SECOND, OK, FACTS, AUDIO, SET, QUERY, BODY, HEADER, STATUS, PARTS };

struct parts {
    char *text[PARTS];
};

static void split(const uint8_t *data, size_t bytes, struct parts *out) {
    for (int i = 0; i < PARTS; i++) {
        const uint8_t *end = bytes ? memchr(data, '\n', bytes) : NULL;
        size_t n = end ? (size_t)(end - data) : bytes;
        out->text[i] = ensure_alloc(n + 1);
        if (n)
            memcpy(out->text[i], data, n);
        out->text[i][n] = '\0';
        data += end ? n + 1 : n;
        bytes -= end ? n + 1 : n;
    }
}

static void check_fault(const char *text, size_t at, const struct err *e) {
    MUST(at <= strlen(text) && e->code == ERR_CONFIG && e->msg[0]);
}

static bool read_rule(struct profile *p, const char *text, struct profile_rule *out) {
    size_t at = (size_t)-1;
    struct err e;
    if (rule_parse(&p->wanted, text, out, &at, &e)) {
        MUST(out->condition_count > 0 && out->condition_count <= RULE_CONDITIONS_MAX);
        MUST(rule_shadows(out, out) && out->action != RETRY_NONE);
        return true;
    }
    check_fault(text, at, &e);
    MUST(!out->conditions && !out->note);
    return false;
}

static void read_profile(struct profile *p, struct profile_rule *rules, const struct parts *parts) {
    size_t at = (size_t)-1;
    struct err e;
    p->rules = rules;
    for (int i = FIRST; i <= SECOND; i++)
        if (read_rule(p, parts->text[i], &rules[p->rule_count]))
            p->rule_count++;
    if (!rule_conditions_parse(&p->wanted, parts->text[OK], &p->ok, &p->ok_count, &at, &e))
        check_fault(parts->text[OK], at, &e);
    if (!fact_list_parse(&p->wanted, parts->text[FACTS], FACT_DURATION, &p->request_id, &at, &e))
        check_fault(parts->text[FACTS], at, &e);
    p->retry_after = p->cost = p->live.reset = p->request_id;
    if (!audio_place_parse(parts->text[AUDIO], &p->audio, &at, &e))
        check_fault(parts->text[AUDIO], at, &e);
}

static void check_verdict(const struct verdict *v) {
    MUST(v->outcome != ATTEMPT_SENDING && strlen(v->why) < OUTCOME_WHY_MAX);
    MUST(v->wait_ms >= 0 && v->cost_units >= -1 && v->live.reset_ms >= -1);
    for (const char *s = v->request_id; *s; s++)
        MUST(*s >= ' ' && *s <= '~');
    for (const char *s = v->why; *s; s++)
        MUST((unsigned char)*s >= ' ' && *s != 0x7f);
}

static bool fits(const struct profile_rule *rule, const struct call_facts *facts, bool empty) {
    return rule_conditions_hold(rule->conditions, rule->condition_count, facts, &facts->values,
                                empty);
}

static void judge(const struct profile *p, const struct parts *parts) {
    const char *headers[FACT_NAMES_MAX], *pointers[FACT_NAMES_MAX];
    char *accept[] = {parts->text[HEADER], NULL};
    struct profile asked = *p;
    asked.accept = accept;
    for (size_t i = 0; i < FACT_NAMES_MAX; i++)
        headers[i] = pointers[i] = parts->text[HEADER];
    for (int k = 0; k < 8; k++) {
        struct verdict v;
        struct call_facts facts = {.end = (enum transport_end)(parts->text[STATUS][0] & 7),
                                   .sent = (k & 1) != 0,
                                   .http_status = atoi(parts->text[STATUS]) % 1000,
                                   .content_type = parts->text[HEADER],
                                   .detail = parts->text[BODY],
                                   .excerpt = parts->text[BODY],
                                   .body_bytes = k,
                                   .values = {headers, k & 4 ? pointers : NULL},
                                   .audio_problem = k & 2 ? parts->text[BODY] : ""};
        outcome_judge(&asked, &facts, 1763706000000, &v);
        check_verdict(&v);
        if (p->rule_count == 2 && rule_shadows(&p->rules[0], &p->rules[1]))
            MUST(!fits(&p->rules[1], &facts, k & 1) || fits(&p->rules[0], &facts, k & 1));
        for (size_t i = 0; i < p->rule_count; i++)
            MUST(!rule_contradicts_itself(&p->rules[i]) || !fits(&p->rules[i], &facts, k & 1));
    }
}

static void put_member(const struct parts *parts) {
    struct profile_set set;
    struct profile_query query;
    struct err e;
    size_t at = (size_t)-1;
    char found[FACT_BYTES_MAX + 1];
    if (members_parse_query(parts->text[QUERY], &query, &at, &e))
        members_release_query(&query);
    else
        check_fault(parts->text[QUERY], at, &e);
    if (!members_parse_set(parts->text[SET], &set, &at, &e)) {
        check_fault(parts->text[SET], at, &e);
        return;
    }
    json_t *body = json_loads(parts->text[BODY], 0, NULL);
    if (body && pointer_put(body, set.pointer, json_string("here"), &e) &&
        !strstr(set.pointer, "/-")) /* the element behind the last has another name now */
        MUST(pointer_text(body, set.pointer, found, sizeof found) && strcmp(found, "here") == 0);
    json_decref(body);
    members_release_set(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    struct parts parts;
    struct profile_rule rules[2] = {{.note = NULL}, {.note = NULL}};
    struct profile p = {.audio_bytes_min = 3, .retry_after_max_ms = 60000};
    split(data, bytes, &parts);
    read_profile(&p, rules, &parts);
    judge(&p, &parts);
    put_member(&parts);
    for (size_t i = 0; i < p.rule_count; i++)
        rule_release(&rules[i]);
    rule_conditions_release(p.ok, p.ok_count);
    fact_wanted_release(&p.wanted);
    audio_place_release(&p.audio);
    for (int i = 0; i < PARTS; i++)
        free(parts.text[i]);
    return 0;
}
