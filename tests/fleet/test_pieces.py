"""Texts over the profile's limit: spoken in pieces, each paid for once, delivered as one sound.

The tone engine marks the first samples of each answer with the hash of its text, so a joined file
shows which pieces it holds, whole and in order."""

import collections
import hashlib
import json
import sqlite3
import struct

import pytest

from fleet import Books, Fleet, has_fault_points
from say import check_books, text_hash, tone_mark

LIMIT = 60  # characters


def long_text(number, sentences):
    return " ".join(f"Text {number} says sentence {i} of {sentences} here." for i in
                    range(1, sentences + 1))


def enqueue(fleet, batch, texts):
    path = fleet.home / f"{batch}.txt"
    path.write_text("".join(text + "\n" for text in texts))
    return fleet.run("enqueue", path, "--batch", batch, "--split", "line")


def jobs_of(fleet, batch):
    return [json.loads(fleet.run("show", job["id"], "--json")) for job in fleet.list(batch)]


def piece_texts(job):
    """The texts of the calls for a job, as the database says."""
    raw = job["text"].encode()
    if "pieces" not in job:
        return [job["text"]]
    parts = [raw[piece["at"]:piece["at"] + piece["bytes"]].decode() for piece in job["pieces"]]
    assert "".join(parts) == job["text"]
    return [part.strip() for part in parts]


def samples_of(content):
    """A plain WAV's samples; its sizes must be exact."""
    assert content[:4] == b"RIFF" and struct.unpack("<I", content[4:8])[0] == len(content) - 8
    assert content[36:40] == b"data" and struct.unpack("<I", content[40:44])[0] == len(content) - 44
    return content[44:]


def check_delivered(fleet, batch, limit=LIMIT):
    """Each file is its pieces' sounds, whole, in order, and nothing else."""
    folder = fleet.home / f"out-{batch}"
    fleet.run("get", batch, "-o", folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    jobs = jobs_of(fleet, batch)
    assert [job["text"] for job in manifest["jobs"]] == [job["text"] for job in jobs]
    for entry, job in zip(manifest["jobs"], jobs, strict=True):
        content = (folder / entry["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
        assert len(content) == entry["bytes"]
        sound, at = samples_of(content), 0
        sizes = [p["result"]["bytes"] - 44 for p in job.get("pieces", [])] or [len(sound)]
        assert entry.get("pieces", 1) == len(sizes)
        for text, size in zip(piece_texts(job), sizes, strict=True):
            assert len(text) <= limit
            assert tone_mark(b"." * 44 + sound[at:at + size]) == text_hash(text), text
            at += size
        assert at == len(sound)
        rate = struct.unpack("<I", content[24:28])[0]
        assert abs(entry["seconds"] - len(sound) / 2 / rate) < 0.002
    again = fleet.run("get", batch, "-o", folder)
    assert f"({len(jobs)} were there already)" in again
    return manifest


def close(fleet):
    """Ends everything; what arrived at the provider, by text."""
    fleet.stop()
    fleet.witness.stop()
    events = fleet.witness.ledger()
    assert not check_books(events)
    fleet.run("check", "--deep")
    return Books(events).asked


def profile(**more):
    return {"text.max": f"{LIMIT} codepoints", **more}


def test_pieces_are_spoken_in_order_and_delivered_as_one(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, profile=profile()) as fleet:
        fleet.start()
        texts = [long_text(n, 1 + n % 5) for n in range(12)]
        out = enqueue(fleet, "b", texts)
        assert "long texts in" in out and "12 jobs" in out
        fleet.wait("b")
        manifest = check_delivered(fleet, "b")
        assert max(job.get("pieces", 1) for job in manifest["jobs"]) >= 3
        row = fleet.batch("b")
        assert row["total"] == row["done"] == 12
        asked = close(fleet)
        wanted = collections.Counter(text_hash(piece) for job in jobs_of(fleet, "b")
                                     for piece in piece_texts(job))
        assert asked == wanted
        assert max(wanted.values()) == 1


def test_a_batch_is_joined_to_one_file(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, profile=profile()) as fleet:
        fleet.start()
        enqueue(fleet, "b", [long_text(n, 1 + n % 4) for n in range(6)])
        fleet.wait("b")
        manifest = check_delivered(fleet, "b")
        contents = [(tmp_path / "out-b" / job["file"]).read_bytes() for job in manifest["jobs"]]
        one, srt, vtt = tmp_path / "b.wav", tmp_path / "b.srt", tmp_path / "b.vtt"
        assert "copied as it is" in fleet.run("get", "b", "--join", one, "--srt", srt, "--vtt", vtt)
        assert samples_of(one.read_bytes()) == b"".join(map(samples_of, contents))
        pieces = [piece for job in jobs_of(fleet, "b") for piece in piece_texts(job)]
        cues = [cue.split("\n", 2) for cue in srt.read_text().strip().split("\n\n")]
        assert [cue[2] for cue in cues] == pieces
        assert [int(cue[0]) for cue in cues] == list(range(1, len(pieces) + 1))
        assert cues[0][1].startswith("00:00:00,000 --> ")
        assert all(a[1].split()[2] == b[1].split()[0] for a, b in zip(cues, cues[1:]))
        assert vtt.read_text().startswith("WEBVTT\n\n00:00:00.000 --> ")
        assert vtt.read_text().count(" --> ") == len(pieces)
        assert "--force" in fleet.command("get", "b", "--join", one).stderr
        gapped = tmp_path / "gapped.wav"
        fleet.run("get", "b", "--join", gapped, "--gap-ms", "100")
        rate = struct.unpack("<I", contents[0][24:28])[0]
        silence = bytes(rate // 10 * 2)
        assert samples_of(gapped.read_bytes()) == silence.join(map(samples_of, contents))
        fleet.run("get", "b", "--join", tmp_path / "b.flac")
        assert (tmp_path / "b.flac").read_bytes().startswith(b"fLaC")
        assert "ending must be" in fleet.command("get", "b", "--join", tmp_path / "b.doc").stderr
        assert not list(tmp_path.glob("*.ttsq-part"))
        close(fleet)


def test_a_sql_producers_long_text_is_split_by_its_worker(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, profile=profile()) as fleet:
        fleet.start()
        text = long_text(1, 6)
        connection = sqlite3.connect(fleet.data / "queue.db", timeout=20)
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        with connection:
            connection.execute("INSERT INTO enqueue(batch, text) VALUES ('sql', ?)", (text,))
            connection.execute("INSERT INTO enqueue(batch, text) VALUES ('sql', 'Short.')")
        connection.close()
        fleet.wait("sql")
        manifest = check_delivered(fleet, "sql")
        assert manifest["jobs"][0]["pieces"] >= 3 and "pieces" not in manifest["jobs"][1]
        asked = close(fleet)
        assert text_hash(text) not in asked  # it was never sent whole
        assert max(asked.values()) == 1


def test_what_the_provider_finds_too_long_is_halved(tmp_path):
    with Fleet(tmp_path, cap=2, workers=1, profile={
            "text.max": "0 codepoints", "rule": "status:400 json:/error/code=string_above_max_length"
            " -> split"}, say=("--tone-ms-per-char", 10)) as fleet:
        fleet.start()
        enqueue(fleet, "b", [long_text(1, 300), "Short."])  # over the witness's 4096 characters
        fleet.wait("b")
        manifest = check_delivered(fleet, "b", limit=4096)
        assert manifest["jobs"][0]["pieces"] >= 3 and "pieces" not in manifest["jobs"][1]
        close(fleet)
        assert fleet.outcomes()["failed"] >= 1


@pytest.mark.skipif(not has_fault_points(), reason="the build has no fault points")
@pytest.mark.parametrize("point", ["claimed", "before_send", "call_over", "before_settle",
                                   "after_settle"])
def test_a_kill_between_pieces_repeats_nothing_that_was_answered(tmp_path, point):
    with Fleet(tmp_path, cap=2, workers=1, profile=profile()) as fleet:
        fleet.start(fault=f"{point}:kill:4")
        enqueue(fleet, "b", [long_text(n, 6) for n in range(2)])
        fleet.wait("b")
        assert not fleet.fault_once.exists()  # it did happen
        check_delivered(fleet, "b")
        asked = close(fleet)
        repeated = sum(count - 1 for count in asked.values())
        uncertain = fleet.value("SELECT count(*) FROM attempt WHERE outcome = 'uncertain'")
        assert repeated <= uncertain <= 2  # what was in flight when the worker died
        answered = fleet.query("SELECT job_id, piece_no, count(*) FROM attempt"
                               " WHERE outcome = 'answered' GROUP BY job_id, piece_no")
        assert all(count == 1 for _, _, count in answered)


def test_progress_is_shown(tmp_path):
    with Fleet(tmp_path, cap=1, workers=1, profile=profile()) as fleet:
        fleet.start()
        fleet.witness.control(latency_ms=0)
        enqueue(fleet, "b", [long_text(1, 5)])
        fleet.wait("b")
        [job] = jobs_of(fleet, "b")
        count = len(job["pieces"])
        assert job["state"] == "done" and job["piece"] == count + 1
        assert f"pieces    {count} of {count} spoken" in fleet.run("show", job["id"])
        assert all(piece["result"] for piece in job["pieces"])
        close(fleet)
