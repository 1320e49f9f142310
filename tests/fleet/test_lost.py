"""P3, P4: answers that a disk has lost are found, named and asked for again, and no others."""

import json
import os
import pathlib
import shutil

from fleet import LONG_TEXT_CHARS, Fleet
from say import text_hash

FAILED, SOME_FAILED, NOT_FOUND = 1, 3, 4
CORRUPT = 65
HUGE_TEXT_CHARS, LOADED_BYTES_MAX = 1300, 1 << 20  # its tone is too large to be loaded whole
WAV_HEADER_BYTES = 44
PRICE = {"price": "1.00 USD/1K codepoints"}


def change(path, at=60):
    """One byte of it becomes another one."""
    os.chmod(path, 0o640)
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))


def files_of(fleet, batch):
    rows = fleet.query("SELECT r.path FROM job j JOIN batch b ON b.id = j.batch_id"
                       " JOIN result r ON r.id = j.result_id WHERE b.name = ? ORDER BY j.seq", batch)
    return [fleet.settings["results"] / path for path, in rows]


def test_a_join_with_a_damaged_answer_leaves_no_file(tmp_path):
    """Wherever it stands, and whatever of it is damaged."""
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=5) as fleet:
        fleet.start()
        texts = fleet.texts(5, LONG_TEXT_CHARS)
        texts[1] = texts[1].ljust(HUGE_TEXT_CHARS, "y")
        fleet.enqueue("b", texts)
        fleet.wait("b")
        fleet.stop()
        out = tmp_path / "out.wav"
        for number, path in enumerate(files_of(fleet, "b")):
            size = path.stat().st_size
            assert (size > LOADED_BYTES_MAX) == (number == 1)
            for at in (0, 60, size - 1):  # of no WAV, of a sample, of the last sample
                change(path, at)
                done = fleet.command("get", "b", "--join", out)
                job = fleet.list("b")[number]["id"]
                assert done.returncode == CORRUPT, done
                assert f"the result of job {job} is damaged" in done.stderr, done.stderr
                assert [p.name for p in tmp_path.iterdir() if p.name.startswith("out")] == []
                change(path, at)
        fleet.run("get", "b", "--join", out)
        sound = b"".join(path.read_bytes()[WAV_HEADER_BYTES:] for path in files_of(fleet, "b"))
        assert out.read_bytes()[WAV_HEADER_BYTES:] == sound


def test_what_is_good_is_delivered_and_what_is_not_is_named(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=5, profile={"text.max": 200},
               settings={"row_bytes_max": "1K"}) as fleet:
        fleet.start()
        texts = fleet.texts(6, LONG_TEXT_CHARS) + [" ".join(f"It has a sentence {i}, and so on." for i in range(20))]
        fleet.enqueue("b", texts)
        fleet.wait("b")
        files = files_of(fleet, "b")
        change(files[1])
        files[2].unlink()
        change(fleet.settings["results"] / fleet.value(
            "SELECT r.path FROM piece p JOIN result r ON r.id = p.result_id WHERE n = 2"))
        whole = fleet.command("get", "b", "-o", tmp_path / "whole")
        assert whole.returncode == CORRUPT and "--partial leaves it out; `ttsq retry b --damaged`" in whole.stderr
        out, joined = tmp_path / "out", tmp_path / "out.wav"
        for words in ("-o", out), ("-o", out, "--json"), ("-o", out, "--follow"), ("--join", joined):
            done = fleet.command("get", "b", "--partial", *words)
            assert done.returncode == SOME_FAILED, done
            assert [int(line.split()[2]) for line in done.stderr.splitlines() if "is left out: " in line] \
                == [2, 3, 7] * (1 + ("--follow" in words)), done.stderr
            assert "3 answers are lost or damaged; `ttsq retry b --damaged` asks for them again" in done.stderr
            if "--json" in words:
                assert {**json.loads(done.stdout), "bytes": 0, "seconds": 0} == {
                    "batch": "b", "folder": str(out), "files": 4, "kept": 4, "missing": 3, "damaged": 3,
                    "bytes": 0, "seconds": 0}
        named = json.loads((out / "manifest.json").read_text())["jobs"]
        assert [job["seq"] for job in named if job["file"]] == [1, 4, 5, 6]
        assert all((out / job["file"]).stat().st_size == job["bytes"] for job in named if job["file"])
        sound = b"".join(files[i].read_bytes()[WAV_HEADER_BYTES:] for i in (0, 3, 4, 5))
        assert joined.read_bytes()[WAV_HEADER_BYTES:] == sound
        assert fleet.batch("b")["delivered"] is None
        fleet.run("retry", "b", "--damaged")
        fleet.wait("b")
        fleet.run("get", "b", "-o", out)
        fleet.stop()


def test_a_backup_saves_what_is_good(tmp_path):
    with Fleet(tmp_path, cap=4, workers=1, latency_ms=5, settings={"segment_bytes_min": 0}) as fleet:
        fleet.start()
        fleet.enqueue("long", fleet.texts(3, LONG_TEXT_CHARS))
        fleet.enqueue("short", fleet.texts(4, tag="short"))
        fleet.wait("long")
        fleet.wait("short")
        fleet.stop()
        results, saved = fleet.settings["results"], tmp_path / "saved"
        files_of(fleet, "long")[1].unlink()
        ends = fleet.query("SELECT path, offset, bytes FROM result WHERE offset > 0 ORDER BY offset DESC")
        assert len(ends) == 4, ends
        segment = results / ends[0][0]
        os.chmod(segment, 0o640)
        os.truncate(segment, ends[0][1] + 10)
        done = fleet.command("backup", saved)
        assert done.returncode == SOME_FAILED, done
        assert "2 files of answers are not whole" in done.stderr and "No such file" in done.stderr
        assert f"{ends[0][0]} is shorter than what is on record" in done.stderr
        assert (saved / "results" / ends[0][0]).read_bytes() == segment.read_bytes()
        kept = [path.relative_to(saved / "results") for path in (saved / "results").rglob("*.wav")]
        assert len(kept) == 2 and all((saved / "results" / p).read_bytes() == (results / p).read_bytes() for p in kept)
        for path in list(fleet.data.glob("queue.db*")) + [segment]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        fleet.run("restore", saved)
        for batch, good in ("long", 2), ("short", 3):
            assert fleet.command("get", batch, "--partial", "-o", tmp_path / batch).returncode == SOME_FAILED
            assert len(list((tmp_path / batch).glob("*.wav"))) == good
        fleet.checked.clear()


def test_what_is_lost_is_asked_for_again_and_nothing_else(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=5, profile=PRICE) as fleet:
        fleet.start()
        texts = fleet.texts(6, LONG_TEXT_CHARS)
        fleet.enqueue("b", texts)
        fleet.wait("b")
        files = files_of(fleet, "b")
        said = fleet.run("retry", "b", "--damaged")
        assert "6 answers of b checked: 0 lost or damaged; 0 jobs are ready again" in said, said
        change(files[0])
        files[2].unlink()
        os.chmod(files[4], 0o640)
        os.truncate(files[4], 1000)
        tried = fleet.command("retry", "b", "--damaged", "--dry-run")
        assert "3 lost or damaged; 3 jobs would be ready again" in tried.stdout, tried
        assert "have cost 0.27" in tried.stderr and "No such file" in tried.stderr, tried.stderr
        assert fleet.batch("b")["done"] == 6
        fleet.run("retry", "b", "--damaged", "--job", fleet.list("b")[1]["id"])
        assert fleet.batch("b")["done"] == 6
        assert "3 jobs are ready again" in fleet.run("retry", "b", "--damaged")
        fleet.wait("b")
        fleet.get("b")
        fleet.stop()
        fleet.run("check", "--deep")
        fleet.run("audit")
        asked = fleet.books().asked
        assert [asked[text_hash(text)] for text in texts] == [2, 1, 2, 1, 2, 1]
        assert fleet.calls() == {"answered": 9}


def test_nobody_shares_an_answer_that_is_lost(tmp_path):
    """Its owner's batch is not the one that is mended; a third batch comes later."""
    with Fleet(tmp_path, cap=4, workers=1, latency_ms=5) as fleet:
        fleet.start()
        texts = fleet.texts(2, LONG_TEXT_CHARS)
        for batch in ("first", "second"):
            fleet.enqueue(batch, texts)
            fleet.wait(batch)
        assert fleet.calls() == {"answered": 2}
        change(files_of(fleet, "first")[0])
        assert "1 job is ready again" in fleet.run("retry", "second", "--damaged")
        fleet.wait("second")
        fleet.get("second")
        fleet.enqueue("third", texts)
        fleet.wait("third")
        fleet.get("third")
        assert fleet.calls() == {"answered": 3}
        assert "1 job is ready again" in fleet.run("retry", "first", "--damaged")
        fleet.wait("first")
        fleet.get("first")
        assert fleet.calls() == {"answered": 3}
        fleet.stop()
        fleet.run("check", "--deep")


def test_of_a_text_in_pieces_only_those_that_are_lost(tmp_path):
    with Fleet(tmp_path, cap=4, workers=1, latency_ms=5, profile={"text.max": 100},
               settings={"row_bytes_max": "1K"}) as fleet:
        fleet.start()
        fleet.enqueue("b", [" ".join(f"This is sentence {i}, which is quite long, of the text, as {i} says."
                                     for i in range(5))])
        fleet.wait("b")
        pieces = fleet.query("SELECT n, path FROM piece p JOIN result r ON r.id = p.result_id ORDER BY n")
        assert len(pieces) == 5 and all(path for _, path in pieces), pieces
        for n in (2, 4):
            change(fleet.settings["results"] / dict(pieces)[n])
        fleet.run("get", "b", "-o", tmp_path / "bad", code=None)
        assert "2 lost or damaged; 1 job is ready again" in fleet.run("retry", "b", "--damaged")
        fleet.wait("b")
        fleet.run("get", "b", "-o", tmp_path / "good")
        assert len(list(pathlib.Path(tmp_path / "good").glob("0001_*.wav"))) == 1
        assert fleet.query("SELECT piece_no, count(*) FROM attempt GROUP BY 1 ORDER BY 1") == [
            (1, 1), (2, 2), (3, 1), (4, 2), (5, 1)]
        fleet.stop()
        fleet.run("check", "--deep")


def test_a_folder_that_is_not_there_buys_nothing(tmp_path):
    with Fleet(tmp_path, cap=4, workers=1, latency_ms=5) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(3, LONG_TEXT_CHARS))
        fleet.wait("b")
        fleet.stop()
        os.rename(fleet.settings["results"], tmp_path / "elsewhere")
        fleet.run("retry", "b", "--damaged", code=None)
        os.mkdir(fleet.settings["results"])
        done = fleet.command("retry", "b", "--damaged")
        assert done.returncode == FAILED and "is it mounted" in done.stderr, done
        assert fleet.batch("b")["done"] == 3
        fleet.run("retry", "b", "--damaged", "--job", 99, code=NOT_FOUND)
