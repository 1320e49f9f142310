"""ttsq-say: its formats, its errors, each fault as a bare client sees it, and above all its books,
because every other test believes them."""

import concurrent.futures
import contextlib
import http.client
import io
import json
import os
import signal
import socket
import subprocess
import wave

import pytest

from say import DEADLINE_S, Say, check_books, program, text_hash, tone_mark

TEXT = "Hello from the other side of the queue."
HAN = "你好，世界。今天的天气很好。"


@pytest.fixture(scope="module")
def espeak():
    with Say() as say:
        yield say


@pytest.fixture(scope="module")
def tone():
    with Say("--engine", "tone", "--allow-forced-faults") as say:
        yield say


def read_wav(body):
    with wave.open(io.BytesIO(body)) as wav:
        return wav.getframerate(), wav.getnframes(), wav.readframes(wav.getnframes())


def error_of(answer):
    error = json.loads(answer[2])["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return error


class Raw:
    """A socket that sends one request for speech and shows what comes, byte by byte."""

    def __init__(self, say, text=TEXT, headers="", **members):
        body = {"model": "tts-1", "voice": "alloy", "input": text, "response_format": "wav"}
        data = json.dumps({**body, **members}).encode()
        head = "POST /v1/audio/speech HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n"
        self.socket = socket.create_connection(("127.0.0.1", say.port), timeout=30)
        self.socket.sendall((head % (headers, len(data))).encode() + data)

    def all(self):
        """Everything to the end of the connection: (head, body)."""
        content = b""
        while piece := self.socket.recv(65536):
            content += piece
        head, _, body = content.partition(b"\r\n\r\n")
        return head.decode().lower(), body

    def close(self):
        self.socket.close()


def forced(say, kind, **members):
    return Raw(say, headers="X-Say-Fault: %s\r\n" % kind, **members)


def last_event(say, req_text):
    """The final event of the only request with that text."""
    final = ("answered", "faulted", "gone", "refused")
    mine = lambda events: [
        e for e in events if e["text_hash"] == text_hash(req_text) and e["ev"] in final
    ]
    return mine(say.wait_ledger(mine))[-1]


# --- speech ---


@pytest.mark.parametrize("text, voice", [(TEXT, "alloy"), (TEXT, "de"), (HAN, "nova")])
def test_espeak_wav_is_whole_and_has_true_sizes(espeak, text, voice):
    status, headers, body = espeak.speak(text, voice=voice)
    assert (status, headers["content-type"]) == (200, "audio/wav")
    assert int.from_bytes(body[4:8], "little") == len(body) - 8
    assert int.from_bytes(body[40:44], "little") == len(body) - 44
    rate, frames, samples = read_wav(body)
    assert rate == 22050 and frames > rate / 2
    assert max(samples) != min(samples)


def test_openai_voice_speaks_han_as_chinese(espeak):
    assert espeak.speak(HAN, voice="alloy")[2] == espeak.speak(HAN, voice="cmn")[2]
    assert espeak.speak(TEXT, voice="alloy")[2] != espeak.speak(TEXT, voice="cmn")[2]


def test_speed_and_voice_change_the_speech(espeak):
    plain = len(espeak.speak(TEXT)[2])
    assert len(espeak.speak(TEXT, speed=2.0)[2]) < 0.8 * plain
    assert len(espeak.speak(TEXT, speed=0.5)[2]) > 1.2 * plain
    assert espeak.speak(TEXT, voice="onyx")[2] != espeak.speak(TEXT, voice="shimmer")[2]


FORMATS = [
    ("mp3", "audio/mpeg", (b"\xff\xf3", b"\xff\xfb", b"\xff\xf2", b"ID3")),
    ("flac", "audio/flac", (b"fLaC",)),
    ("opus", "audio/ogg", (b"OggS",)),
    ("wav", "audio/wav", (b"RIFF",)),
]


@pytest.mark.parametrize("name, content_type, magic", FORMATS)
@pytest.mark.parametrize("engine", ["espeak", "tone"])
def test_formats(request, engine, name, content_type, magic):
    say = request.getfixturevalue(engine)
    status, headers, body = say.speak(TEXT, response_format=name)
    assert (status, headers["content-type"]) == (200, content_type)
    assert body.startswith(magic) and len(body) > 2000
    assert name != "opus" or b"OpusHead" in body[:64]


def test_the_default_format_is_mp3_and_pcm_is_24_khz(tone):
    body = {"model": "tts-1", "voice": {"id": "alloy"}, "input": TEXT}
    assert tone.request("POST", "/v1/audio/speech", body)[1]["content-type"] == "audio/mpeg"
    pcm = tone.speak(TEXT, response_format="pcm")[2]
    assert len(pcm) == len(TEXT) * 60 * 24 * 2


def test_a_tone_has_its_declared_length_and_the_mark_of_its_text(tone):
    for text in ("x", TEXT, HAN):
        rate, frames, _ = read_wav(tone.speak(text)[2])
        assert (rate, frames) == (8000, len(text) * 60 * 8)
        assert tone_mark(tone.speak(text)[2]) == text_hash(text)


@pytest.mark.parametrize("size", [256, 16384, 1 << 20])
def test_answer_bytes_is_exact_and_a_valid_wav(size):
    with Say("--engine", "tone", "--answer-bytes", size) as say:
        for text in ("a", TEXT):
            body = say.speak(text)[2]
            assert len(body) == size
            rate, frames, samples = read_wav(body)
            assert (rate, frames) == (8000, size - 44) and len(set(samples)) > 2
        assert len(say.speak(TEXT, response_format="pcm")[2]) == size


def test_models_and_health(tone):
    status, _, body = tone.request("GET", "/v1/models")
    listing = json.loads(body)
    assert status == 200 and listing["object"] == "list"
    assert "tts-1" in [model["id"] for model in listing["data"]]
    assert json.loads(tone.request("GET", "/healthz")[2]) == {"status": "ok", "engine": "tone"}


def test_a_missing_espeak_is_named():
    with Say("--espeak", "no-such-espeak") as say:
        status, _, body = say.request("GET", "/healthz")
        assert status == 503 and "install the package espeak-ng" in json.loads(body)["reason"]
        answer = say.speak(TEXT)
        assert answer[0] == 500 and "install the package espeak-ng" in error_of(answer)["message"]
        say.settle()
        say.stop()
        assert say.events("faulted")[0]["fault"] == "engine"


# --- errors ---

CUT = "x" + "é" * 60
BAD_MEMBERS = [
    ({"voice": "nobody"}, 400, "voice"),
    ({"voice": "../etc"}, 400, "voice"),
    ({"voice": "-h"}, 400, "voice"),
    ({"voice": 7}, 400, "voice"),
    ({"model": "gpt-9"}, 404, "model"),
    ({"response_format": "aiff"}, 400, "response_format"),
    ({"speed": 0.1}, 400, "speed"),
    ({"speed": "fast"}, 400, "speed"),
    ({"stream_format": "sse"}, 400, "stream_format"),
    ({"input": ""}, 400, "input"),
    ({"input": " \n"}, 400, "input"),
    ({"input": "字" * 4097}, 400, "input"),
    ({"input": None}, 400, "input"),
    # quoted in the answer up to a byte that is amid a character
    ({"voice": CUT}, 400, "voice"),
    ({"model": CUT}, 404, "model"),
    ({"response_format": CUT}, 400, "response_format"),
]


@pytest.mark.parametrize("engine", ["espeak", "tone"])
@pytest.mark.parametrize("members, status, param", BAD_MEMBERS)
def test_bad_members_are_refused_in_openais_shape(request, engine, members, status, param):
    say = request.getfixturevalue(engine)
    answer = say.speak(TEXT, **members)
    assert answer[0] == status
    error = error_of(answer)
    assert error["param"] == param and error["type"] == "invalid_request_error"


def test_the_longest_input_is_accepted(tone):
    text = "字" * 4096
    body = json.dumps({"model": "tts-1", "voice": "alloy", "input": text, "response_format": "wav"})
    assert len(body) > 4096 * 6  # json.dumps writes \uXXXX
    assert tone.request("POST", "/v1/audio/speech", body.encode())[0] == 200


BAD_BODIES = [b"", b"{", b"[]", b"\xff\xfe", b'{"model":"tts-1"}', b'{"input":"\\u0000"}']


@pytest.mark.parametrize("body", BAD_BODIES)
def test_bad_bodies_are_refused(tone, body):
    answer = tone.request("POST", "/v1/audio/speech", body)
    assert answer[0] == 400 and error_of(answer)["message"]


def test_bodies_that_are_too_large(tone):
    answer = tone.request("POST", "/v1/audio/speech", b" " * 100_000)
    assert answer[0] == 413 and error_of(answer)
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        tone.request("POST", "/v1/audio/speech", b" " * (17 << 20))
    assert tone.speak(TEXT)[0] == 200


def test_wrong_paths_and_methods():
    with Say("--engine", "tone", control=False) as say:
        assert say.request("GET", "/v1/audio/speech")[0] == 405
        assert say.request("POST", "/v1/models", b"{}")[0] == 405
        assert say.request("GET", "/nowhere")[0] == 404
        assert say.request("POST", "/control", {"cap": 1})[0] == 404  # only with --control
        assert error_of(say.request("POST", "/v1/audio/other", b"{}"))
        say.stop()
        assert [e["status"] for e in say.events("refused")] == [404, 404]


# --- cap, latency, control ---


def test_the_cap_refuses_what_is_over_it():
    with Say("--engine", "tone", "--cap", 2, "--retry-after", "1.5", "--fault", "hang=100") as say:
        held = [Raw(say), Raw(say)]
        say.wait_stats(lambda s: s["in_flight"] == 2)
        answer = say.speak(TEXT)
        assert answer[0] == 429 and error_of(answer)["code"] == "too_many_concurrent_requests"
        assert answer[1]["retry-after"] == "2" and answer[1]["retry-after-ms"] == "1500"
        held[0].close()
        say.wait_stats(lambda s: s["in_flight"] == 1)
        held.append(Raw(say))
        say.wait_stats(lambda s: s["in_flight"] == 2)
        for raw in held:
            raw.close()
        stats = say.settle()
        assert (stats["accepted"], stats["gone"], stats["refused"]) == (3, 3, 1)
        assert stats["max_in_flight"] == 2
        say.stop()
        assert check_books(say.ledger()) == set()
        assert say.events("refused")[0]["fault"] == "cap"


def test_latency_is_kept_in_order_and_blocks_no_thread():
    count = 300
    with Say("--engine", "tone", "--latency-ms", 200, "--answer-bytes", 1024) as say:
        raws = [Raw(say, text="text %d" % i) for i in range(count)]
        for raw in raws:
            answer = http.client.HTTPResponse(raw.socket)
            answer.begin()
            assert answer.status == 200 and len(answer.read()) == 1024
            raw.close()
        say.settle()
        say.stop()
        events = say.ledger()
        assert check_books(events) == set()
        accepted = {e["req"]: e["t_us"] for e in events if e["ev"] == "accepted"}
        answered = {e["req"]: e["t_us"] for e in events if e["ev"] == "answered"}
        assert len(answered) == count
        assert all(answered[req] - accepted[req] >= 200_000 for req in accepted)
        assert list(answered) == list(accepted)  # first in, first out
        assert say.max_in_flight() > 1


def fraction(seed, req, stream):
    """faults_fraction of the server, written a second time."""

    def mixed(x):
        x = (x + 0x9E3779B97F4A7C15) % 2**64
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        x = (x ^ x >> 27) * 0x94D049BB133111EB % 2**64
        return x ^ x >> 31

    return (mixed(mixed(mixed(seed) ^ req) ^ stream) >> 11) / 2**53


def test_jitter_is_seeded():
    args = ("--latency-ms", 40, "--latency-jitter-ms", 40, "--seed", 9)
    with Say("--engine", "tone", *args) as say:
        for _ in range(8):
            assert say.speak("x")[0] == 200
        say.settle()
        say.stop()
        times = {"accepted": [], "answered": []}
        for event in say.ledger():
            times[event["ev"]].append(event["t_us"])
    taken_us = [b - a for a, b in zip(*times.values())]
    wanted_us = [80_000 * fraction(9, req, 2) for req in range(1, 9)]
    assert all(taken >= wanted - 1 for taken, wanted in zip(taken_us, wanted_us))
    assert max(wanted_us) - min(wanted_us) > 20_000
    assert sum(taken_us) < sum(wanted_us) + 8 * 80_000


def test_control_changes_a_running_server():
    with Say("--engine", "tone") as say:
        assert say.speak(TEXT)[0] == 200
        say.control(down=True)
        answer = say.speak(TEXT)
        assert answer[0] == 503 and answer[1]["retry-after"] == "1"
        settings = say.control(down=False, fault={"error": 100}, fault_first=1, cap=5)
        assert settings["cap"] == 5 and settings["fault"] == {"error": 100}
        assert [say.speak(TEXT)[0] for _ in range(3)] == [500, 200, 200]
        for bad in ({"cap": -1}, {"nonsense": 1}, {CUT: 1}, {"fault": {"x": 1}}, {"latency_ms": "1"}):
            with pytest.raises(ValueError):
                say.control(**{"cap": 9, **bad})
        with pytest.raises(ValueError):
            say.control(fault={"cut": 60, "hang": 60})
        assert json.loads(say.request("GET", "/control")[2])["cap"] == 5


# --- faults on the wire ---


@pytest.mark.parametrize(
    "kind, status, content_type",
    [
        ("refuse", 503, "application/json"),
        ("limit", 429, "application/json"),
        ("error", 500, "application/json"),
        ("empty", 200, "audio/wav"),
        ("html", 200, "text/html; charset=utf-8"),
        ("html-as-audio", 200, "audio/wav"),
        ("redirect", 307, None),
    ],
)
def test_whole_answers_that_are_wrong(tone, kind, status, content_type):
    text = "whole " + kind
    answer = tone.speak(text, headers={"X-Say-Fault": kind})
    assert answer[0] == status and answer[1].get("content-type") == content_type
    if status in (429, 503):
        assert answer[1]["retry-after"] == "1"
    if status >= 429:
        assert error_of(answer)["message"]
    if kind in ("empty", "redirect"):
        assert answer[2] == b""
    if kind.startswith("html"):
        assert answer[2].startswith(b"<!DOCTYPE html>")
    event = last_event(tone, text)
    assert event["ev"] == ("refused" if kind in ("refuse", "limit") else "faulted")
    assert (event["fault"], event["status"]) == (kind, status)
    assert answer[1]["x-request-id"] == "say-%d" % event["req"]


def test_a_redirect_that_is_followed_shows_in_the_books(tone):
    answer = tone.speak(TEXT, headers={"X-Say-Fault": "redirect"})
    follow = tone.request("POST", answer[1]["location"], b"{}")
    assert follow[0] == 404
    assert tone.wait_ledger(lambda e: any(x["ev"] == "refused" and x["status"] == 404 for x in e))


def whole_length(text):
    return 44 + len(text) * 60 * 8 * 2


def test_cut_promises_more_than_it_gives(tone):
    text = "this one is cut"
    head, body = forced(tone, "cut", text=text).all()
    assert "content-length: %d" % whole_length(text) in head
    assert len(body) == whole_length(text) // 2
    event = last_event(tone, text)
    assert (event["ev"], event["fault"], event["bytes"]) == ("faulted", "cut", len(body))
    with pytest.raises(http.client.IncompleteRead):
        tone.speak(text, headers={"X-Say-Fault": "cut"})


def test_cut_chunked_has_no_last_chunk(tone):
    text = "this one is cut between chunks"
    head, body = forced(tone, "cut-chunked", text=text).all()
    assert "transfer-encoding: chunked" in head and "content-length" not in head
    assert whole_length(text) // 2 <= len(body) < whole_length(text)
    assert not body.endswith(b"0\r\n\r\n")
    assert last_event(tone, text)["fault"] == "cut-chunked"
    with pytest.raises(http.client.IncompleteRead):
        tone.speak(text, headers={"X-Say-Fault": "cut-chunked"})


def test_cut_close_looks_like_a_clean_end(tone):
    text = "this one is cut and nobody can tell"
    head, body = forced(tone, "cut-close", text=text).all()
    assert "connection: close" in head
    assert "transfer-encoding" not in head and "content-length" not in head
    assert len(body) == whole_length(text) // 2
    assert int.from_bytes(body[40:44], "little") > len(body)  # only the WAV itself tells
    assert last_event(tone, text)["ev"] == "faulted"


def test_silent_close_is_a_clean_end_without_a_byte(tone):
    text = "nothing at all"
    assert forced(tone, "silent-close", text=text).socket.recv(1) == b""
    event = last_event(tone, text)
    assert (event["ev"], event["fault"], event["status"]) == ("faulted", "silent-close", 0)


def test_silent_close_on_a_connection_in_use(tone):
    connection = http.client.HTTPConnection("127.0.0.1", tone.port, timeout=30)
    body = json.dumps({"model": "tts-1", "voice": "alloy", "input": TEXT, "response_format": "wav"})
    connection.request("POST", "/v1/audio/speech", body)
    assert connection.getresponse().read()
    used = connection.sock
    connection.request("POST", "/v1/audio/speech", body, {"X-Say-Fault": "silent-close"})
    assert connection.sock is used
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.close()


def test_reset_is_a_reset(tone):
    for i in range(20):
        raw = forced(tone, "reset", text="reset %d" % i)
        with pytest.raises(ConnectionResetError):
            raw.socket.recv(1)
        assert last_event(tone, "reset %d" % i)["fault"] == "reset"


def test_hang_holds_until_the_client_goes(tone):
    text = "no answer ever"
    raw = forced(tone, "hang", text=text)
    tone.wait_stats(lambda s: s["in_flight"] == 1)
    raw.socket.settimeout(0.2)
    with pytest.raises(socket.timeout):
        raw.socket.recv(1)
    assert tone.stats()["in_flight"] == 1
    raw.close()
    event = last_event(tone, text)
    assert (event["ev"], event["fault"]) == ("gone", "hang")


def test_stall_gives_half_and_then_holds(tone):
    text = "half of this"
    tone.settle()
    descriptors = open_descriptors(tone)
    raw = forced(tone, "stall", text=text)
    content = b""
    while len(content.partition(b"\r\n\r\n")[2]) < whole_length(text) // 2:
        content += raw.socket.recv(65536)
    raw.socket.settimeout(0.2)
    with pytest.raises(socket.timeout):
        raw.socket.recv(1)
    assert tone.stats()["in_flight"] == 1
    raw.close()
    event = last_event(tone, text)
    tone.wait_stats(lambda _: open_descriptors(tone) <= descriptors + 1)
    assert (event["ev"], event["fault"]) == ("gone", "stall")
    assert event["bytes"] == whole_length(text) // 2


def test_huge_has_no_end_and_starves_nobody(tone):
    text = "for ever"
    raw = forced(tone, "huge", text=text)
    got = 0
    while got < 32 << 20:
        got += len(raw.socket.recv(1 << 20))
    assert tone.speak(TEXT)[0] == 200
    raw.close()
    event = last_event(tone, text)
    assert (event["ev"], event["fault"]) == ("gone", "huge")


@pytest.mark.parametrize("args", [(), ("--answer-bytes", 16384)])
def test_wav_unsized_is_whole(args):
    with Say("--engine", "tone", "--fault", "wav-unsized=100", *args) as say:
        for _ in range(2):  # the shared answer stays as it is
            status, headers, body = say.speak(TEXT)
            assert (status, headers["transfer-encoding"]) == (200, "chunked")
            assert body[4:8] == body[40:44] == b"\xff\xff\xff\xff"
            assert len(body) == (args[1] if args else whole_length(TEXT))
        say.settle()
        say.stop()
        assert [e["fault"] for e in say.events("answered")] == ["wav-unsized"] * 2


def test_faults_are_a_function_of_the_seed():
    def run(seed):
        args = ("--fault", "error=30", "--fault", "empty=20.5", "--seed", seed)
        with Say("--engine", "tone", *args) as say:
            answers = [say.speak("x") for _ in range(60)]
            return [(status, len(body) > 0) for status, _, body in answers]

    first = run(1)
    assert first == run(1) and first != run(2)
    assert len(set(first)) == 3  # answered, error, empty


def test_fault_first_and_forced_faults_off():
    with Say("--engine", "tone", "--fault", "error=100", "--fault-first", 2) as say:
        assert [say.speak(TEXT)[0] for _ in range(4)] == [500, 500, 200, 200]
        assert say.speak(TEXT, headers={"X-Say-Fault": "error"})[0] == 200


def test_an_unknown_forced_fault_is_told(tone):
    assert tone.speak(TEXT, headers={"X-Say-Fault": "nonsense"})[0] == 400


# --- the books ---


def open_descriptors(say):
    return len(os.listdir("/proc/%d/fd" % say.process.pid))


def test_books_of_a_mixed_run_are_exact():
    faults = ("refuse", "limit", "error", "empty", "html", "cut", "cut-chunked", "silent-close")
    args = [arg for kind in faults for arg in ("--fault", kind + "=6")]
    args += ["--fault", "reset=6", "--fault", "cut-close=6"]
    count = 400
    with Say("--engine", "tone", "--cap", 12, "--latency-ms", 3, "--seed", 5, *args) as say:
        descriptors = open_descriptors(say)

        def one(i):
            try:
                return say.speak("text %d" % i)[0]
            except (ConnectionError, http.client.HTTPException) as error:
                return type(error).__name__

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            seen = list(pool.map(one, range(count)))
        stats = say.wait_stats(lambda s: s["in_flight"] == 0 and s["accepted"] + s["refused"] == count)
        # no broken connection is left behind (+1: the connection that asks)
        say.wait_stats(lambda _: open_descriptors(say) <= descriptors + 1)
        say.stop()
        events = say.ledger()
    assert check_books(events) == set()
    by_name = lambda name: [e for e in events if e["ev"] == name]
    for name in ("accepted", "answered", "refused", "faulted", "gone"):
        assert stats[name] == len(by_name(name))
    assert stats["accepted"] + stats["refused"] == count and stats["gone"] == 0
    assert max(e["in_flight"] for e in events) == stats["max_in_flight"] <= 12
    refused = {status: 0 for status in (429, 503)}
    for event in by_name("refused"):
        refused[event["status"]] += 1
    assert refused == {status: seen.count(status) for status in (429, 503)}
    assert seen.count(500) == sum(e["fault"] == "error" for e in by_name("faulted"))
    assert {e["text_hash"] for e in by_name("accepted") + by_name("refused")} == {
        text_hash("text %d" % i) for i in range(count)
    }
    assert not any("text" in e for e in events)


@pytest.mark.parametrize("engine", ["espeak", "tone"])
def test_a_client_that_goes_while_it_waits_is_seen(engine):
    with Say("--engine", engine, "--latency-ms", 60_000) as say:
        raws = [Raw(say, text="text %d" % i) for i in range(5)]
        say.wait_stats(lambda s: s["in_flight"] == 5)
        for raw in raws:
            raw.close()
        assert say.settle()["gone"] == 5
        assert [e["ev"] for e in say.wait_ledger(lambda e: len(e) == 10)][5:] == ["gone"] * 5
        assert check_books(say.ledger()) == set()


@pytest.mark.parametrize("engine", ["espeak", "tone"])
@pytest.mark.parametrize("fault", ["", "hang", "stall"])
def test_a_client_that_has_gone_before_it_waits_is_seen(engine, fault):
    """Its request and its leaving are read in one turn: the process stands still meanwhile."""
    with Say("--engine", engine, "--latency-ms", 60_000, "--allow-forced-faults") as say:
        with say.frozen():
            raws = [Raw(say, text="text %d" % i, headers=f"X-Say-Fault: {fault}\r\n" if fault else "")
                    for i in range(5)]
            for raw in raws:
                raw.close()
        say.wait_stats(lambda stats: stats["gone"] == 5)
        say.stop()
        assert [e["ev"] for e in say.ledger()].count("gone") == 5
        assert check_books(say.ledger()) == set()


def test_a_client_that_goes_while_it_is_spoken_to_is_seen():
    with Say("--threads", 1) as say:
        raws = [Raw(say, text="%d %s" % (i, "word " * 800)) for i in range(4)]
        say.wait_stats(lambda s: s["accepted"] == 4)
        for raw in raws:
            raw.close()
        stats = say.settle()
        assert stats["gone"] + stats["answered"] == 4 and stats["gone"] >= 3
        assert say.speak(TEXT)[0] == 200


def test_a_client_that_goes_amid_its_answer_is_seen():
    with Say("--engine", "tone", "--tone-ms-per-char", 1000) as say:
        raws = [Raw(say, text="%03d" % i * 300) for i in range(20)]  # 14 MB each: no socket holds it
        for raw in raws:
            assert raw.socket.recv(1000).startswith(b"HTTP/1.1 200")
        assert say.stats()["in_flight"] == 20
        for raw in raws:
            raw.close()
        assert say.settle()["gone"] == 20
        say.stop()
        assert check_books(say.ledger()) == set()


def test_keep_alive_counts_each_request(tone):
    before = tone.settle()
    connection = http.client.HTTPConnection("127.0.0.1", tone.port, timeout=30)
    body = json.dumps({"model": "tts-1", "voice": "alloy", "input": TEXT, "response_format": "wav"})
    sockets = set()
    for _ in range(20):
        connection.request("POST", "/v1/audio/speech", body)
        assert len(connection.getresponse().read()) == whole_length(TEXT)
        sockets.add(connection.sock)
    connection.close()
    after = tone.settle()
    assert len(sockets) == 1 and after["answered"] - before["answered"] == 20


def test_books_with_texts_and_sync():
    text = 'quotes " and \\ and \n and 字 and \x7f'
    with Say("--engine", "tone", "--ledger-text", "--ledger-sync") as say:
        assert say.speak(text)[0] == 200
        events = say.ledger()  # written before the answer was; no waiting
        assert events[0]["ev"] == "accepted" and events[0]["text"] == text
        assert events[0]["text_bytes"] == len(text.encode())


def test_a_ledger_is_appended_to(tmp_path):
    path = str(tmp_path / "books.jsonl")
    for runs in (1, 2):
        with Say("--engine", "tone", ledger=path) as say:
            assert say.speak(TEXT)[0] == 200
            say.settle()
            say.stop()
            assert len(say.events("answered")) == runs


def test_any_number_of_requests_at_once_is_answered():
    """libmicrohttpd's own loop sleeps on exactly 128 events, with all of them unread (server.c)."""
    with Say("--engine", "tone") as say, contextlib.ExitStack() as stack:
        clients = [stack.enter_context(socket.create_connection(("127.0.0.1", say.port), DEADLINE_S)) for _ in range(130)]
        for count in (130, 129, 128, 127):
            with say.frozen():
                for client in clients[:count]:
                    client.sendall(b"GET /v1/models HTTP/1.1\r\nHost: here\r\n\r\n")
            for client in clients[:count]:
                assert client.recv(1 << 16).startswith(b"HTTP/1.1 200 "), count


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly_with_everything_in_the_books(signum):
    with Say("--allow-forced-faults", "--latency-ms", 60_000) as say:
        raws = [Raw(say), forced(say, "hang"), forced(say, "silent-close")]
        say.wait_stats(lambda s: s["in_flight"] == 3)
        assert say.stop(signum) == 0
        assert check_books(say.ledger()) == set()
        assert len(say.events("accepted")) == 3
        for raw in raws:
            raw.close()


def test_it_ends_with_its_parent():
    say = Say("--engine", "tone").start()
    os.close(say._life)
    say._life = None
    assert say.process.wait(20) == 0
    say.close()


def test_the_port_file_and_a_port_in_use(tmp_path):
    path = tmp_path / "port"
    with Say("--engine", "tone", "--port-file", path) as say:
        say.speak(TEXT)
        assert path.read_text() == "%d\n" % say.port
        taken = subprocess.run(
            [program(), "--listen", "127.0.0.1:%d" % say.port], capture_output=True, text=True
        )
        assert taken.returncode == 1
        assert "cannot listen on 127.0.0.1:%d" % say.port in taken.stderr


@pytest.mark.parametrize(
    "args",
    [
        ["--cap", "many"],
        ["--cap", "-1"],
        ["--fault", "cut"],
        ["--fault", "rain=5"],
        ["--fault", "cut=101"],
        ["--fault", "cut=60", "--fault", "hang=60"],
        ["--engine", "sing"],
        ["--listen", "here"],
        ["--listen", "0.0.0.0:0"],
        ["--listen", "[::]:0"],
        ["--answer-bytes", "16384"],
        ["--engine", "tone", "--answer-bytes", "777"],
        ["--no-such-option"],
        ["argument"],
    ],
)
def test_bad_options(args):
    run = subprocess.run([program(), *args], capture_output=True, text=True, timeout=20)
    assert run.returncode == 2 and run.stdout == ""
    assert "ttsq-say: " in run.stderr


def test_a_port_alone_is_of_this_machine():
    with Say("--engine", "tone", "--port", 0) as say:  # the later of two counts
        assert say.speak(TEXT)[0] == 200


def test_help_names_every_fault_and_version():
    shown = subprocess.run([program(), "--help"], capture_output=True, text=True, timeout=20)
    assert shown.returncode == 0 and "Examples:" in shown.stdout
    assert "html-as-audio" in shown.stdout and "wav-unsized" in shown.stdout
    version = subprocess.run([program(), "--version"], capture_output=True, text=True, timeout=20)
    assert version.stdout.startswith("ttsq-say ")
