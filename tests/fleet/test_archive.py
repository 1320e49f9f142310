"""P7: `ttsq archive`: all of a batch in one file, as tar(1) and sha256sum(1) see it; then it may go."""

import fcntl
import json
import os
import subprocess

import pytest

from cli import LATER
from fleet import LONG_TEXT_CHARS, Fleet, program
from test_lost import change, files_of

FAILED, USAGE, SOME_FAILED, NOT_FOUND = 1, 2, 3, 4
DOCUMENTS = {"manifest.json", "texts.jsonl", "jobs.jsonl", "SHA256SUMS"}


def unpack(path, to):
    to.mkdir()
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(["tar", "xf", path, "-C", to], capture_output=True, text=True, env=environment)
    assert done.returncode == 0 and done.stderr == "", done
    folder, = to.iterdir()
    summed = subprocess.run(["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"], cwd=folder, capture_output=True,
                            text=True)
    assert summed.returncode == 0, summed
    listed = {line.split("  ", 1)[1] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    assert listed | {"SHA256SUMS"} == {path.name for path in folder.iterdir()}
    return folder


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(name="fleet")
def running(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=5, profile={"text.max": 300},
               settings={"segment_bytes_min": 0}) as fleet:
        fleet.start()
        yield fleet
        fleet.stop()
        fleet.checked.clear()


def texts_of(fleet):
    return (fleet.texts(3, LONG_TEXT_CHARS) + fleet.texts(5, tag="short") + ["你好，世界。", "a/../b: 'quoted'"]
            + [" ".join(f"It has a sentence {i}, and so on." for i in range(20))])


def test_an_archive_holds_all_of_a_batch(fleet, tmp_path):
    texts = texts_of(fleet)
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps({"text": text, "id": f"no-{i}"}) + "\n" for i, text in enumerate(texts)))
    fleet.run("enqueue", source, "--batch", "book")
    fleet.wait("book")
    done = fleet.command("archive", "book", tmp_path / "book.tar")
    assert done.returncode == 0 and "`ttsq prune book`" in done.stderr, done
    assert done.stdout.startswith(f"{len(texts)} files, ") and "checked, in" in done.stdout
    folder = unpack(tmp_path / "book.tar", tmp_path / "unpacked")
    assert folder.name == "book"
    fleet.run("get", "book", "-o", tmp_path / "got")
    got = {path.name: path.read_bytes() for path in (tmp_path / "got").iterdir()}
    assert got == {path.name: path.read_bytes() for path in folder.iterdir()
                   if path.name not in DOCUMENTS - {"manifest.json"}}
    assert any("你好" in name for name in got)
    jobs = lines_of(folder / "jobs.jsonl")
    assert [job["text"] for job in jobs] == texts and {job["state"] for job in jobs} == {"done"}
    assert len(jobs[-1]["attempts"]) > 1 and jobs[-1]["attempts"][0]["outcome"] == "answered"
    fleet.run("prune", "book")
    again = json.loads(fleet.run("enqueue", folder / "texts.jsonl", "--batch", "again", "--json"))["batches"][0]
    assert again["jobs"] == len(texts)
    fleet.wait("again")
    assert [job["ext_id"] for job in fleet.list("again")] == [f"no-{i}" for i in range(len(texts))]


def test_what_is_not_whole_is_not_archived_unasked(fleet, tmp_path):
    path = tmp_path / "b.tar"
    fleet.enqueue("b", fleet.texts(4, LONG_TEXT_CHARS))
    fleet.wait("b")
    path.write_text("mine")
    refused = fleet.command("archive", "b", path)
    assert refused.returncode == FAILED and "--force replaces it" in refused.stderr and path.read_text() == "mine"
    change(files_of(fleet, "b")[1])
    refused = fleet.command("archive", "b", path, "--force")
    assert refused.returncode == 65 and "is damaged" in refused.stderr and path.read_text() == "mine"
    assert "--partial leaves it out; `ttsq retry b --damaged` asks for it again" in refused.stderr
    partly = fleet.command("archive", "b", path, "--force", "--partial", "--json")
    assert partly.returncode == SOME_FAILED and "number 2 is left out" in partly.stderr, partly
    assert "1 answer is lost or damaged; `ttsq retry b --damaged` asks for it again" in partly.stderr
    assert {key: json.loads(partly.stdout)[key] for key in ("files", "missing", "damaged")} == {
        "files": 3, "missing": 1, "damaged": 1}
    folder = unpack(path, tmp_path / "unpacked")
    assert [job["file"] is None for job in json.loads((folder / "manifest.json").read_text())["jobs"]] \
        == [False, True, False, False]
    assert fleet.command("prune", "b").returncode == FAILED, "it was not fetched whole"
    assert fleet.command("archive", "x", path).returncode == NOT_FOUND
    fleet.enqueue("later", fleet.texts(2, tag="later"), "--delay", "1h")
    refused = fleet.command("archive", "later", tmp_path / "later.tar")
    assert refused.returncode == SOME_FAILED and "2 of 2 results are missing" in refused.stderr
    assert not list(tmp_path.glob("later.tar*"))
    assert not list(tmp_path.glob("*.ttsq-part"))


def test_what_is_no_plain_file_is_never_replaced(fleet, tmp_path):
    """A rename onto /dev/stdout would take it from everybody."""
    fleet.enqueue("b", fleet.texts(2))
    fleet.wait("b")
    (tmp_path / "folder.wav").mkdir()
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "link.wav").symlink_to("pipe.wav")
    for name in "folder.wav", "pipe.wav", "link.wav":
        for words in ("archive", "b", tmp_path / name), ("get", "b", "--join", tmp_path / name):
            for force in [], ["--force"]:
                before = os.lstat(tmp_path / name)
                refused = fleet.command(*words, *force)
                assert refused.returncode == FAILED and f"{name} is no plain file" in refused.stderr, refused
                assert os.lstat(tmp_path / name).st_ino == before.st_ino
    assert not list(tmp_path.glob("*.ttsq-part"))
    for name, said in ("-", "cannot go to standard output: name a file"), ("", "the file's name is empty"):
        refused = fleet.command("archive", "b", name)
        assert refused.returncode == USAGE and said in refused.stderr and not refused.stdout, refused


def test_two_archives_of_one_name_do_not_mix(fleet, tmp_path):
    fleet.enqueue("b", ["a text"])
    fleet.wait("b")
    file, part = tmp_path / "b.tar", tmp_path / "b.tar.ttsq-part"
    with part.open("wb", buffering=0) as others:
        others.write(b"another's")
        fcntl.flock(others, fcntl.LOCK_EX)
        done = fleet.command("archive", "b", file)
        assert done.returncode == LATER and "another program is writing" in done.stderr
        assert part.read_bytes() == b"another's" and not file.exists()
    fleet.run("archive", "b", file)  # the other was killed
    assert file.exists() and not part.exists()


def test_what_cannot_be_written_leaves_no_archive(fleet, tmp_path):
    fleet.enqueue("b", fleet.texts(4, LONG_TEXT_CHARS))
    fleet.wait("b")
    done = fleet.command("archive", "b", "/dev/full/b.tar")
    assert done.returncode == FAILED and "cannot make directory /dev/full" in done.stderr, done
    limited = subprocess.run(["prlimit", "--fsize=20000:20000", "--", "sh", "-c", "trap '' XFSZ; exec \"$@\"", "-",
                              program(), "archive", "b", tmp_path / "b.tar"], env=fleet.environment, cwd=tmp_path,
                             capture_output=True, text=True)
    assert limited.returncode == FAILED and limited.stderr.count("\n") == 1, limited
    assert not list(tmp_path.glob("b.tar*"))
