"""Books: documents and chapters in; one file with chapters, or files as they finish, out."""

import json
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from fleet import Fleet  # noqa: E402

USAGE, NOTHING, PARAGRAPH, CHAPTER = 2, 0, 1, 2


@pytest.fixture
def fleet(tmp_path):
    with Fleet(tmp_path) as fleet:
        yield fleet


def write(fleet, name, content):
    path = fleet.home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def jobs(fleet, batch):
    """What the batch's jobs are: (begins, chapter, text) of each."""
    return fleet.query("SELECT t.begins, t.chapter, t.text FROM job j JOIN job_text t ON t.job_id = j.id "
                       "JOIN batch b ON b.id = j.batch_id WHERE b.name = ? ORDER BY j.seq", batch)


# ---- what begins where ---------------------------------------------------------------------------

def test_files_are_chapters(fleet):
    write(fleet, "book/02 The End.txt", "three\n")
    write(fleet, "book/01 Begin.txt", "one\ntwo\n\nnew\n")
    fleet.run("enqueue", fleet.home / "book")
    assert jobs(fleet, "book") == [
        (CHAPTER, "01 Begin", "one"), (NOTHING, "01 Begin", "two"), (PARAGRAPH, "01 Begin", "new"),
        (CHAPTER, "02 The End", "three")]
    fleet.run("enqueue", fleet.home / "book/01 Begin.txt", "--batch", "alone")
    assert [job[:2] for job in jobs(fleet, "alone")] == [(0, None), (0, None), (1, None)]


@pytest.mark.parametrize("split, begins", [("paragraph", [1, 1]), ("sentence", [1, 0, 1]), ("none", [1])])
def test_sentences_know_their_paragraph(fleet, split, begins):
    write(fleet, "a.txt", "One here. Two here.\n\nThree.\n")
    fleet.run("enqueue", fleet.home / "a.txt", "--split", split)
    assert [job[0] for job in jobs(fleet, "a")] == begins


def test_rows_have_chapters(fleet):
    rows = [("A", "1"), ("A", "2"), ("B", "3"), ("", "4")]
    wanted = [(CHAPTER, "A", "1"), (PARAGRAPH, "A", "2"), (CHAPTER, "B", "3"), (CHAPTER, None, "4")]
    write(fleet, "rows.csv", "chapter,text\n" + "".join(f"{chapter},{text}\n" for chapter, text in rows))
    write(fleet, "lines.jsonl", "".join(json.dumps({"chapter": chapter, "text": text}) + "\n" for chapter, text in rows))
    for name in "rows.csv", "lines.jsonl":
        fleet.run("enqueue", fleet.home / name)
        assert jobs(fleet, name.split(".")[0]) == wanted


def test_the_manifest_names_chapters(fleet):
    write(fleet, "rows.csv", "chapter,text\nOne,hello there\n,good bye\n")
    fleet.start()
    fleet.run("enqueue", fleet.home / "rows.csv")
    fleet.wait("rows")
    fleet.run("get", "rows", "-o", fleet.home / "out")
    manifest = json.loads((fleet.home / "out/manifest.json").read_text())
    assert [job["chapter"] for job in manifest["jobs"]] == ["One", None]
    fleet.stop()
