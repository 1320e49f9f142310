/* decode_plan: a decode_spec ready for use, for decode.c and decode_plan.c only. */
#ifndef PROVIDER_DECODE_PLAN_H
#define PROVIDER_DECODE_PLAN_H

#include "provider/decode.h"

/* Places in the mask of hits. */
#define DECODE_AUDIO 0u
#define DECODE_END 1u
#define DECODE_FACTS 2u
#define DECODE_PATHS_MAX (DECODE_FACTS + DECODE_FACTS_MAX)

_Static_assert(DECODE_PATHS_MAX <= JSON_SCAN_POINTERS_MAX, "one bit each");

struct decode_plan {
    enum decode_form form;
    enum decode_coding coding;
    bool has_end, drops_repeat;
    char *audio_text, *end_text, *end_value; /* as written */
    size_t path_count;
    size_t fact_count;
    uint32_t used_mask;  /* paths that are there */
    uint32_t inner_mask; /* those that go on in the JSON of a string */
    struct json_path outer[DECODE_PATHS_MAX], inner[DECODE_PATHS_MAX];
};

#endif
