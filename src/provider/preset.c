/* preset.c: see preset.h. `openai-compat` is a wire format that many servers speak, not a vendor;
 * it has no base_url, so it is only good to inherit from. `say` is the endpoint that ttsq-say
 * opens. */
#include "provider/preset.h"

const char preset_text[] =
    "[profile:openai-compat]\n"
    "method = POST\n"
    "url = ${base_url}/audio/speech\n"
    "content_type = application/json\n"
    "header = Authorization: Bearer ${secret:OPENAI_API_KEY}\n"
    "body = {\"model\": \"${json:model}\", \"voice\": \"${json:voice}\",\n"
    "  \"input\": \"${json:text}\", \"response_format\": \"${json:format}\"}\n"
    "accept = audio/ application/octet-stream\n"
    "format = wav\n"
    "request_id = x-request-id\n"
    "text.max = 4096 codepoints\n"
    "\n"
    "[profile:say]\n"
    "inherit = openai-compat\n"
    "account = say\n"
    "base_url = http://127.0.0.1:8890/v1\n"
    "header.drop = Authorization\n"
    "model = tts-1\n"
    "voice = alloy\n"
    "format = wav\n"
    "audio.min_ms_per_char = 8\n"
    "\n"
    "[account:say]\n"
    "concurrency = 4\n";
