"""P8: what a provider said instead of an answer is kept with the call, and a secret in it never is."""

import json
import pathlib
import sqlite3

from fleet import Fleet
from test_profile import SOME_FAILED, Home, body_profile, good, provider

SECRET = "sk/Very+Secret/0123456789"
EXCERPT_MAX = 8192
PROFILE = body_profile("header = X-Key: ${secret:VENDOR_KEY}", "rule = status:500 -> fail")


def shown_in_json(job, home):
    return json.loads(home.ttsq("show", job, "--json").stdout)["attempts"]


def run(tmp_path, answer, code=SOME_FAILED):
    with provider(answer) as server:
        home = Home(tmp_path, server, PROFILE, environment={"VENDOR_KEY": SECRET})
        home.said = home.run("one", code=code)
    return home


def everything_on_disk(path):
    return b"".join(file.read_bytes() for file in pathlib.Path(path).rglob("*")
                    if file.is_file() and file.name != "ttsq.ini")


def test_an_echoed_secret_is_masked_in_the_database_itself(tmp_path):
    """As it is, as JSON and URLs write it, and cut in two by the excerpt's end."""
    words = ["plain " + SECRET, "json " + SECRET.replace("/", "\\/"),
             "url " + SECRET.replace("/", "%2f").replace("+", "%2B")]
    head = " | ".join(words) + " | "
    body = head + "x" * (EXCERPT_MAX - len(head) - 12) + SECRET + " and more"
    home = run(tmp_path, lambda number, request: (500, {"Content-Type": "text/plain"}, body.encode()))
    attempt, = shown_in_json("1", home)
    excerpt = attempt["excerpt"]
    assert attempt["outcome"] == "failed" and len(excerpt) == EXCERPT_MAX
    for word in ("plain ***", "json ***", "url ***"):
        assert word in excerpt, excerpt[:300]
    assert excerpt.endswith("x" + "*" * 12), excerpt[-40:]
    kept = everything_on_disk(tmp_path) + (home.said.stdout + home.said.stderr).encode()
    for form in (SECRET, SECRET.replace("/", "\\/"), SECRET.replace("/", "%2f").replace("+", "%2B"), SECRET[:10]):
        assert form.encode() not in kept, form


def test_a_terminal_obeys_nothing_in_it(tmp_path):
    body = "first\x1b[31m red\nsecond \u202edesrever\nlast " + "y" * 300
    home = run(tmp_path, lambda number, request: (400, {}, body.encode()))
    said = home.ttsq("show", "1").stdout
    assert "\x1b" not in said and "\u202e" not in said and "\\x1b[31m red" in said, said
    assert "y" * 300 not in said and "--full" in said
    full = home.ttsq("show", "1", "--full").stdout
    assert "\x1b" not in full and "last " + "y" * 300 in full and "\n  second \\u{202e}" in full, full
    assert shown_in_json("1", home)[0]["excerpt"] == body
    listed, = json.loads(home.ttsq("list", "t", "--json").stdout)
    assert "excerpt" not in listed["attempts"][0]


def test_bytes_that_are_no_text_are_described(tmp_path):
    body = bytes(range(256)) * 8
    home = run(tmp_path, lambda number, request: (500, {"Content-Type": "audio/mpeg"}, body))
    excerpt = shown_in_json("1", home)[0]["excerpt"]
    assert excerpt.startswith("2048 bytes of audio/mpeg: 00 01 02 03 "), excerpt
    assert len(excerpt) < 200


def test_an_answer_that_is_no_sound_is_kept_and_a_good_one_is_not(tmp_path):
    def answer(number, request):
        page = b"<html>\xfc please log in</html>"
        return (200, {"Content-Type": "text/html"}, page) if number == 1 else good(number, request)

    home = run(tmp_path, answer, code=0)
    first, second = shown_in_json("1", home)
    assert first["excerpt"] == "<html>? please log in</html>" and second["excerpt"] is None
    with sqlite3.connect(tmp_path / "queue.db") as db:
        assert db.execute("SELECT count(*) FROM attempt WHERE excerpt IS NOT NULL").fetchone() == (1,)
    db.close()


def test_the_log_quotes_it(tmp_path):
    """One line a call, and a program can tell where the provider's words end."""
    said = 'no "voice"\nerror=none why=\\'
    body = json.dumps({"error": {"message": said}}).encode()
    with provider(lambda number, request: (400, {"Content-Type": "application/json"}, body)) as server, \
            Fleet(tmp_path, workers=1, profile={"base_url": f"http://127.0.0.1:{server.server_port}/v1"}) as fleet:
        fleet.start()
        fleet.enqueue("b", ["one"])
        fleet.wait("b", code=SOME_FAILED)
        fleet.stop()
        fleet.check_log()
        line, = (line for line in fleet.log().splitlines() if " call call " in line)
        assert 'no \\"voice\\" error=none why=\\\\' in line and "status=400" in line, line
