"""What becomes jobs: lines, paragraphs, sentences, tables, JSON, folders, standard input; what cannot is named
with its place and adds nothing."""

import csv
import json

import pytest

from cli import USAGE

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


def test_lines_are_jobs_in_order(cli):
    cli.write("a.txt", b"\xef\xbb\xbffirst\r\n\r\n  second\t\n\n\xc3\xa9nd")
    out, error = cli("enqueue", "a.txt")
    assert out == "batch a: 3 jobs, 17 characters, 2 empty lines skipped\n"
    assert "ttsq wait a" in error and "no supervisor is running" in error
    assert cli.texts("a") == ["first", "  second\t", "énd"]
    assert [job["seq"] for job in cli.jobs("a")] == [1, 2, 3]


@pytest.mark.parametrize("split, skipped, texts", [
    ("line", 5, ["one", "two", "three", "four"]),
    ("paragraph", 5, ["one\ntwo", "three", "four"]),
    ("none", 1, ["one\ntwo\n\n\nthree\n\nfour"]),
])
def test_split(cli, split, skipped, texts):
    cli.write("a.txt", "\none\r\ntwo\n \n\nthree\n\nfour\n\n")
    assert f", {skipped} empty line" in cli("enqueue", "a.txt", "--split", split)[0]
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
