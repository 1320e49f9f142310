"""ttsq-say in the shapes of vendors: what it takes, what it refuses, what it writes down, and each way of
giving audio, as a bare client sees them. test_vendors.py believes this."""

import base64
import glob
import hashlib
import json
import os
import subprocess

import pytest

from say import Say, check_books, program, text_hash, tone_mark

SHAPES = sorted(glob.glob(os.path.join(os.path.dirname(__file__), "..", "vendors", "*.json")))
TEXT = 'He said: "schön & gut".'
EVENTS = {
    "request": {"method": "POST", "path": "/speak", "json": {"text": "{text}"}},
    "formats": {"": "wav"},
    "answer": {"content_type": "text/event-stream", "stream": "sse", "event": "delta",
               "pieces": 3, "piece": {"type": "delta", "audio": "{audio:base64}"},
               "end": [{"type": "done", "usage": {"characters": "{#chars}"}}]},
}


@pytest.fixture(scope="module")
def say(tmp_path_factory):
    path = tmp_path_factory.mktemp("shapes") / "events.json"
    path.write_text(json.dumps(EVENTS))
    options = [word for shape in [*SHAPES, path] for word in ("--shape", shape)]
    with Say("--engine", "tone", *options) as say:
        yield say


def elevenlabs(say, text=TEXT, key="el-key", query="?output_format=wav_44100", **members):
    return say.request("POST", f"/elevenlabs/v1/text-to-speech/a%20voice{query}",
                       {"text": text, "model_id": "m", **members},
                       {"xi-api-key": key, "Content-Type": "application/json"})


def minimax(text):
    return {"model": "m", "text": text, "stream": False, "output_format": "hex",
            "voice_setting": {"voice_id": "v"},
            "audio_setting": {"sample_rate": 32000, "format": "wav", "channel": 1}}


def first_event(say, text):
    mine = lambda events: [e for e in events if e["text_hash"] == text_hash(text) and "seen" in e]
    return mine(say.wait_ledger(mine))[0]


def last_event(say, text):
    mine = lambda events: [e for e in events if e["text_hash"] == text_hash(text)
                           and e["ev"] == "answered"]
    return mine(say.wait_ledger(mine))[-1]


def check_sound(say, audio, text):
    assert tone_mark(audio) == text_hash(text)
    assert hashlib.sha256(audio).hexdigest() == last_event(say, text)["audio_sha256"]


def test_a_body_that_is_the_sound(say):
    text = TEXT + " 1"
    status, headers, body = elevenlabs(say, text)
    assert (status, headers["content-type"]) == (200, "audio/wav")
    assert headers["character-cost"] == str(2 * len(text)) and headers["request-id"].startswith("say-")
    assert headers["maximum-concurrent-requests"] == "5"
    assert headers["transfer-encoding"] == "chunked" and "content-length" not in headers
    check_sound(say, body, text)


def test_what_came_is_written_down_without_the_secret(say):
    text = TEXT + " 2"
    elevenlabs(say, text, key="el-very-secret")
    seen = first_event(say, text)["seen"]
    assert seen["shape"] == "elevenlabs" and seen["method"] == "POST"
    assert seen["path"] == "/v1/text-to-speech/a voice"
    assert seen["query"] == {"output_format": "wav_44100"}
    assert seen["json"] == {"text": text, "model_id": "m"}
    assert seen["headers"]["xi-api-key"] == "{fnv:%s}" % text_hash("el-very-secret")
    assert "el-very-secret" not in open(say.ledger_path).read()


@pytest.mark.parametrize("change,why", [
    ({"key": ""}, "xi-api-key"),
    ({"query": ""}, "output_format is missing"),
    ({"query": "?output_format=x"}, "format is unknown"),
    ({"query": "?output_format=wav_44100&more=1"}, "?/more should not be there"),
    ({"model_id": 7}, "/model_id is not"),
    ({"voice_settings": {"speed": "fast"}}, "/voice_settings/speed is not"),
    ({"extra": 1}, "/extra should not be there"),
])
def test_a_misfit_is_refused_and_named(say, change, why):
    status, _, body = elevenlabs(say, **change)
    assert status == 400 and why in json.loads(body)["error"]["message"]
    say.wait_ledger(lambda events: [e for e in events if e.get("fault") == "misfit"
                                    and why in e["seen"]["misfit"]])


def test_bytes_that_are_no_text_are_refused_and_written_down(say):
    for path in ("/azure/%ff", "/elevenlabs/v1/text-to-speech/" + "%e4" * 200):
        status, _, body = say.request("POST", path, {"text": "x"}, {})
        assert status == 400 and json.loads(body)["error"]["message"]
    say.wait_ledger(lambda events: [e for e in events if e.get("seen", {}).get("path") == "/\\xff"
                                    and e["seen"]["misfit"]])


def test_a_secret_in_a_header_that_does_not_fit_is_masked_too(say):
    status, _, body = say.request("POST", "/openai/v1/audio/speech", {"input": "x"},
                                  {"Authorization": "Basic sk-not-to-be-seen",
                                   "Content-Type": "application/json"})
    assert status == 400 and "authorization is not" in json.loads(body)["error"]["message"]
    hidden = "{fnv:%s}" % text_hash("Basic sk-not-to-be-seen")
    say.wait_ledger(lambda events: [e for e in events if "seen" in e
                                    and e["seen"]["headers"].get("authorization") == hidden])
    assert "sk-not-to-be-seen" not in open(say.ledger_path).read()


def test_base64_hex_and_numbers(say):
    text = TEXT + " 3"
    status, headers, body = say.request(
        "POST", "/minimax/v1/t2a_v2", minimax(text),
        {"Authorization": "Bearer k", "Content-Type": "application/json"})
    document = json.loads(body)
    assert (status, headers["content-type"]) == (200, "application/json")
    assert document["extra_info"]["usage_characters"] == 2 * len(text)
    check_sound(say, bytes.fromhex(document["data"]["audio"]), text)

    text = TEXT + " 4"
    body = say.request("POST", "/google/v1/text:synthesize",
                       {"input": {"text": text}, "voice": {"languageCode": "en", "name": "n"},
                        "audioConfig": {"audioEncoding": "LINEAR16"}},
                       {"X-Goog-Api-Key": "k", "Content-Type": "application/json"})[2]
    check_sound(say, base64.b64decode(json.loads(body)["audioContent"]), text)


def test_documents_behind_one_another(say):
    text = TEXT + " 5"
    body = say.request("POST", "/volcengine-v3/api/v3/tts/unidirectional",
                       {"user": {"uid": "u"}, "req_params": {"text": text, "speaker": "s",
                        "audio_params": {"format": "pcm", "sample_rate": 24000}}},
                       {"X-Api-Key": "k", "X-Api-Resource-Id": "seed-tts-2.0",
                        "X-Api-Request-Id": "01234567-89ab-cdef-0123-456789abcdef",
                        "X-Control-Require-Usage-Tokens-Return": "*",
                        "Content-Type": "application/json"})[2].decode()
    documents, at = [], 0
    while at < len(body):
        document, at = json.JSONDecoder().raw_decode(body, at)
        documents.append(document)
    assert [d["code"] for d in documents] == [0, 0, 0, 0, 20000000]
    audio = b"".join(base64.b64decode(d["data"]) for d in documents[1:4])
    assert hashlib.sha256(audio).hexdigest() == last_event(say, text)["audio_sha256"]


def test_events(say):
    text = TEXT + " 6"
    _, headers, body = say.request("POST", "/events/speak", {"text": text})
    assert headers["content-type"] == "text/event-stream"
    events = [block.split("\n") for block in body.decode().strip().split("\n\n")]
    assert [lines[0] for lines in events] == ["event: delta"] * 4
    documents = [json.loads("".join(line[6:] for line in lines[1:])) for lines in events]
    assert all(len(lines) > 2 for lines in events), "one document on several data: lines"
    assert documents[-1] == {"type": "done", "usage": {"characters": len(text)}}
    check_sound(say, b"".join(base64.b64decode(d["audio"]) for d in documents[:-1]), text)


def dashscope(say, text):
    body = say.request("POST", "/dashscope/api/v1/services/audio/tts/SpeechSynthesizer",
                       {"model": "m", "input": {"text": text, "voice": "v", "format": "wav",
                                                "sample_rate": 24000}},
                       {"Authorization": "Bearer k", "Content-Type": "application/json"})[2]
    return json.loads(body)["output"]["audio"]["url"]


def test_a_sound_to_be_fetched(say):
    text = TEXT + " 7"
    url = dashscope(say, text)
    path = url[url.index("/dashscope"):]
    status, headers, body = say.request("GET", path)
    assert (status, headers["content-type"]) == (200, "audio/wav")
    check_sound(say, body, text)
    assert say.request("GET", path, headers={"Authorization": "Bearer k"})[0] == 400
    assert say.request("GET", "/dashscope/files/999999")[0] == 404
    say.wait_ledger(lambda events: [e for e in events if e["ev"] == "served"][2:])
    served = say.events("served")
    assert [(e["status"], e["in_flight"]) for e in served] == [(200, 0), (400, 0), (404, 0)]


def test_a_sound_that_cannot_be_fetched_at_first(say):
    url = dashscope(say, "gone [[case:url_gone]]")
    path = url[url.index("/dashscope"):]
    assert [say.request("GET", path)[0] for _ in range(2)] == [403, 200]


def test_xml(say):
    text = "a < b & 'c'"
    document = ("<speak version='1.0' xmlns='http://www.w3.org/2001/10/synthesis' xml:lang='en-US'>\n"
                "<voice name='v'>%s</voice></speak>")
    headers = {"Ocp-Apim-Subscription-Key": "k", "Content-Type": "application/ssml+xml",
               "X-Microsoft-OutputFormat": "riff-24khz-16bit-mono-pcm", "User-Agent": "u"}
    good = (document % "a &lt; b &amp; &apos;c&apos;").encode()
    check_sound(say, say.request("POST", "/azure/cognitiveservices/v1", good, headers)[2], text)
    assert say.request("POST", "/azure/cognitiveservices/v1", (document % text).encode(), headers)[0] == 400


def test_a_case_for_the_first_requests_with_a_text(say):
    text = "x [[case:system_busy/2]]"
    assert [elevenlabs(say, text)[0] for _ in range(3)] == [429, 429, 200]
    assert json.loads(elevenlabs(say, "y [[case:quota_exceeded]]")[2])["detail"]["status"] == "quota_exceeded"
    assert elevenlabs(say, "y [[case:quota_exceeded]]")[0] == 401
    assert elevenlabs(say, "y [[case:never_heard_of]]")[0] == 200
    assert first_event(say, text)["fault"] == "system_busy"
    say.wait_ledger(lambda events: not check_books(events))


@pytest.mark.parametrize("text,why", [
    ("{", "bad.json:1"),
    ("[]", "no object"),
    ('{"request": {}, "answer": {"body": "x"}}', "no method"),
    ('{"request": {"method": "POST", "path": "/"}, "answer": {}}', "neither body nor stream"),
    ('{"request": {"method": "POST", "path": "/"}, "answer": {"body": "{nothing}"}}', "{nothing} is no"),
    ('{"request": {"method": "POST", "path": "/"}, "answer": {"boddy": ""}}', 'no member "boddy"'),
    ('{"request": {"method": "POST", "path": "/"}, "answer": {"body": ""}, "cases": {"A b": {}}}', "no name"),
])
def test_a_bad_shape_is_refused_at_the_start(tmp_path, text, why):
    (tmp_path / "bad.json").write_text(text)
    done = subprocess.run([program(), "--listen", "127.0.0.1:0", "--shape", tmp_path / "bad.json"],
                          capture_output=True, text=True, timeout=20)
    assert done.returncode == 2 and why in done.stderr, done.stderr
