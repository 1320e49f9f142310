"""P3, P4: answers that hold their audio as text, in pieces, or behind a URL: what is whole is delivered
byte for byte, what is not is named, and what a URL leads to is guarded."""

import base64
import json
import re
import socket
import time

import pytest

from fleet import Fleet
from script import Script, b64, wav

GOOD = wav()
LARGE = wav(8)  # a file, not a row
SECRET = "sk-secret-of-the-test"
FIRST_BYTE_MS, STALL_MS, TOTAL_MS = 400, 400, 1500

PROFILES = {
    "json": "audio = json /data/audio base64",
    "hex": "audio = json /data hex",
    "stream": "audio = json-stream /data base64 end=/code=200",
    "sse": "audio = sse /audio base64 end=/type=done",
    "repeat": "audio = sse /data/audio hex end=/data/status=2 repeats",
    "inner": "audio = json /data/~json/url url",
    "url": "audio = json /output/url url",
    "listed": "audio = json /output/url url\nallow = *.example.org",
    "limit": "audio.max_seconds = 1",
    "body": "",
    "quiet": "audio.silence = accept",
    "pages": "method = GET\nurl = ${raw:text}\naccept = text/\nallow = 127.0.0.1",
    "anywhere": "method = GET\nurl = ${raw:text}\naccept = text/",
}


def json_of(data):
    return json.dumps({"message": "escapes: \" \\ / \n \u4e2d", "data": {"audio": b64(data)}}
                      ).replace("/", "\\/")


def url_of(url):
    return json.dumps({"output": {"url": url}})


def events(*documents, end="\r\n"):
    return "".join(f": hi{end}event: e{end}data: {json.dumps(d)}{end}{end}" for d in documents)


def once(bad, good):
    """The first request with a text gets `bad`, all others `good`."""
    return lambda call: bad(call) if call.time == 1 else good(call)


def play_json(call):
    call.send(200, json_of(GOOD))


def play_wav(call):
    call.send(200, GOOD, "audio/wav")


def play_url(call):
    call.send(200, url_of(f"{call.file_url}/{call.text.split()[0]}"))


def pieces_of(data, count):
    step = -(-len(data) // count)
    return [data[i:i + step] for i in range(0, len(data), step)]


def stream_of(data):
    documents = [json.dumps({"code": 0, "data": b64(piece)}) for piece in pieces_of(data, 7)]
    return "".join(documents) + "\n" + json.dumps({"code": 200, "data": None})


def repeat_of(data):
    documents = [{"data": {"audio": piece.hex(), "status": 1}} for piece in pieces_of(data, 5)]
    return events(*documents, {"data": {"audio": data.hex(), "status": 2}})


# name, profile, what the provider does, attempts before the answer with a part of their error, audio
GOODS = [
    ("base64", "json", play_json, None, GOOD),
    ("large", "json", lambda c: c.send(200, json_of(LARGE)), None, LARGE),
    ("bytewise", "json", lambda c: c.send_chunks(re.findall("(?s).", json_of(wav(0.3)))), None,
     wav(0.3)),
    ("hex", "hex", lambda c: c.send(200, json.dumps({"data": GOOD.hex()})), None, GOOD),
    ("stream", "stream", lambda c: c.send_chunks(re.findall("(?s).{1,999}", stream_of(LARGE))), None,
     LARGE),
    ("cut-behind-end", "stream", lambda c: c.send_chunks([stream_of(LARGE)], end=False), None, LARGE),
    ("sse", "sse", lambda c: c.send_chunks(
        [events({"type": "delta", "audio": b64(GOOD)}), events({"type": "done"}), "data: [DONE]\n\n"],
        "text/event-stream"), None, GOOD),
    ("repeat", "repeat", lambda c: c.send(200, repeat_of(LARGE), "text/event-stream"), None, LARGE),
    ("raw", "sse", play_wav, None, GOOD),
    ("raw-json", "json", play_wav, None, GOOD),
    ("json-for-sse", "sse", lambda c: c.send(
        200, json.dumps({"audio": b64(GOOD)}) + json.dumps({"type": "done"})), None, GOOD),
    ("url", "url", play_url, None, LARGE),
    ("inner", "inner", lambda c: c.send(200, json.dumps(
        {"data": json.dumps({"url": f"{c.file_url}/url"})})), None, LARGE),
    ("bad", "json", once(lambda c: c.send(200, json_of(GOOD).replace("A", "*", 9)), play_json),
     "bad base64: * at character", GOOD),
    ("cut-json", "json", once(lambda c: c.send(200, json_of(GOOD)[:-9]), play_json),
     "JSON cut short after", GOOD),
    ("deep", "json", once(lambda c: c.send(200, "[" * 10000), play_json),
     "nested more than 64 deep at byte 64", GOOD),
    ("nothing", "json", once(lambda c: c.send(200, '{"data":{"message":"so sorry"}}'), play_json),
     "no audio at /data/audio", GOOD),
    ("cut-before-end", "stream", once(
        lambda c: c.send_chunks([stream_of(LARGE)[:-30]], end=False),
        lambda c: c.send(200, stream_of(LARGE))), "uncertain", LARGE),
    ("html", "json", once(lambda c: c.send(200, "<html>oh</html>", "text/html"), play_json),
     "bad JSON at byte 0: < instead of a value", GOOD),
    ("no-end", "stream", once(
        lambda c: c.send(200, json.dumps({"code": 0, "data": b64(GOOD)})),
        lambda c: c.send(200, stream_of(GOOD))), "cut short: it has no /code = 200", GOOD),
    ("not-audio", "json", once(lambda c: c.send(200, json_of(b"no sound" * 20)), play_json),
     "not audio", GOOD),
    ("silent", "body", once(lambda c: c.send(200, wav(loud=False), "audio/wav"), play_wav),
     "silence from beginning to end", GOOD),
    ("quiet", "quiet", lambda c: c.send(200, wav(loud=False), "audio/wav"), None, wav(loud=False)),
    ("silent-file", "json", once(lambda c: c.send(200, json_of(wav(8, loud=False))), play_json),
     "silence from beginning to end", GOOD),
    ("gone", "url", once(lambda c: c.send(200, url_of(f"{c.file_url}/gone")), play_url),
     "the audio could not be fetched: its URL answers HTTP 404", LARGE),
    ("moved", "url", once(lambda c: c.send(200, url_of(f"{c.file_url}/moved")), play_url),
     "its URL answers HTTP 302", LARGE),
    ("busy", "url", lambda c: c.send(200, url_of(f"{c.file_url}/busy")), None, GOOD),
    ("dies", "url", lambda c: c.send(200, url_of(f"{c.file_url}/dies")), None, GOOD),
    ("slow-file", "url", lambda c: c.send(200, url_of(f"{c.file_url}/slow-file")), None, GOOD),
]

# name, profile, what the provider does, a part of why the job has failed
BADS = [
    ("to-private", "url", lambda c: c.send(200, url_of("https://10.0.0.1/a")),
     "the audio's URL is not to be asked: 10.0.0.1 is no public address"),
    ("to-metadata", "url", lambda c: c.send(200, url_of("https://169.254.169.254/latest")),
     "is no public address"),
    ("to-http", "url", lambda c: c.send(200, url_of("http://example.org/a")), "not https"),
    ("to-file", "url", lambda c: c.send(200, url_of("file:///etc/passwd")), "begins with https://"),
    ("to-name", "url", lambda c: c.send(200, url_of("https://inner.localhost/a")),
     "leads to no public address"),
    ("to-other", "listed", lambda c: c.send(200, url_of("https://example.com/a")),
     "its host example.com is not among those that are allowed"),
    ("echo", "body", lambda c: c.send(400, json.dumps({"error": {
        "message": "no such key: " + c.headers["X-Key"] + " \x1b[31m"}})), "no such key: ****"),
    ("headers", "body", lambda c: c.send(
        200, GOOD, "audio/wav", [("X-%d" % i, "x" * 50000) for i in range(200)]),
     "answer larger than the limit"),
    ("too-long", "limit", play_wav, "the provider cuts it at 1 s"),
]


def drop(call):
    call.connection.close()
    call.close_connection = True


def configure(fleet, base_url, **more):
    fleet.profile.update(base_url=base_url, header="X-Key: ${secret:TEST_KEY}", **more)
    fleet.write_config()
    text = (fleet.home / "ttsq.ini").read_text()
    for name, lines in PROFILES.items():
        inherit = "" if "method" in lines else "inherit = main\n"
        text += f"[profile:{name}]\n{inherit}account = main\n{lines}\n"
    fleet.write_config(text)
    fleet.environment["TEST_KEY"] = SECRET


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Script() as script, Fleet(tmp_path_factory.mktemp("fleet"), cap=8, workers=2) as fleet:
        for name, _, play, *_ in GOODS + BADS:
            script.on(name, play)
        script.on("GET url", lambda c: c.send(200, LARGE, "application/octet-stream"))
        script.on("GET gone", lambda c: c.send(404, "no", "text/html") if c.time == 1
                  else c.send(200, LARGE, "audio/wav"))
        script.on("GET moved", lambda c: c.send(302, "", headers=[("Location", "/file/url")])
                  if c.time == 1 else c.send(200, LARGE, "audio/wav"))
        script.on("GET busy", lambda c: c.send(503, "busy") if c.time < 3
                  else c.send(200, GOOD, "audio/wav"))
        script.on("GET dies", once(drop, play_wav))
        script.on("GET slow-file", once(
            lambda c: c.send_chunks([GOOD[:99], GOOD[99:]], pause_s=2 * STALL_MS / 1000), play_wav))
        configure(fleet, script.url, **{"timeout.stall_ms": STALL_MS, "retry.max": 3})
        fleet.start()
        yield fleet, script
        fleet.stop()
        fleet.run("check", "--deep")


def attempts(fleet, batch):
    return fleet.query("SELECT a.outcome, coalesce(a.error, '') FROM attempt a"
                       " JOIN job j ON j.id = a.job_id JOIN batch b ON b.id = j.batch_id"
                       " WHERE b.name = ? AND a.outcome <> 'unsent' ORDER BY a.n", batch)


def delivered(fleet, batch):
    folder = fleet.home / f"out-{batch}"
    fleet.run("get", batch, "-o", folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    return (folder / manifest["jobs"][0]["file"]).read_bytes()


@pytest.mark.parametrize("name,profile,play,error,audio", GOODS, ids=[row[0] for row in GOODS])
def test_audio_comes_out_whole(shared, name, profile, play, error, audio):
    fleet, script = shared
    with fleet.explained():
        fleet.enqueue(name, [f"{name} 1"], "--profile", profile)
        fleet.wait(name)
        rows = attempts(fleet, name)
        first = "uncertain" if error == "uncertain" else "failed"
        expected = ["answered"] if error is None else [first, "answered"]
        assert [outcome for outcome, _ in rows] == expected, rows
        assert error in (None, "uncertain") or error in rows[0][1], rows
        assert delivered(fleet, name) == audio
        assert script.asked[f"{name} 1"] == len(rows)


@pytest.mark.parametrize("name,profile,play,why", BADS, ids=[row[0] for row in BADS])
def test_what_repeating_would_not_change_fails_at_once(shared, name, profile, play, why):
    fleet, script = shared
    with fleet.explained():
        fleet.enqueue(name, [f"{name} 1"], "--profile", profile)
        fleet.wait(name, code=None)
        job = fleet.list(name)[0]
        assert job["state"] == "failed" and why in job["why"], job
        assert script.asked[f"{name} 1"] == 1


def test_the_second_get_brings_no_key_and_is_repeated_within_the_call(shared):
    _, script = shared
    assert SECRET in script.headers["url 1"][0].values()
    for name in ("GET url", "GET busy"):
        for headers in script.headers[name]:
            assert SECRET not in headers.values() and "Authorization" not in headers, headers
    assert script.asked["GET busy"] == 3 and script.asked["GET dies"] == 2
    assert script.asked["GET slow-file"] == 2


def test_a_key_that_a_server_repeats_is_shown_nowhere(shared):
    fleet, _ = shared
    with fleet.explained():
        assert SECRET not in fleet.run("show", "--json", fleet.list("echo")[0]["id"])
        assert SECRET not in fleet.log()
        assert fleet.value("SELECT count(*) FROM attempt WHERE instr(error, ?)", SECRET) == 0
        assert "\x1b" not in fleet.run("list", "echo")


# ---- texts that are URLs

def test_a_page_is_fetched_from_where_the_list_allows(shared):
    fleet, script = shared
    script.on("GET page", lambda c: c.send(200, "<html>page</html>", "text/html"))
    url = script.url.replace("/v1", "/file/page")
    with fleet.explained():
        fleet.enqueue("pages", [url], "--profile", "pages")
        fleet.wait("pages")
        assert delivered(fleet, "pages") == b"<html>page</html>"
        assert "X-Key" not in script.headers["GET page"][0]


@pytest.mark.parametrize("profile,url,why", [
    ("anywhere", "{page}", "127.0.0.1 is no public address"),
    ("anywhere", "https://inner.localhost/", "its host has no public address"),
    ("anywhere", "ftp://example.org/", "not an http(s) URL"),
    ("anywhere", "no URL at all", "not an http(s) URL"),
    ("pages", "http://10.0.0.1/", "its host 10.0.0.1 is not among those that are allowed"),
], ids=["loopback", "name", "ftp", "text", "unlisted"])
def test_a_text_that_leads_where_it_must_not_is_held(shared, profile, url, why, request):
    fleet, script = shared
    batch = f"held-{request.node.callspec.id}"
    script.on("GET inner", lambda c: c.send(200, "<html>page</html>", "text/html"))
    asked = script.asked["GET inner"]
    with fleet.explained():
        fleet.enqueue(batch, [url.format(page=script.url.replace("/v1", "/file/inner"))],
                      "--profile", profile)
        fleet.wait(batch, code=None)
        job = fleet.list(batch)[0]
        assert job["state"] == "held" and why in job["why"], job
        assert script.asked["GET inner"] == asked
        fleet.run("cancel", batch)


# ---- memory

BIG_BYTES = 37_500_000  # 50 MB as base64
GROWTH_KIB_MAX = 2048


def memory_kib(pid, what):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(what + r":\s+(\d+) kB", status.read())[1])


def big_pieces():
    step = 3 * 20_000
    audio = wav(1)[:44] + bytes([7, 40, 90]) * (BIG_BYTES // 3)
    yield '{"data":{"audio":"'
    for i in range(0, len(audio), step):
        yield base64.b64encode(audio[i:i + step])
    yield '"}}'


def test_a_large_answer_costs_no_memory(tmp_path):
    with Script() as script, Fleet(tmp_path, cap=1, workers=1) as fleet:
        script.on("warm", lambda c: c.send(200, json_of(LARGE)))
        script.on("big", lambda c: c.send_chunks(big_pieces()))
        configure(fleet, script.url)
        fleet.start()
        fleet.enqueue("warm", [f"warm {i}" for i in range(20)], "--profile", "json")
        fleet.wait("warm")
        pid = fleet.pids("call")[0]
        before = memory_kib(pid, "VmRSS")
        for i in range(2):
            fleet.enqueue(f"big-{i}", [f"big {i}"], "--profile", "json")
            fleet.wait(f"big-{i}")
        after = memory_kib(pid, "VmHWM")
        print(f"50 MB of base64, twice: {before} KiB before, {after} KiB at most")
        assert fleet.value("SELECT bytes FROM result ORDER BY bytes DESC LIMIT 1") > BIG_BYTES - 9
        assert after - before <= GROWTH_KIB_MAX
        fleet.stop()


# ---- time

def hang(call):
    time.sleep(3 * TOTAL_MS / 1000)
    drop(call)


TIMES = [
    ("hang", once(hang, play_wav), "no answer for too long", FIRST_BYTE_MS),
    ("stall", once(lambda c: c.send_chunks([GOOD[:99], GOOD[99:]], "audio/wav",
                                           pause_s=3 * STALL_MS / 1000), play_wav),
     "no byte for too long", STALL_MS),
    ("drip", once(lambda c: c.send_chunks([b"x"] * 99, "audio/wav", pause_s=STALL_MS / 4000),
                  play_wav), "total timeout", TOTAL_MS),
]


@pytest.mark.parametrize("name,play,error,limit_ms", TIMES, ids=[row[0] for row in TIMES])
def test_each_kind_of_waiting_has_its_limit_and_its_name(tmp_path, name, play, error, limit_ms):
    with Script() as script, Fleet(tmp_path, cap=1, workers=1, account={"linger_ms": 100}) as fleet:
        script.on(name, play)
        configure(fleet, script.url, **{"timeout.first_byte_ms": FIRST_BYTE_MS,
                                        "timeout.stall_ms": STALL_MS, "timeout.total_ms": TOTAL_MS})
        fleet.start()
        fleet.enqueue("b", [f"{name} 1"], "--profile", "body")
        fleet.wait("b")
        rows = attempts(fleet, "b")
        assert [outcome for outcome, _ in rows] == ["uncertain", "answered"], rows
        assert error in rows[0][1], rows
        took_ms = fleet.value("SELECT ended_ms - started_ms FROM attempt WHERE outcome = 'uncertain'")
        print(f"{name}: left after {took_ms} ms (limit {limit_ms})")
        assert took_ms >= limit_ms - 50
        fleet.stop()


def test_a_connection_that_is_not_made_was_not_sent(tmp_path):
    """The listener's queue is full, so the kernel answers no SYN."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    port = listener.getsockname()[1]
    fillers = []
    for _ in range(4):
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(("127.0.0.1", port))
        fillers.append(filler)
    with Fleet(tmp_path, cap=1, workers=1) as fleet:
        configure(fleet, f"http://127.0.0.1:{port}/v1", **{"timeout.connect_ms": 200})
        fleet.start()
        fleet.enqueue("b", ["text 1"], "--profile", "body")
        deadline = time.monotonic() + 20
        while not (rows := attempts(fleet, "b")) or rows[0][0] == "sending":
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert rows[0][0] == "refused" and "could not connect" in rows[0][1], rows
        assert not re.search(r"after \d+ ms", rows[0][1]), rows  # equal failures are one reason
        fleet.run("cancel", "b")
        fleet.stop()
    for s in (listener, *fillers):
        s.close()
