"""The commands as a person and a script meet them: bad input, exit codes, JSON, names, `run`."""

import csv
import hashlib
import json
import os
import pathlib
import signal
import shutil
import socket
import sqlite3
import subprocess
import sys
import time

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from fleet import Fleet, program, until  # noqa: E402
from say import Say, text_hash, tone_mark  # noqa: E402

OK, FAILED, USAGE, SOME_FAILED, NOT_FOUND, NO_SERVICE, DB, CORRUPT, LATER, CONFIG, INTERRUPTED = (
    0, 1, 2, 3, 4, 5, 6, 65, 75, 78, 130)
DEADLINE_S = 60
NOBODY = 65534
SAY_PORT = 8890  # where ttsq-say listens by default


class Cli:
    """Commands in an empty folder with a configuration of its own."""

    def __init__(self, home, base_url="http://127.0.0.1:9/v1", profile=""):
        self.home = pathlib.Path(home)
        self.base_url = base_url
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(("TTSQ_", "XDG_"))}
        self.environment.update(TTSQ_CONFIG=str(self.home / "ttsq.ini"), HOME=str(self.home))
        self.write("ttsq.ini", f"""[ttsq]
database = data/queue.db
results = data/results
runtime = data/run
workers = 2
profile = main
[account:main]
concurrency = 4
[profile:main]
account = main
inherit = openai-compat
base_url = {base_url}
model = tts-1
voice = alloy
format = wav
{profile}
""")

    def write(self, name, content):
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def start(self, *words, **options):
        return subprocess.Popen([program(), *map(str, words)], cwd=self.home,
                                env=self.environment, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, **options)

    def __call__(self, *words, code=OK, stdin=b"", before=()):
        """Standard output and standard error of a command that must end with `code`."""
        done = subprocess.run([*before, program(), *map(str, words)], cwd=self.home,
                              env=self.environment, capture_output=True, timeout=DEADLINE_S,
                              input=stdin)
        out, error = done.stdout.decode(), done.stderr.decode()
        assert code in (None, done.returncode), f"{words}: exit {done.returncode}\n{out}\n{error}"
        return out, error

    def json(self, *words, code=OK, stdin=b""):
        return json.loads(self(*words, "--json", code=code, stdin=stdin)[0])

    def jobs(self, batch):
        return self.json("list", batch)

    def texts(self, batch):
        return [job["text"] for job in self.jobs(batch)]

    def batches(self):
        return [batch["name"] for batch in self.json("status")["batches"]]

    def sql(self, statement, *values):
        with sqlite3.connect(self.home / "data/queue.db") as connection:
            return connection.execute(statement, values).fetchall()


@pytest.fixture
def cli(tmp_path):
    return Cli(tmp_path)


# ---- input that is wrong: nothing is added, and the message says where ---------------------------

BAD_INPUT = [
    ("invalid byte", "a.txt", b"good\nab\xffc\n", "a.txt:2:3: byte 0xFF is not UTF-8"),
    ("column counts code points", "a.txt", "é€x".encode() + b"\xc3(", "a.txt:1:4: byte 0xC3"),
    ("cut sequence", "a.txt", b"ok\n\xe2\x82", "a.txt:2:1: byte 0xE2"),
    ("surrogate", "a.txt", b"\xed\xa0\x80", "a.txt:1:1: byte 0xED"),
    ("overlong", "a.txt", b"x\xc0\xaf", "a.txt:1:2: byte 0xC0"),
    ("NUL", "a.txt", b"one\ntwo\nth\x00ree\n", "a.txt:3:3: a NUL byte"),
    ("NUL, not ASCII", "a.txt", "é".encode() + b"\x00", "a.txt:1:2: a NUL byte"),
    ("behind a byte order mark", "a.txt", b"\xef\xbb\xbfab\xff", "a.txt:1:3: byte 0xFF"),
    ("UTF-16", "a.txt", "\ufeffhello".encode("utf-16-le"), "a.txt:1:1: byte 0xFF"),
    ("empty", "a.txt", b"", "a.txt: there is no text in it"),
    ("blank lines only", "a.txt", b"\n \t\r\n\n", "a.txt: there is no text in it"),
    ("a byte order mark only", "a.txt", b"\xef\xbb\xbf", "a.txt: there is no text in it"),
    ("endless line", "a.txt", b"ok\n" + b"x" * (1024 * 1024 + 1), "a.txt:2: "),
    ("endless line behind the window", "a.txt", b"x" * (4 * 1024 * 1024), "a.txt:1: a line is"),
    ("over the profile's limit", "a.txt", "ok\ne" + "\u0301" * 4097, "a.txt:2: the text cannot be"),
    ("no JSON", "a.jsonl", '{"text": "a"}\n{"text": \n', "a.jsonl:2:"),
    ("no object", "a.jsonl", '["a"]\n', "a.jsonl:1: not a JSON object"),
    ("unknown field", "a.jsonl", '{"text": "a", "voise": "x"}', "did you mean 'voice'?"),
    ("missing text", "a.jsonl", '{"name": "a"}', "a.jsonl:1: the field 'text' is missing"),
    ("empty text", "a.jsonl", '\n{"text": " "}', "a.jsonl:2: 'text' is empty"),
    ("text is a number", "a.jsonl", '{"text": 5}', "a.jsonl:1: 'text' must be a string"),
    ("priority is text", "a.jsonl", '{"text": "a", "priority": "1"}', "must be a whole number"),
    ("priority is huge", "a.jsonl", '{"text": "a", "priority": 99999999}', "'priority' must be"),
    ("field twice", "a.jsonl", '{"text": "a", "text": "b"}', "a.jsonl:1:"),
    ("escaped NUL", "a.jsonl", '{"text": "a\\u0000b"}', "a.jsonl:1:"),
    ("lone surrogate", "a.jsonl", '{"text": "\\ud800"}', "a.jsonl:1:"),
    ("two objects on a line", "a.jsonl", '{"text": "a"} {"text": "b"}', "a.jsonl:1:"),
    ("long name", "a.jsonl", '{"text": "a", "name": "%s"}' % ("n" * 5000), "'name' is longer"),
    ("empty table", "a.csv", "", "a.csv: empty"),
    ("no header", "a.csv", "hello\n", "unknown field 'hello'"),
    ("no text column", "a.csv", "name,voice\na,b\n", "no field 'text'"),
    ("column twice", "a.csv", "text,text\na,b\n", "a field is named twice"),
    ("too few fields", "a.csv", "text,name\na,b\nc\n", "a.csv:3: 1 fields"),
    ("too many fields", "a.csv", "text\na,b\n", "a.csv:2: 2 fields"),
    ("open quote", "a.csv", 'text\n"a\nb\n', "a.csv:2: a quoted field is not closed"),
    ("quote inside", "a.csv", 'text\na"b"\n', "a.csv:2: a quote inside"),
    ("text behind a quote", "a.csv", 'text\n"a"b\n', "a.csv:2: text behind a closing quote"),
    ("empty cell", "a.csv", "text,name\n,b\n", "a.csv:2: 'text' is empty"),
    ("header only", "a.csv", "text\n", "a.csv: there is no text in it"),
]


@pytest.mark.parametrize("name, content, message", [row[1:] for row in BAD_INPUT],
                         ids=[row[0] for row in BAD_INPUT])
def test_bad_input_adds_nothing_and_says_where(cli, name, content, message):
    path = cli.write(name, content)
    out, error = cli("enqueue", name, code=USAGE)
    assert out == "" and message in error and error.startswith("ttsq: ") and error.count("\n") == 1
    assert cli.batches() == []
    assert cli.sql("SELECT count(*) FROM job UNION ALL SELECT count(*) FROM worker") == [(0,), (0,)]
    assert list((cli.home / "data/run").glob("worker-*")) == []
    assert message in cli("enqueue", "--dry-run", name, code=USAGE)[1]
    path.write_text('text\n"good"\n' if name.endswith("csv") else '{"text": "good"}\n')
    cli("enqueue", name)  # the name of the batch is free again
    assert cli.batches() == ["a"]


def test_an_error_behind_many_good_lines_leaves_nothing(cli):
    cli.write("a.txt", b"a good line\n" * 20000 + b"bad \xff\n")
    assert "a.txt:20001:5:" in cli("enqueue", "a.txt", code=USAGE)[1]
    assert cli.batches() == []
    assert cli.sql("SELECT count(*) FROM job_text") == [(0,)]


@pytest.mark.parametrize("words, code, message", [
    (["enqueue"], USAGE, "FILE is missing"),
    (["enqueue", "no-such.txt"], USAGE, "no-such.txt: No such file"),
    (["enqueue", "no/such/folder"], USAGE, "No such file"),
    (["enqueue", "empty"], USAGE, "no *.txt or *.md file in the folder empty"),
    (["enqueue", "a.txt", "--split", "word"], USAGE, "--split must be"),
    (["enqueue", "a.txt", "--weight", "0"], USAGE, "--weight must be"),
    (["enqueue", "a.txt", "--weight", "1001"], USAGE, "--weight must be"),
    (["enqueue", "a.txt", "--delay", "5"], USAGE, "--delay must be"),
    (["enqueue", "a.txt", "--delay", "-5s"], USAGE, "--delay must be"),
    (["enqueue", "a.txt", "--uncertain", "maybe"], USAGE, "--uncertain must be"),
    (["enqueue", "a.txt", "--batch", ""], USAGE, "a batch's name"),
    (["enqueue", "a.txt", "--batch", "x\ny"], USAGE, "a batch's name"),
    (["enqueue", "a.txt", "--batch", "n" * 129], USAGE, "a batch's name"),
    (["enqueue", "a.txt", "--profile", "mian"], CONFIG, "did you mean 'main'?"),
    (["enqueue", "-", "-"], USAGE, "there is no text"),
    (["enqueue", "--batch", "b", "-", "-"], USAGE, "once only"),
    (["enqueue", "a.txt", "--voice", ""], USAGE, "--voice must not be empty"),
    (["enqueue", "--no-such-option"], USAGE, "unrecognized option '--no-such-option'; try 'ttsq enqueue --help'"),
    (["enqueue", "a.txt", "--weight"], USAGE, "requires an argument; try 'ttsq enqueue --help'"),
    (["check", "surplus"], USAGE, "unexpected argument 'surplus'; try 'ttsq check --help'"),
    (["statsu"], USAGE, "did you mean 'status'?"),
    (["xyzzy"], USAGE, "`ttsq --help` lists them"),
    (["status"], NO_SERVICE, "no database there"),
    (["wait", "b"], NO_SERVICE, "no database there"),
    (["wait"], USAGE, "BATCH is missing"),
    (["get", "b"], USAGE, "-o DIR or --join FILE is missing"),
    (["retry", "b"], USAGE, "--failed, --held, --cancelled, --damaged, --job or"),
    (["cap", "main", "0"], USAGE, "from 1 to 4096"),
    (["cap", "main", "4097"], USAGE, "from 1 to 4096"),
    (["show", "x"], USAGE, "JOB is a number, not 'x'; `ttsq list x` shows"),
    (["list", "b", "--state", "lost"], USAGE, "--state must be"),
    (["worker", "call"], USAGE, "--id"),
    (["run"], USAGE, "FILE is missing"),
])
def test_what_cannot_be_done_is_said(cli, words, code, message):
    cli.write("a.txt", "a text\n")
    (cli.home / "empty").mkdir()
    error = cli(*words, code=code)[1]
    assert message in error and error.count("\n") == 1


def test_unknown_names_get_a_suggestion(cli):
    cli.write("chapter-1.txt", "a text\n")
    cli("enqueue", "chapter-1.txt")
    for words in (["status"], ["wait"], ["get", "-o", "out"], ["list"], ["cancel"],
                  ["retry", "--failed"]):
        assert "did you mean 'chapter-1'?" in cli(*words, "chapter1", code=NOT_FOUND)[1]
    assert "did you mean 'main'?" in cli("cap", "mani", code=NOT_FOUND)[1]
    assert "did you mean 'main'?" in cli("resume", "man", code=NOT_FOUND)[1]
    cli("show", "999", code=NOT_FOUND)
    assert not (cli.home / "out").exists()


def test_status_shows_accounts_that_somebody_uses(cli):
    """`say` is built in, and nobody's choice here; a program gets them all."""
    cli.write("a.txt", "a text\n")
    cli("enqueue", "a.txt")
    shown = [line.split()[0] for line in cli("status")[0].splitlines() if line]
    assert "main" in shown and "say" not in shown
    assert {"main", "say"} == {a["name"] for a in json.loads(cli("status", "--json")[0])["accounts"]}
    cli("enqueue", "a.txt", "--profile", "say", "--batch", "spoken")
    shown = [line.split()[0] for line in cli("status")[0].splitlines() if line]
    assert {"main", "say"} <= set(shown)


def test_check_for_programs(cli):
    cli.write("a.txt", "a text\n")
    cli("enqueue", "a.txt")
    document = json.loads(cli("check", "--json")[0])
    assert document["message_type"] == "check" and document["exit_code"] == 0
    assert {"ok", "warn"} == {line["verdict"] for line in document["checks"]}
    assert any(line["text"].startswith("database: ") for line in document["checks"])
    with open(cli.home / "ttsq.ini", "a") as file:
        file.write("[account:main]\nconcurency = 5\n")
    document = json.loads(cli("check", "--json", code=CONFIG)[0])
    assert document["exit_code"] == CONFIG and "concurrency" in document["checks"][0]["text"]
    assert document["checks"][0]["verdict"] == "fail"


# ---- surroundings that are wrong -----------------------------------------------------------------


def test_unknown_key_in_the_configuration(cli):
    with open(cli.home / "ttsq.ini", "a") as file:
        file.write("[account:main]\nconcurency = 5\n")
    for words in (["status"], ["enqueue", "a.txt"], ["run", "a.txt"], ["wait", "a"]):
        assert "concurrency" in cli(*words, code=CONFIG)[1]
    out, _ = cli("check", code=CONFIG)
    assert out.startswith("FAIL") and "ttsq.ini:" in out and "concurrency" in out


def test_a_newer_database_is_refused(cli):
    cli.write("a.txt", "a text\n")
    cli("enqueue", "a.txt")
    cli.sql("PRAGMA user_version = 999")
    for words in (["status"], ["enqueue", "a.txt"], ["list", "a"], ["cancel", "a"]):
        out, error = cli(*words, code=DB)
        assert out == "" and "newer" in error
    assert "FAIL" in cli("check", code=DB)[0]


def test_what_is_no_database_is_refused(cli):
    content = b"This is a text file, and no database at all.\n" * 200
    cli.write("data/queue.db", content)
    cli.write("a.txt", "a text\n")
    for words in (["status"], ["enqueue", "a.txt"], ["check"]):
        cli(*words, code=CORRUPT)
    assert (cli.home / "data/queue.db").read_bytes() == content


def as_nobody():
    if os.geteuid() != 0:
        return ()
    if not shutil.which("setpriv"):
        pytest.skip("root may write everywhere, and there is no setpriv")
    return ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")


def test_folders_that_cannot_be_written(tmp_path):
    before = as_nobody()
    home = pathlib.Path("/tmp") / f"ttsq-cli-{os.getpid()}"  # tmp_path's parents are private
    home.mkdir(mode=0o755)
    try:
        cli = Cli(home)
        cli.write("a.txt", "a text\n")
        probe = subprocess.run([*before, program(), "--version"], capture_output=True)
        if probe.returncode != OK:
            pytest.skip("the program cannot be run by another user")
        _, error = cli("enqueue", "a.txt", code=FAILED, before=before)
        assert "Permission denied" in error and "data" in error
        cli("enqueue", "a.txt")
        (cli.home / "data").chmod(0o555)
        assert "FAIL" in subprocess.run([*before, program(), "check"], env=cli.environment,
                                        capture_output=True, text=True).stdout
    finally:
        shutil.rmtree(home)


# ---- enqueue -------------------------------------------------------------------------------------


def test_lines_are_jobs_in_order(cli):
    cli.write("a.txt", b"\xef\xbb\xbffirst\r\n\r\n  second\t\n\n\xc3\xa9nd")
    out, error = cli("enqueue", "a.txt")
    assert out == "batch a: 3 jobs, 17 characters, 2 empty lines skipped\n"
    assert "ttsq wait a" in error and "no supervisor is running" in error
    assert cli.texts("a") == ["first", "  second\t", "énd"]
    assert [job["seq"] for job in cli.jobs("a")] == [1, 2, 3]


@pytest.mark.parametrize("split, texts", [
    ("line", ["one", "two", "three", "four"]),
    ("paragraph", ["one\ntwo", "three", "four"]),
    ("none", ["one\ntwo\n\n\nthree\n\nfour"]),
])
def test_split(cli, split, texts):
    cli.write("a.txt", "\none\r\ntwo\n \n\nthree\n\nfour\n\n")
    cli("enqueue", "a.txt", "--split", split)
    assert cli.texts("a") == texts


WRAPPED = """CHAPTER ONE

It was a bright cold day in April, and Dr. Smith was on
his way. "Really?" she asked. He did not answer; nobody
does.

Am 3. Oktober war z. B. Feiertag. Und dann?
"""


@pytest.mark.parametrize("split, texts", [
    ("paragraph", ["CHAPTER ONE", "It was a bright cold day in April, and Dr. Smith was on his way. "
                   "\"Really?\" she asked. He did not answer; nobody does.",
                   "Am 3. Oktober war z. B. Feiertag. Und dann?"]),
    ("sentence", ["CHAPTER ONE",
                  "It was a bright cold day in April, and Dr. Smith was on his way.",
                  "\"Really?\" she asked.", "He did not answer; nobody does.",
                  "Am 3. Oktober war z. B. Feiertag.", "Und dann?"]),
])
def test_hard_wrapped_text(cli, split, texts):
    cli.write("a.txt", WRAPPED)
    cli("enqueue", "a.txt", "--split", split)
    assert cli.texts("a") == texts


def test_lines_across_the_reading_window(cli):
    texts = [chr(0x4e00 + i % 900) * (i % 1000 + 1) for i in range(3000)]
    cli.write("a.txt", "\n".join(texts))
    cli("enqueue", "a.txt")
    assert cli.texts("a") == texts


def test_json_lines(cli):
    rows = [{"text": "one"}, {"text": "two\nlines", "voice": "nova", "id": "x-7", "name": "n"},
            {"text": "é", "id": 12, "priority": -3}]
    cli.write("a.jsonl", "\n\n".join(map(json.dumps, rows)))
    cli("enqueue", "a.jsonl")
    assert [(j["text"], j["name"], j["ext_id"]) for j in cli.jobs("a")] == [
        ("one", None, None), ("two\nlines", "n", "x-7"), ("é", None, "12")]
    assert cli.sql("SELECT voice, rank FROM job JOIN job_text ON job_id = id ORDER BY seq") == [
        (None, 0), ("nova", 0), (None, 3)]


def test_csv(cli):
    rows = [("plain", "a"), ('with "quotes", commas', "b"), ("over\ntwo lines", ""), ('"', "q")]
    with open(cli.home / "a.csv", "w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows([("text", "name"), *rows])
    cli("enqueue", "a.csv")
    assert [(j["text"], j["name"] or "") for j in cli.jobs("a")] == rows


def test_folder_and_several_files(cli):
    for name, text in (("b", "second"), ("a", "first"), (".c", "hidden")):
        cli.write(f"book/{name}.txt", text)
    cli.write("book/notes.org", "no text of it")
    cli.write("x.txt", "x")
    cli.write("y.jsonl", '{"text": "y"}')
    cli("enqueue", "book/")
    assert cli.texts("book") == ["first", "second"]
    cli("enqueue", "x.txt", "y.jsonl")
    cli("enqueue", "--batch", "both", "x.txt", "y.jsonl")
    assert cli.texts("x") == ["x"] and cli.texts("y") == ["y"] and cli.texts("both") == ["x", "y"]


def test_standard_input(cli):
    cli("enqueue", "-", stdin=b"one\ntwo\n")
    assert "nothing added" in cli("enqueue", "-", stdin=b"one\ntwo\n")[0]
    cli("enqueue", "-", stdin=b"three\n")
    assert cli.texts("stdin") == ["one", "two"] and cli.texts("stdin-2") == ["three"]
    assert "standard input:1:1:" in cli("enqueue", "-", stdin=b"\xff", code=USAGE)[1]


def test_the_same_content_again_adds_nothing(cli):
    cli.write("a.txt", "one\ntwo\n")
    cli.write("copy.txt", "one\ntwo\n")
    assert cli.json("enqueue", "a.txt")["batches"] == [
        {"batch": "a", "jobs": 2, "chars": 6, "empty_lines": 0, "pieces": 0,
         "added": True, "estimate": None}]
    for words in (["a.txt"], ["copy.txt"], ["--batch", "a", "a.txt"]):
        assert cli("enqueue", *words)[0] == "already enqueued as batch a: nothing added\n"
    assert cli.json("enqueue", "a.txt")["batches"][0]["added"] is False
    assert cli.batches() == ["a"]
    # what makes another request of it is other content
    cli("enqueue", "a.txt", "--voice", "nova")
    cli("enqueue", "a.txt", "--split", "none")
    assert sorted(cli.batches()) == ["a", "a-2", "a-3"]
    cli("enqueue", "a.txt", "--force")
    cli.write("a.txt", "one\ntwo\nthree\n")
    cli("enqueue", "a.txt")
    assert sorted(cli.batches()) == ["a", "a-2", "a-3", "a-4", "a-5"]
    _, error = cli("enqueue", "--batch", "a", "a.txt", "--force", code=USAGE)
    assert "there is a batch 'a' already" in error


def test_dry_run_touches_nothing(cli):
    cli.write("a.txt", "one\n\ntwo\n")
    assert cli("enqueue", "--dry-run", "a.txt")[0] == \
        "would add a: 2 jobs, 6 characters, 1 empty line skipped, 2 calls (no price is known)\n"
    assert not (cli.home / "data").exists()
    cli.write("b.txt", "three\n")
    assert cli("enqueue", "--dry-run", "a.txt", "b.txt")[0].splitlines()[2:] == \
        ["in all 2 batches: 3 jobs, 11 characters, 3 calls (no price is known)"]


def test_suggested_commands_can_be_copied(cli):
    name = "it's my; book"
    cli.write(f"{name}.txt", "one\n")
    _, error = cli("enqueue", f"{name}.txt")
    command = error.split("`")[1].removeprefix("ttsq ")
    done = subprocess.run(f"{program()} {command}", shell=True, cwd=cli.home, env=cli.environment,
                          capture_output=True)
    assert done.returncode == NO_SERVICE, done.stderr  # the batch was found


def test_options_reach_the_batch(cli):
    cli.write("a.txt", "one\n")
    cli("enqueue", "a.txt", "--batch", "n", "--priority", "-2", "--weight", "7", "--delay", "1h",
        "--uncertain", "hold", "--voice", "nova")
    assert cli.sql("SELECT name, priority, weight, uncertain, voice FROM batch") == [
        ("n", -2, 7, "hold", "nova")]
    assert cli.json("status")["batches"][0]["delayed"] == 1


def test_a_killed_loader_leaves_nothing_in_the_way(cli):
    cli.write("a.txt", "one\n")
    cli("enqueue", "a.txt", "--batch", "first")
    with open(cli.home / "big.txt", "w") as file:
        file.writelines(f"text {i} of many\n" for i in range(2_000_000))
    loader = cli.start("enqueue", "big.txt")
    until("a half-loaded batch", lambda: cli.sql("SELECT 1 FROM batch WHERE producer_id > 0"))
    loader.kill()
    loader.communicate()
    cli.write("big.txt", "one small text\n")
    cli("enqueue", "big.txt")
    assert cli.texts("big") == ["one small text"]
    cli("check", "--deep")


def test_an_interrupted_loader_adds_nothing(cli):
    cli.write("a.txt", "one\n")
    cli("enqueue", "a.txt")
    with open(cli.home / "big.txt", "w") as file:
        file.writelines(f"text {i} of many\n" for i in range(2_000_000))
    loader = cli.start("enqueue", "big.txt")
    until("a half-loaded batch", lambda: cli.sql("SELECT 1 FROM batch WHERE producer_id > 0"))
    loader.send_signal(signal.SIGINT)
    _, error = loader.communicate(timeout=DEADLINE_S)
    assert loader.returncode == INTERRUPTED and b"nothing was added" in error
    assert cli.batches() == ["a"]
    assert cli.sql("SELECT count(*) FROM worker") == [(0,)]


# ---- reading -------------------------------------------------------------------------------------


def test_status_json_has_the_promised_fields(cli):
    cli.write("a.txt", "one\n")
    cli("enqueue", "a.txt")
    document = cli.json("status")
    account = next(a for a in document["accounts"] if a["name"] == "main")
    assert {"name", "cap", "effective_cap", "in_flight", "held_leases", "paused_until",
            "pause_reason"} <= set(account)
    assert account["cap"] == account["effective_cap"] == 4 and account["paused_until"] is None
    batch, = document["batches"]
    assert {"name", "profile", "total", "ready", "delayed", "running", "done", "failed",
            "cancelled", "held", "uncertain_attempts"} <= set(batch)
    assert (batch["name"], batch["profile"], batch["total"], batch["ready"]) == ("a", "main", 1, 1)
    assert document["workers"] == [] and document["supervisor"] == "not running"


def test_list_and_show_json_have_the_promised_fields(cli):
    cli.write("a.txt", "one\n")
    cli("enqueue", "a.txt")
    listed, = cli.jobs("a")
    assert {"id", "batch", "seq", "name", "state", "attempts", "result", "why"} <= set(listed)
    assert isinstance(listed["id"], str) and listed["attempts"] == [] and listed["result"] is None
    assert cli.json("show", listed["id"]) == listed
    assert cli.json("list", "a", "--state", "done") == []


def test_hostile_text_is_never_printed_raw(cli):
    rows = [{"text": "a\u001b[2Jb\u202ec\u0007", "name": "x\u001b]0;y\u0007"}]
    cli.write("a.jsonl", json.dumps(rows[0]))
    cli("enqueue", "a.jsonl")
    for words in (["list", "a"], ["list", "a", "--json"], ["show", "1"], ["show", "1", "--json"]):
        out, _ = cli(*words)
        assert not {"\u001b", "\u0007", "\u202e"} & set(out), words
    assert cli.texts("a") == [rows[0]["text"]]


def test_version_and_help(cli):
    assert cli.json("version")["sqlite"]["library"].startswith("SQLite 3.")
    assert cli("--version")[0].startswith("ttsq ")
    listed = [line.split()[0] for line in cli("--help")[0].splitlines()
              if line.startswith("  ") and not line.startswith("  ttsq")]
    assert {"run", "enqueue", "status", "wait", "get", "check"} <= set(listed)
    for name in listed:
        out, error = cli(name, "--help")
        assert f"  ttsq {name}" in out and "Usage: ttsq" in out and error == "", name


def test_cap_cancel_retry(cli):
    cli.write("a.txt", "one\ntwo\n")
    assert cli("cap", "main", "9")[0] == "account main: cap 9 (was 4)\n"  # before any batch
    cli("enqueue", "a.txt")
    assert cli("cap", "main")[0] == "account main: cap 9, 0 in flight; the settings say 4\n"
    assert cli("cancel", "a")[0] == "2 jobs of a are cancelled\n"
    cli("wait", "a", code=SOME_FAILED)
    assert cli("cancel", "a")[0] == "0 jobs of a are cancelled\n"
    cli("retry", "a", "--failed", code=NOT_FOUND)
    assert cli("retry", "a", "--cancelled")[0] == "2 jobs of a are ready again\n"
    assert cli("resume", "main")[0] == "account main: was open already\n"
    assert "no supervisor" in cli("wait", "a", code=NO_SERVICE)[1]
    assert "2 of 2 results are missing" in cli("get", "a", "-o", "out", code=SOME_FAILED)[1]
    assert not (cli.home / "out").exists()


def test_what_is_picked(cli):
    """By job and by reason, tried out first; what matches nothing is an error."""
    cli.write("a.txt", "one\ntwo\nthree\n")
    cli("enqueue", "a.txt")
    first, second, _ = [job["id"] for job in json.loads(cli("list", "a", "--json")[0])]
    assert cli("hold", "a", "--job", first, "--dry-run")[0] == "1 job of a would be held\n"
    assert "3 of 3" in cli("get", "a", "-o", "out", code=SOME_FAILED)[1]
    assert cli("hold", "a", "--job", first)[0] == "1 job of a is held\n"
    cli("hold", "a", "--job", first, code=NOT_FOUND)
    assert cli("cancel", "a", "--job", second)[0] == "1 job of a is cancelled\n"
    assert cli("hold", "a")[0] == "1 job of a is held\n"
    assert cli("hold", "a")[0] == "0 jobs of a are held\n"
    cli("release", "a", "--why", "no such reason", code=NOT_FOUND)
    assert cli("release", "a", "--why", "BY A PERSON")[0] == "2 jobs of a are ready again\n"
    cli("release", "a", code=NOT_FOUND)
    assert cli("retry", "a", "--job", second)[0] == "1 job of a is ready again\n"
    states = [job["state"] for job in json.loads(cli("list", "a", "--json")[0])]
    assert states == ["ready"] * 3


def test_why_says_what_to_do(cli):
    cli.write("a.txt", "one\ntwo\nthree\nfour\n")
    cli("enqueue", "a.txt")
    ids = [job["id"] for job in json.loads(cli("list", "a", "--json")[0])]
    cli("hold", "a", "--job", ids[1])
    cli("cancel", "a", "--job", ids[2])
    cli.write("b.txt", "five\n")
    cli("enqueue", "--batch", "later", "--delay", "1h", "b.txt")
    assert "no supervisor is running" in cli("why", ids[0])[0]
    assert "held by a person" in cli("why", ids[1])[0] and f"release a --job {ids[1]}" in cli("why", ids[1])[0]
    assert "cancelled by a person" in cli("why", ids[2])[0]
    whole = cli("why", "a")[0].splitlines()
    assert len(whole) == 6 and whole[0].startswith("2 ready") and "no supervisor" in whole[4]
    assert whole[3] == "do: to go on with what is held, `ttsq release a`"
    later = json.loads(cli("list", "later", "--json")[0])[0]["id"]
    assert "again in" in cli("why", later)[0]
    assert "did you mean" in cli("why", "latr", code=NOT_FOUND)[1]
    cli("why", "999999", code=NOT_FOUND)


def test_known_content_under_another_name_is_another_batch(cli):
    cli.write("a.txt", "one\n")
    cli("enqueue", "a.txt")
    cli("enqueue", "a.txt", "--batch", "mine")
    assert len(cli.json("list", "mine")) == 1
    assert "enqueued" in cli("enqueue", "a.txt", "--batch", "mine")[0]
    assert len(cli.json("list", "mine")) == 1


def test_answers_lie_beside_their_queue(cli):
    (cli.home / "ttsq.ini").write_text("[ttsq]\ndatabase = other/queue.db\n")
    origin = cli("check", "--origin")[0]
    assert f"{cli.home}/other/results" in cli("check", code=None)[0] or f"{cli.home}/other/results" in origin


def test_check_finds_an_account_that_is_misspelt(cli):
    ini = "[account:%s]\nconcurrency = 5\n[profile:p]\ninherit = say\naccount = main\n"
    (cli.home / "ttsq.ini").write_text(ini % "mian")
    said = cli("check", code=CONFIG)[0]
    assert "ttsq.ini:5: account: there is no [account:main]; did you mean mian?" in said
    (cli.home / "ttsq.ini").write_text(ini % "studio")
    said = cli("check", code=None)[0]
    assert "account studio: no profile uses it" in said and "there is no [account:main]" in said
    (cli.home / "ttsq.ini").write_text(ini % "mian" + "[account:main]\n")
    assert "there is no" not in cli("check", code=None)[0]


def test_a_missing_key_is_said_when_enqueueing(cli):
    cli.write("a.txt", "one\n")
    (cli.home / "ttsq.ini").write_text("[ttsq]\nprofile = p\n[profile:p]\ninherit = openai-compat\n"
                                       "base_url = https://example.org/v1\nmodel = m\nvoice = v\n")
    cli.environment.pop("OPENAI_API_KEY", None)
    cli.environment["XDG_STATE_HOME"] = str(cli.home / "state")
    assert "OPENAI_API_KEY" in cli("enqueue", "a.txt")[1]


def test_list_of_all_batches_and_by_reason(cli):
    for name in ("a", "b", "c"):
        cli.write(f"{name}.txt", f"{name} one\n{name} two\n")
        cli("enqueue", f"{name}.txt")
    cli("list", code=NOT_FOUND)
    cli("list", "--state", "ready", code=USAGE)
    cli("hold", "a")
    cli("hold", "b")
    cli.sql("UPDATE job SET why = 'HTTP 500 once' WHERE batch_id = (SELECT id FROM batch WHERE name = 'b')")
    every = json.loads(cli("list", "--json")[0])
    assert [(job["batch"], job["state"]) for job in every] == [("a", "held")] * 2 + [("b", "held")] * 2
    assert "BATCH" in cli("list")[0] and cli("list")[0].count("held") >= 4
    assert [job["batch"] for job in json.loads(cli("list", "--why", "http 5", "--json")[0])] == ["b", "b"]
    grouped = json.loads(cli("list", "--by-why", "--json")[0])
    assert sorted((g["state"], g["why"], g["jobs"]) for g in grouped) == [
        ("held", "HTTP 500 once", 2), ("held", "held by a person", 2)]
    assert "2 held: HTTP 500 once" in cli("list", "b", "--by-why")[0]
    cli("list", "--since", "1h", code=NOT_FOUND)  # no call was made
    assert cli.json("list", "--since", "1h") == []


# ---- with workers --------------------------------------------------------------------------------

HOSTILE = ["../../etc/passwd", "con\u202etxt", "\U0001f469\u200d\U0001f680" * 150, "...", "-rf",
           "a/b\\c:d*e?f\"g<h>i|j", "tab\tand\nnewline", "take.wav", " "]


@pytest.fixture
def fleet(tmp_path):
    with Fleet(tmp_path, cap=4, workers=1, latency_ms=1) as fleet:
        fleet.start()
        yield fleet
        fleet.stop()


def names_in(folder):
    return sorted(os.listdir(folder))


def test_get_makes_safe_names_in_order(fleet):
    path = fleet.home / "h.jsonl"
    path.write_text("".join(json.dumps({"text": f"text {i}", "name": name}) + "\n"
                            for i, name in enumerate(HOSTILE)))
    fleet.run("enqueue", path, "--wait")
    fleet.run("get", "h", "-o", "out")
    manifest = json.loads((fleet.home / "out/manifest.json").read_text())
    assert manifest["batch"] == "h" and [job["seq"] for job in manifest["jobs"]] == [
        i + 1 for i in range(len(HOSTILE))]
    files = [job["file"] for job in manifest["jobs"]]
    assert names_in(fleet.home / "out") == sorted(files + ["manifest.json"])
    assert files[0] == "0001_etcpasswd.wav" and files[1] == "0002_contxt.wav"
    assert files[3] == "0004_job.wav" and files[4] == "0005_rf.wav"
    assert files[5] == "0006_abcdefghij.wav" and files[6] == "0007_tab-and-newline.wav"
    assert files[7] == "0008_take.wav"
    for job in manifest["jobs"]:
        assert set(job) == {"seq", "name", "file", "text", "bytes", "sha256", "seconds",
                            "attempts", "chapter", "cost_micros"}
        content = (fleet.home / "out" / job["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == job["sha256"]
        assert len(content) == job["bytes"] and len(os.fsencode(job["file"])) <= 80
        assert tone_mark(content) == text_hash(job["text"])
        assert job["attempts"] == 1 and job["seconds"] > 0


def test_get_is_resumable_and_never_overwrites(fleet):
    texts = ["short one", "l" + "o" * 200 + "ng", "third text"]  # rows, and a file
    fleet.enqueue("b", texts)
    fleet.wait("b")
    assert json.loads(fleet.run("get", "b", "-o", "out", "--json"))["kept"] == 0
    folder = fleet.home / "out"
    before = {name: (folder / name).read_bytes() for name in names_in(folder)}
    os.unlink(folder / "0003_third-text.wav")
    report = json.loads(fleet.run("get", "b", "-o", "out", "--json"))
    assert (report["files"], report["kept"], report["missing"]) == (3, 2, 0)
    assert before == {name: (folder / name).read_bytes() for name in names_in(folder)}
    for name in (n for n in before if n != "manifest.json"):
        os.unlink(folder / name)  # it may be a link to the store's own file
        (folder / name).write_bytes(b"mine")
        done = fleet.command("get", "b", "-o", "out")
        assert done.returncode == FAILED and name in done.stderr and "--force" in done.stderr
        assert (folder / name).read_bytes() == b"mine"
        fleet.run("get", "b", "-o", "out", "--force")
        assert before[name] == (folder / name).read_bytes()
    assert sorted(before) == names_in(folder)


def test_gaps_are_refused_unless_partial(fleet):
    fleet.enqueue("b", ["first text", "second text"])
    fleet.wait("b")
    path = fleet.home / "more.txt"
    path.write_text("late one\n")
    fleet.run("enqueue", path, "--delay", "1h")
    done = fleet.command("get", "more", "-o", "out")
    assert done.returncode == SOME_FAILED and "1 of 1 results are missing" in done.stderr
    assert not (fleet.home / "out").exists()
    fleet.run("get", "more", "-o", "out", "--partial")
    job, = json.loads((fleet.home / "out/manifest.json").read_text())["jobs"]
    assert job["file"] is None and names_in(fleet.home / "out") == ["manifest.json"]
    done = fleet.command("wait", "more", "--timeout", "1")
    assert done.returncode == LATER and "1 jobs" in done.stderr


@pytest.mark.parametrize("damage", [lambda b: b[:-2], lambda b: b[:999] + bytes([b[999] ^ 1]) + b[1000:]],
                         ids=["cut", "bit"])
def test_a_damaged_result_is_not_delivered(fleet, damage):
    fleet.enqueue("b", ["l" + "o" * 200 + "ng"])
    fleet.wait("b")
    path = next(p for p in (fleet.home / "results").rglob("*.wav"))
    path.write_bytes(damage(path.read_bytes()))
    done = fleet.command("get", "b", "-o", "out")
    assert done.returncode == CORRUPT and "damaged" in done.stderr
    assert names_in(fleet.home / "out") == []


def test_wait_as_json(fleet):
    fleet.enqueue("b", ["one", "two"])
    lines = [json.loads(line) for line in fleet.run("wait", "b", "--json").splitlines()]
    assert {line["message_type"] for line in lines} <= {"progress", "result"}
    assert lines[-1]["message_type"] == "result" and lines[-1]["done"] == 2


# ---- run -----------------------------------------------------------------------------------------


@pytest.fixture
def witness():
    with Say("--engine", "tone") as say:
        yield say


def accepted(witness):
    return sum(event["ev"] == "accepted" for event in witness.ledger())


def no_supervisor(cli):
    return cli.json("status")["supervisor"] == "not running" and not cli.json("status")["workers"]


def test_run_delivers_next_to_the_input_and_pays_once(tmp_path, witness):
    cli = Cli(tmp_path, witness.url)
    texts = [f"This is text {i}." for i in range(1, 31)]
    cli.write("sub/book.txt", "\n".join(texts))
    out, error = cli("run", "sub/book.txt")
    assert out == "sub/book.audio\n" and "30 files" in error and "30 calls" in error
    manifest = json.loads((tmp_path / "sub/book.audio/manifest.json").read_text())
    for text, job in zip(texts, manifest["jobs"], strict=True):
        content = (tmp_path / "sub/book.audio" / job["file"]).read_bytes()
        assert job["text"] == text and tone_mark(content) == text_hash(text)
    assert manifest["jobs"][0]["file"] == "0001_This-is-text-1.wav"
    assert no_supervisor(cli)
    shutil.rmtree(tmp_path / "sub/book.audio")
    out, error = cli("run", "sub/book.txt", "-o", "elsewhere")
    assert "30 files" in error and "0 calls" in error and accepted(witness) == 30
    assert len(names_in(tmp_path / "elsewhere")) == 31


def test_run_goes_on_after_an_interruption(tmp_path, witness):
    witness.control(latency_ms=50)
    cli = Cli(tmp_path, witness.url)
    cli.write("a.txt", "\n".join(f"This is text {i}." for i in range(1, 61)))
    running = cli.start("run", "a.txt")
    witness.wait_stats(lambda stats: stats["in_flight"] >= 4)
    running.send_signal(signal.SIGINT)
    _, error = running.communicate(timeout=DEADLINE_S)
    assert running.returncode == INTERRUPTED, error
    assert b"finishing the calls" in error and b"the same command again" in error
    assert no_supervisor(cli)
    assert not (tmp_path / "a.audio").exists()
    _, error = cli("run", "a.txt")
    assert len(names_in(tmp_path / "a.audio")) == 61
    assert accepted(witness) == 60  # what was in flight at Ctrl-C was kept


def test_the_workers_of_a_killed_run_end(tmp_path, witness):
    witness.control(latency_ms=50)
    cli = Cli(tmp_path, witness.url)
    cli.write("a.txt", "\n".join(f"This is text {i}." for i in range(1, 201)))
    running = cli.start("run", "a.txt")
    witness.wait_stats(lambda stats: stats["in_flight"] >= 4)
    running.kill()
    running.communicate(timeout=DEADLINE_S)
    until("the end of its supervisor", lambda: no_supervisor(cli))
    assert 0 < cli.json("status")["batches"][0]["done"] < 200


def test_run_says_what_failed_and_delivers_the_rest(tmp_path):
    with Say("--engine", "tone", "--fault", "error=100", "--fault-first", "1") as witness:
        cli = Cli(tmp_path, witness.url, profile="retry.max = 1")
        cli.write("a.txt", "one\ntwo\nthree\n")
        _, error = cli("run", "a.txt", code=SOME_FAILED)
        assert "1 of 3 jobs of a failed" in error and "2 files" in error
        jobs = json.loads((tmp_path / "a.audio/manifest.json").read_text())["jobs"]
        assert sum(job["file"] is None for job in jobs) == 1


def test_run_uses_the_running_supervisor(fleet):
    path = fleet.home / "a.txt"
    path.write_text("one\ntwo\n")
    done = fleet.command("run", path)
    assert done.returncode == OK, done.stderr
    assert len(names_in(fleet.home / "a.audio")) == 3
    assert fleet.is_ready()


def test_run_with_nothing_configured(tmp_path):
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", SAY_PORT)) == 0:
            pytest.skip(f"something listens on port {SAY_PORT}")
    if not shutil.which("espeak-ng"):
        pytest.skip("no espeak-ng")
    cli = Cli(tmp_path)
    del cli.environment["TTSQ_CONFIG"]
    os.unlink(tmp_path / "ttsq.ini")
    cli.environment.update(XDG_STATE_HOME=str(tmp_path / "state"),
                           XDG_RUNTIME_DIR=str(tmp_path), XDG_CONFIG_HOME=str(tmp_path / "config"))
    cli.write("hello.txt", "Hello world.\nThis works with nothing set up.\n")
    _, error = cli("run", "hello.txt")
    assert "2 files" in error and "speaking with ttsq-say" in error
    assert names_in(tmp_path / "hello.audio") == [
        "0001_Hello-world.wav", "0002_This-works-with-nothing-set-up.wav", "manifest.json"]
    deadline = time.monotonic() + DEADLINE_S
    while True:  # it has ended with the run
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", SAY_PORT)) != 0:
                break
        assert time.monotonic() < deadline
