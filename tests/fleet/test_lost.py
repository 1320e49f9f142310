"""P3, P4: answers that a disk has lost are found, named and asked for again, and no others."""

import os
import pathlib
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from fleet import LONG_TEXT_CHARS, Fleet  # noqa: E402
from say import text_hash  # noqa: E402

FAILED, NOT_FOUND = 1, 4
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
    """Wherever it stands: answers are checked beside the copying, the last one after it."""
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
