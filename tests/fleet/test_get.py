"""`ttsq get`: safe names in order, nothing overwritten, no gap and no damage passed over."""

import hashlib
import json
import os
import subprocess

import pytest

from cli import CORRUPT, FAILED, LATER, NOT_FOUND, SOME_FAILED, USAGE, names_in
from fleet import program, traced
from say import DEADLINE_S, text_hash, tone_mark

HOSTILE = ["../../etc/passwd", "con\u202etxt", "\U0001f469\u200d\U0001f680" * 150, "...", "-rf",
           "a/b\\c:d*e?f\"g<h>i|j", "tab\tand\nnewline", "take.wav", " "]


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
        assert set(job) == {"seq", "name", "ext_id", "file", "text", "bytes", "sha256", "seconds",
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


def test_a_delivery_that_stops_leaves_whole_files_and_nothing_else(fleet):
    """Files get their names in groups of 32: what was written before the 40th is there, whole."""
    fleet.enqueue("b", [f"text {i}" for i in range(70)])
    fleet.wait("b")
    fleet.run("get", "b", "-o", "good")
    good = {name: (fleet.home / "good" / name).read_bytes() for name in names_in(fleet.home / "good")}
    folder = fleet.home / "out"
    folder.mkdir()
    other = sorted(good)[39]
    (folder / other).write_bytes(b"mine")
    (folder / ".ttsq-part-3").write_bytes(b"of a run that was killed")
    assert fleet.command("get", "b", "-o", "out").returncode == FAILED
    assert names_in(folder) == sorted(good)[:40]
    assert all((folder / name).read_bytes() == good[name] for name in sorted(good)[:39])
    fleet.run("get", "b", "-o", "out", "--force")
    assert {name: (folder / name).read_bytes() for name in names_in(folder)} == good


def test_a_part_that_is_a_link_to_a_result_is_not_written_to(fleet):
    """Left by a run that was killed between the link and its name; a row comes next."""
    fleet.enqueue("b", ["row", "l" + "o" * 200 + "ng"])
    fleet.wait("b")
    fleet.run("get", "b", "-o", "good", "--link")
    good = {name: (fleet.home / "good" / name).read_bytes() for name in names_in(fleet.home / "good")}
    (fleet.home / "out").mkdir()
    long, = (fleet.home / "good").glob("0002*")
    os.link(long, fleet.home / "out/.ttsq-part-0")
    fleet.run("get", "b", "-o", "out")
    assert long.read_bytes() == good[long.name]
    assert {name: (fleet.home / "out" / name).read_bytes() for name in names_in(fleet.home / "out")} == good


@pytest.mark.parametrize("chars", [20, 200])
def test_names_in_subfolders_are_durable(fleet, chars):
    """When the batch counts as fetched it may be pruned: by then a power cut must not take a name away, of a row or a
    link. The folder itself is synced in any case."""
    fleet.enqueue("b", fleet.texts(3, chars=chars))
    fleet.wait("b")
    trace = fleet.home / "trace"
    done = subprocess.run(["strace", "-qq", "-f", "-y", "-o", trace, "-e", "renameat,fsync,fdatasync,syncfs",
                           program(), "get", "b", "-o", "out", "--template", "{batch}/part/{seq}"], cwd=fleet.home,
                          env=traced(fleet.environment), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done
    lines = trace.read_text().splitlines()
    named = max(i for i, line in enumerate(lines) if '"b/part/' in line)
    synced = [line for line in lines[named:] if "sync" in line]
    assert any("syncfs(" in line and "/out>" in line for line in synced) or \
        all(any(f"/out/{name}>" in line for line in synced) for name in ("b", "b/part")), lines


def test_deliveries_into_one_folder_do_not_mix(fleet):
    """Their parts have the same names: written at the same time, one's sound would get the other's name."""
    out = fleet.home / "out"
    for batch in ("one", "two"):
        fleet.enqueue(batch, fleet.texts(200, tag=batch))
        fleet.wait(batch)
    both = [subprocess.Popen([program(), "get", batch, "-o", out, "--template", "{batch}-{seq}"], cwd=fleet.home,
                             env=fleet.environment) for batch in ("one", "two")]
    assert [get.wait(DEADLINE_S) for get in both] == [0, 0]
    for batch in ("one", "two"):
        fleet.run("get", batch, "-o", fleet.home / batch, "--template", "{batch}-{seq}")
        for alone in (fleet.home / batch).glob("*.wav"):
            assert (out / alone.name).read_bytes() == alone.read_bytes()


def test_several_batches_each_into_a_folder_of_its_own(fleet):
    """One that cannot be had keeps none of the others back; nothing is written of a list with a slip."""
    for batch in "a", "b/c", "bc":
        fleet.enqueue("texts", fleet.texts(2, tag=batch), "--batch", batch)
        fleet.wait(batch)
    fleet.enqueue("later", fleet.texts(1, tag="later"), "--delay", "1h")
    slip = fleet.command("get", "a", "b/d", "-o", "out")
    assert slip.returncode == NOT_FOUND and "did you mean 'b/c'?" in slip.stderr
    twins = fleet.command("get", "bc", "b/c", "-o", "out")
    assert twins.returncode == USAGE and "bc and b/c would share the folder out/bc" in twins.stderr
    assert not (fleet.home / "out").exists()
    done = fleet.command("get", "later", "a", "b/c", "a", "-o", "out")
    assert done.returncode == SOME_FAILED and "ttsq: later: 1 of 1 results are missing" in done.stderr
    assert [line.split(" in ")[1] for line in done.stdout.splitlines()] == ["out/a", "out/bc", "out/a"]
    assert names_in(fleet.home / "out") == ["a", "bc"]
    for folder, batch in ("a", "a"), ("bc", "b/c"):
        assert json.loads((fleet.home / "out" / folder / "manifest.json").read_text())["batch"] == batch
        assert len(names_in(fleet.home / "out" / folder)) == 3
    lines = [json.loads(line) for line in fleet.run("get", "a", "b/c", "-o", "out", "--json").splitlines()]
    assert [(line["batch"], line["folder"], line["kept"]) for line in lines] == [("a", "out/a", 2),
                                                                                ("b/c", "out/bc", 2)]
    assert fleet.command("prune", "a", "b/c", "--dry-run").returncode == 0, "both were fetched whole"


def test_gaps_are_refused_unless_partial(fleet):
    fleet.enqueue("b", ["first text", "second text"])
    fleet.wait("b")
    path = fleet.home / "more.txt"
    path.write_text("late one\nlater one\n")
    fleet.run("enqueue", path, "--delay", "1h")
    done = fleet.command("get", "more", "-o", "out")
    assert done.returncode == SOME_FAILED and "2 of 2 results are missing (#1, #2: delayed);" in done.stderr
    assert not (fleet.home / "out").exists()
    fleet.run("get", "more", "-o", "out", "--partial")
    jobs = json.loads((fleet.home / "out/manifest.json").read_text())["jobs"]
    assert [job["file"] for job in jobs] == [None] * 2 and names_in(fleet.home / "out") == ["manifest.json"]
    done = fleet.command("wait", "more", "--timeout", "1")
    assert done.returncode == LATER and "2 jobs" in done.stderr


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
