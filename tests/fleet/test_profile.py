"""The profile language on the wire: what is sent, byte for byte, and what answers are taken for. The
server is this file's own; signatures are checked here from the documents of AWS, not by libcurl."""

import base64
import collections
import contextlib
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import sqlite3
import struct
import subprocess
import threading
import urllib.parse

from fleet import program, until

DEADLINE_S = 60
MANUAL = os.path.join(os.path.dirname(__file__), "..", "..", "etc", "man", "ttsq-profile.5.scd")
SOME_FAILED = 3  # exit code
KEY_ID, KEY = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
WAV = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + 16000, b"WAVE", b"fmt ", 16, 1, 1, 8000, 16000,
                  2, 16, b"data", 16000) + bytes(range(250)) * 64


Seen = collections.namedtuple("Seen", "command path headers")  # a connection's handler is used again


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.server.lock:
            self.server.seen.append((Seen(self.command, self.path, self.headers), body))
            number = len(self.server.seen)
        status, headers, answer = self.server.answer(number, body)
        self.send_response(status)
        for name, value in {"Content-Length": len(answer), **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST

    def log_message(self, *words):
        pass


@contextlib.contextmanager
def provider(answer):
    """answer(number of the request, its body) → status, headers, body."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.lock, server.seen, server.answer = True, threading.Lock(), [], answer
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def good(number, body):
    return 200, {"Content-Type": "audio/wav", "x-request-id": f"r{number}"}, WAV


class Home:
    def __init__(self, path, server, profile, account="concurrency = 1\n", environment=None):
        self.path = path
        (path / "ttsq.ini").write_text(
            f"[ttsq]\ndatabase = queue.db\nresults = results\nruntime = run\nworkers = 1\nprofile = x\n"
            f"[account:x]\n{account}"
            f"[profile:x]\naccount = x\nretry.base_ms = 10\nretry.cap_ms = 20\nretry.max = 3\n"
            + profile.replace("PORT", str(server.server_port)), encoding="utf-8")
        self.environment = {n: v for n, v in os.environ.items() if not n.startswith(("TTSQ_", "AWS_"))}
        self.environment.update(TTSQ_CONFIG=str(path / "ttsq.ini"), HOME=str(path), NO_COLOR="1",
                                **(environment or {}))

    def ttsq(self, *words, code=0):
        done = subprocess.run([program(), *words], env=self.environment, cwd=self.path, text=True,
                              capture_output=True, timeout=DEADLINE_S)
        assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
        return done

    def run(self, *texts, code=0):
        (self.path / "t.txt").write_text("".join(t + "\n" for t in texts), encoding="utf-8")
        return self.ttsq("run", "t.txt", "-o", "out", "--force", code=code)

    @contextlib.contextmanager
    def supervised(self):
        supervisor = subprocess.Popen([program(), "supervise"], env=self.environment, cwd=self.path,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield
        finally:
            supervisor.terminate()
            assert supervisor.wait(DEADLINE_S) == 0

    def jobs(self, batch="t"):
        return json.loads(self.ttsq("list", batch, "--json").stdout)

    def account(self):
        accounts = json.loads(self.ttsq("status", "--json").stdout)["accounts"]
        return next(account for account in accounts if account["name"] == "x")

    def request_ids(self):
        with contextlib.closing(sqlite3.connect(self.path / "queue.db")) as db:
            return [row[0] for row in db.execute("SELECT request_id FROM attempt ORDER BY job_id, n")]


def body_profile(*lines):
    return ("url = http://127.0.0.1:PORT/tts\nbody = {\"text\": \"${json:text}\", \"id\": \"${uuid}\"}\n"
            + "".join(line + "\n" for line in lines))


def test_members_are_there_only_with_a_value_and_uuids_are_fresh(tmp_path):
    def answer(number, body):
        return (500, {}, b"once more") if number == 1 else good(number, body)

    with provider(answer) as server:
        home = Home(tmp_path, server, body_profile(
            "set = /voice/speed number ${speed}", "set = /voice/pitch number ${pitch}",
            "set = /voice/name string ${voice}", "set = /flags/- bool true",
            'set = /extra json-text {"who": "${json:voice}", "deep": [1, null]}',
            "set = /before string ${prev_text}", "query = format=${format}", "query = quality=${quality}",
            "voice = \u4e2d \"x\"", "format = a b&c", "var.speed = 0.9", "request_id = x-request-id",
            "header = X-Key: ${secret:VENDOR_KEY}", "header = Authorization: Bearer;${secret:OTHER_KEY}"),
            environment={"VENDOR_KEY": "v", "OTHER_KEY": "o"})
        text = 'say "h\u00e9" \\ & <b>'
        home.run(text)
        bodies = [json.loads(body) for _, body in server.seen]
        assert len(bodies) == 2 and bodies[0]["id"] != bodies[1]["id"]
        bodies[0].pop("id")
        assert bodies[0] == {"text": text, "voice": {"speed": 0.9, "name": "\u4e2d \"x\""},
                             "flags": {"-": True},
                             "extra": '{"who":"\u4e2d \\"x\\"","deep":[1,null]}'}
        assert b'"speed":0.9' in server.seen[0][1], "a number is sent as it was written"
        call = server.seen[0][0]
        assert call.path == "/tts?format=a%20b%26c"
        assert call.headers["X-Key"] == "v" and call.headers["Authorization"] == "Bearer;o"
        assert home.request_ids() == [None, "r2"]


def sign_key(date, region, service):
    key = ("AWS4" + KEY).encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def expected_signature(call, body):
    """Signature Version 4, from the AWS General Reference: canonical request, string to sign."""
    fields = dict(part.strip().split("=", 1) for part in
                  call.headers["Authorization"].split(" ", 1)[1].split(","))
    key_id, date, region, service, _ = fields["Credential"].split("/")
    names = fields["SignedHeaders"].split(";")
    path, _, query = call.path.partition("?")
    canonical = "\n".join([
        call.command, urllib.parse.quote(urllib.parse.unquote(path), safe="/~"), query,
        "".join(f"{name}:{' '.join(call.headers[name].split())}\n" for name in names),
        ";".join(names), hashlib.sha256(body).hexdigest()])
    to_sign = "\n".join(["AWS4-HMAC-SHA256", call.headers["X-Amz-Date"],
                         f"{date}/{region}/{service}/aws4_request",
                         hashlib.sha256(canonical.encode()).hexdigest()])
    assert key_id == KEY_ID and (region, service) == ("eu-west-1", "polly")
    right = hmac.new(sign_key(date, region, service), to_sign.encode(), hashlib.sha256).hexdigest()
    return fields["Signature"], right, names


SIGNED = ("url = http://127.0.0.1:PORT/v1/speech\nsign = aws:amz:${region}:polly\nvar.region = eu-west-1\n"
          "body = {\"Text\": \"${json:text}\"}\n")


def test_requests_are_signed(tmp_path):
    keys = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": KEY}
    for token in ("", "temporary+token/of=us"):
        path = tmp_path / (token[:4] or "plain")
        path.mkdir()
        with provider(good) as server:
            home = Home(path, server, SIGNED, environment=keys | ({"AWS_SESSION_TOKEN": token} if token
                                                                  else {}))
            said = home.run("gr\u00fc\u00df dich \u4e2d", "a second text")
            assert len(server.seen) == 2
            for call, body in server.seen:
                got, right, names = expected_signature(call, body)
                assert got == right
                assert ("x-amz-security-token" in names) == bool(token)
                assert call.headers.get("X-Amz-Security-Token", "") == token
                assert "Expect" not in call.headers
            everything = said.stdout + said.stderr + (path / "queue.db").read_bytes().decode("latin-1")
            assert KEY not in everything


def test_a_request_without_its_key_is_not_sent(tmp_path):
    with provider(good) as server:
        home = Home(tmp_path, server, SIGNED)
        done = home.ttsq("check", code=78)
        assert "AWS_ACCESS_KEY_ID" in done.stdout
        assert not server.seen


def test_a_missing_key_stops_the_account_and_keeps_its_jobs(tmp_path):
    with provider(good) as server:
        home = Home(tmp_path, server, SIGNED)
        (tmp_path / "t.txt").write_text("one\ntwo\nthree\n")
        home.ttsq("enqueue", "t.txt")
        with home.supervised():
            until("the account stops", lambda: home.account()["stopped"])
        assert "AWS_ACCESS_KEY_ID" in home.account()["pause_reason"] and not server.seen
        assert {job["state"] for job in home.jobs()} == {"ready"}
        home.environment.update(AWS_ACCESS_KEY_ID=KEY_ID, AWS_SECRET_ACCESS_KEY=KEY)
        with home.supervised():
            home.ttsq("resume", "x")
            until("all done", lambda: {job["state"] for job in home.jobs()} == {"done"})
        assert len(server.seen) == 3 and not home.account()["stopped"]


def test_a_throttle_behind_status_400_waits(tmp_path):
    def answer(number, body):
        if number <= 4:  # more than retry.max
            return 400, {"x-amzn-ErrorType": "ThrottlingException:http://internal.example/",
                         "Retry-After": "0.02"}, b"{}"
        return good(number, body)

    with provider(answer) as server:
        home = Home(tmp_path, server,
                    body_profile("rule = header:x-amzn-errortype~ThrottlingException -> wait"))
        home.run("one")
        attempts = home.jobs()[0]["attempts"]
        assert [a["outcome"] for a in attempts] == ["refused"] * 4 + ["answered"]
        assert "HTTP 400" in attempts[0]["error"], attempts


def test_inner_codes_of_a_200(tmp_path):
    """Volcengine's way: always 200, a code inside."""
    codes = {"busy": (3003, "quota exceeded for types: concurrency"), "long": (3010, "text too long"),
             "voice": (3050, "no such voice")}
    told = set()

    def answer(number, body):
        word = json.loads(body)["text"].split()[0]
        if word in codes and (word != "busy" or not told):
            told.add(word)
            code, message = codes[word]
            return 200, {"Content-Type": "application/json"}, json.dumps(
                {"code": code, "message": message, "data": None}).encode()
        import base64
        return 200, {"Content-Type": "application/json", "X-Tt-Logid": "log-1"}, json.dumps(
            {"code": 3000, "data": base64.b64encode(WAV).decode()}).encode()

    with provider(answer) as server:
        home = Home(tmp_path, server, body_profile(
            "audio = json /data base64", "ok = json:/code=3000", "request_id = x-tt-logid",
            "rule = json:/code=3003 -> shrink", "rule = json:/code=3010 -> split",
            "rule = json:/code=3050 -> fail \"choose another voice\""))
        home.run("fine", "busy", "long", "voice", code=SOME_FAILED)
        jobs = home.jobs()
        assert [j["state"] for j in jobs] == ["done", "done", "failed", "failed"]
        assert [[a["outcome"] for a in j["attempts"]] for j in jobs] == \
            [["answered"], ["refused", "answered"], ["failed"], ["failed"]]
        assert "/code is 3010" in jobs[2]["why"] and "too long for the provider" in jobs[2]["why"]
        assert "no such voice" in jobs[3]["why"] and "choose another voice" in jobs[3]["why"]


def test_a_stopped_account_says_what_to_do_and_a_stopped_job_stops_alone(tmp_path):
    def answer(number, body):
        if b"forbidden" in body:
            return 403, {}, b'{"error": {"code": "content", "message": "not that"}}'
        return good(number, body)

    with provider(answer) as server:
        home = Home(tmp_path, server, body_profile(
            "rule = status:403 json:/error/code=content -> stop job \"look at the text\""))
        (tmp_path / "t.txt").write_text("forbidden\nfine\n")
        home.ttsq("enqueue", "t.txt")
        with home.supervised():
            until("both settled", lambda: [j["state"] for j in home.jobs()] == ["held", "done"])
        assert "look at the text" in home.jobs()[0]["why"]
        assert not home.account()["stopped"], home.account()


def manual(kind):
    """The indented blocks of the manual's first page; kind: how the wanted one begins."""
    text = pathlib.Path(MANUAL).read_text(encoding="utf-8")
    return next(block for block in text.split("```")[1::2] if block.lstrip().startswith(kind))


def test_the_manual_s_example_works_as_written(tmp_path):
    """A new user's way: what ttsq-profile(5) shows of a provider is played here, its profile is used."""
    answers = [json.loads(line) for line in manual('{"code": 0').strip().splitlines()]
    by_word = {"crowd": answers[1], "fast": answers[2] | {"wait_s": 0.01}, "long": answers[4]}
    told = set()

    def answer(number, body):
        asked = json.loads(body)
        assert asked["voice"] == "anna" and "speed" not in asked and len(asked["id"]) == 36
        word = asked["input"]["text"]
        if word in by_word and (word not in told or word == "long"):
            told.add(word)
            return 200, {"Content-Type": "application/json"}, json.dumps(by_word[word]).encode()
        good_one = answers[0] | {"data": base64.b64encode(WAV).decode()}
        return 200, {"Content-Type": "application/json"}, json.dumps(good_one).encode()

    with provider(answer) as server:
        home = Home(tmp_path, server, body_profile(), environment={"VOICE_KEY": "private"})
        profile = manual("[account:voice]").replace("https://api.voice.example", f"http://127.0.0.1:"
                                                    f"{server.server_port}")
        assert server.server_address[0] in profile
        with open(tmp_path / "ttsq.ini", "a", encoding="utf-8") as config:
            config.write(profile.replace("format = mp3", "format = wav"))
        (tmp_path / "t.txt").write_text("Good morning.\ncrowd\nfast\nlong\n")
        home.ttsq("run", "--profile", "voice", "t.txt", code=SOME_FAILED)
        assert all(call.headers["X-Api-Key"] == "private" for call, _ in server.seen)
        jobs = home.jobs()
        assert [j["state"] for j in jobs] == ["done", "done", "done", "failed"]
        assert [[a["outcome"] for a in j["attempts"]] for j in jobs] == \
            [["answered"], ["refused", "answered"], ["refused", "answered"], ["failed"]]
        assert home.request_ids()[0] == "7f3a"
        assert "text too long" in jobs[3]["why"]


def test_warns_of_what_ends_soon(tmp_path):
    with provider(good) as server:
        home = Home(tmp_path, server, body_profile("expires = 2020-01-02"))
        (tmp_path / "t.txt").write_text("one\n")
        said = home.ttsq("enqueue", "t.txt")
        assert "has ended what profile x uses on 2020-01-02" in said.stderr
        assert "2020-01-02" in home.ttsq("check").stdout
