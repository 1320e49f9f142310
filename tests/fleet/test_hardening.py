"""What an attacker or a crash could use: how the programs are linked, where keys are, who may say that
he is the provider, what hostile texts, names and arguments do to a terminal or a folder."""

import http.server
import json
import os
import pathlib
import re
import ssl
import subprocess
import threading

import pytest

from cli import OK, USAGE, names_in
from fleet import Fleet, is_sanitized, until

SECRET = "sk-0123456789-hardening-secret"
BIN = pathlib.Path(os.environ["TTSQ_BIN"]).resolve()
LONG_LINE_BYTES = 10 * 1024 * 1024


# ---- how they are linked

def readelf(name, *options):
    done = subprocess.run(["readelf", "-W", *options, BIN / name], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("name", ["ttsq", "ttsq-say"])
def test_programs_are_linked_hard(name):
    header, segments = readelf(name, "-h"), readelf(name, "-l")
    dynamic, symbols = readelf(name, "-d"), readelf(name, "--dyn-syms")
    assert re.search(r"Type:\s+DYN", header) and "PIE" in dynamic
    assert "GNU_RELRO" in segments and "NOW" in dynamic  # no writable jump table after the start
    assert re.search(r"GNU_STACK.* RW +0x", segments), "an executable stack"
    assert not re.search(r"LOAD.* RWE ", segments), "a segment that is writable and executable"
    assert "__stack_chk_fail" in symbols
    assert "RPATH" not in dynamic and "RUNPATH" not in dynamic and "TEXTREL" not in dynamic
    if not is_sanitized():
        assert re.search(r"__(memcpy|snprintf|vsnprintf|read)_chk", symbols), "not fortified"


# ---- keys

@pytest.fixture(name="keyed")
def _keyed(tmp_path):
    with Fleet(tmp_path, cap=2, workers=1) as fleet:
        key = tmp_path / "key"
        key.write_text(SECRET + "\n")
        key.chmod(0o600)
        fleet.write_config((tmp_path / "ttsq.ini").read_text() + f"[secrets]\nOPENAI_API_KEY = file:{key}\n")
        fleet.start()
        fleet.enqueue("b", fleet.texts(6))
        fleet.wait("b")
        yield fleet
        fleet.finish()


def test_a_key_is_in_its_file_and_in_no_other(keyed):
    sent = [line for line in (keyed.home / "ledger.jsonl").read_bytes().splitlines() if b"accepted" in line]
    assert len(sent) == 6
    holders = [path.name for path in keyed.home.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert holders == ["key"]
    for process in keyed.processes():
        for what in ("cmdline", "environ"):
            assert SECRET.encode() not in pathlib.Path(f"/proc/{process.pid}/{what}").read_bytes(), process
    for words in (["check"], ["check", "--origin"], ["show", keyed.list("b")[0]["id"]], ["status", "--json"]):
        assert SECRET not in keyed.run(*words), words


def test_a_crash_writes_no_memory_to_disk(keyed):
    """A call worker holds keys: no core file of it, and nobody but root may read its memory."""
    for pid in keyed.pids("call"):
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
        assert re.search(r"Max core file size +0 +0 ", limits), limits
        # what belongs to root in /proc of a process of another user is not dumpable
        if os.getuid() != 0:
            assert os.stat(f"/proc/{pid}/environ").st_uid == 0


# ---- who says that he is the provider

class Stranger(http.server.BaseHTTPRequestHandler):
    """A server with a certificate that nobody trusts; it takes what it gets."""

    def do_POST(self):  # pylint: disable=invalid-name
        self.server.got.append(self.headers.get("Authorization"))
        self.send_response(500)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


@pytest.fixture(name="stranger")
def _stranger(tmp_path):
    certificate = tmp_path / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-days", "2", "-keyout", certificate, "-out", tmp_path / "public.pem"],
                   check=True, capture_output=True)
    certificate.write_text(certificate.read_text() + (tmp_path / "public.pem").read_text())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stranger)
    server.got = []
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_certificate_that_nobody_trusts_gets_no_key(tmp_path, stranger):
    home = tmp_path / "fleet"
    home.mkdir()
    url = f"https://127.0.0.1:{stranger.server_port}/v1"
    with Fleet(home, cap=2, workers=1,
               profile={"base_url": url}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(1))
        rows = until("the end of an attempt", lambda: fleet.query(
            "SELECT outcome, error FROM attempt WHERE outcome <> 'sending'"))
        assert not stranger.got, "the request was sent"
        assert rows[0][0] == "refused" and "certificate" in rows[0][1], rows
        fleet.run("cancel", "b")
        fleet.stop()


# ---- what a terminal, a folder or a log must not be made to do

HOSTILE = {
    "escape": "\x1b]0;owned\x07\x1b[2J",
    "c1": "a\x9b31mb",
    "bidi": "a\u202egnp.exe\u202c",
    "invisible": "a\u200bb\u2060c\ufeffd",
    "crlf": "one\r\nSet-Cookie: two",
    "path": "../../../etc/passwd",
    "absolute": "/etc/cron.d/x",
    "dots": "..",
    "option": "-rf",
    "format": "%s%n%x",
    "quotes": "'; rm -rf ~; echo \"$(id)`id`",
}
# What no line of ours may hold, whatever came in: C0 but tab and newline, DEL, C1, bidi, invisible.
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


def is_safe(output):
    return not OBEYED.search(output)


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_and_names_stay_words(cli, kind):
    """As a text, a name, an external id, a batch: every command that prints one."""
    bad = HOSTILE[kind]
    row = {"text": f"{bad} spoken", "name": bad, "id": bad}
    cli.write("in.jsonl", json.dumps(row) + "\n")
    code, *outputs = cli.run("enqueue", "in.jsonl", "--batch", "safe")
    assert code in (OK, USAGE), outputs
    if code == OK:
        for words in (["list", "safe"], ["show", "1"], ["why", "1"], ["status"], ["list", "safe", "--json"],
                      ["show", "1", "--json"], ["status", "--json"], ["cost"], ["get", "safe", "-o", "out", "--partial"]):
            outputs += cli(*words, code=None)
    assert all(map(is_safe, outputs)), outputs
    assert set(names_in(cli.home)) <= {"in.jsonl", "ttsq.ini", "out", "data"}


COMMANDS = ["status", "list", "show", "get", "wait", "cancel", "retry", "why", "cap", "rate", "pause", "resume",
            "hold", "release", "budget", "cost", "enqueue", "run", "restore"]


@pytest.mark.parametrize("kind", [*HOSTILE, "invalid"])
def test_hostile_arguments_are_quoted_back_safely(cli, kind):
    """What a person typed, or a script passed on, comes back in the error line."""
    bad = HOSTILE.get(kind, os.fsdecode(b"\xff\xfe\x80"))
    cli.write("a.txt", "one\n")
    cli("enqueue", "a.txt")
    for command in COMMANDS:
        if bad == "-rf":
            continue  # options of no command; the last lines have what argp makes of them
        code, out, error = cli.run(command, bad)
        assert code != OK, (command, out)
        assert is_safe(out) and is_safe(error), (command, out, error)
        assert error.count("\n") <= 3, (command, error)
    code, out, error = cli.run(bad)
    assert code != OK and is_safe(out) and is_safe(error), (out, error)


@pytest.mark.parametrize("name,content,says", [
    ("long.txt", b"x" * LONG_LINE_BYTES + b"\n", "long.txt:1"),
    ("nul.txt", b"one\ntwo\0three\n", "nul.txt:2"),
    ("bad.txt", b"one\ntwo\nth\xffree\n", "bad.txt:3"),
    ("nul.jsonl", b'{"text": "a\\u0000b"}\n', "nul.jsonl:1"),
    ("deep.jsonl", b'{"text": ' + b"[" * 100000 + b"\n", "deep.jsonl:1"),
    ("long.csv", b'text\n"' + b"y" * LONG_LINE_BYTES + b'"\n', "long.csv:2"),
    ("bad.csv", b"text\n\xc3\x28\n", "bad.csv:2"),
], ids=["long", "nul", "utf8", "json-nul", "json-deep", "csv-long", "csv-utf8"])
def test_a_bad_file_is_named_with_its_line(cli, name, content, says):
    cli.write(name, content)
    error = cli("enqueue", name, code=USAGE)[1]
    assert says in error, error[:500]
    assert is_safe(error) and error.count("\n") == 1 and len(error) < 1000
    assert cli.batches() == []
