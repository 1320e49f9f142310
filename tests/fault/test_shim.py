"""libc that disappoints: allocations that fail, writes that are short or interrupted (fault matrix 10, 11).

TTSQ_POINTS is how many allocations of store_steps and of `ttsq enqueue` fail, each in a run of its own.
"""
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from fleet import Fleet, is_sanitized, program, until  # noqa: E402
from sweep import FAILED, RUN_S, STEPS, UNTOUCHED, check  # noqa: E402

SHIM = pathlib.Path(os.environ["TTSQ_BIN"]) / "tests" / "shim.so"
POINTS = int(os.environ.get("TTSQ_POINTS", "60"))
ABORTED = -6  # what must not fail says so and aborts: no worse than any other death
CRASHED = -11
INTERRUPT_EACH = "5"
SHARE_JOBS = 60


def disappointed(words, folder, **orders):
    """Its status, output, words; how many allocations or disturbed writes there were."""
    counted = folder / "counted"
    counted.unlink(missing_ok=True)
    done = subprocess.run(list(map(str, words)), capture_output=True, timeout=RUN_S, check=False, cwd=folder,
                          env={**os.environ, "LD_PRELOAD": str(SHIM), "SHIM_COUNT": str(counted), **orders})
    number = int(counted.read_text()) if counted.exists() else 0
    return done.returncode, done.stdout, done.stderr.decode(errors="replace"), number


def spread(total):
    """POINTS numbers over 1 … total, the first ones close together: a start makes the rarest calls."""
    close = list(range(1, min(POINTS // 4, total) + 1))
    step = max(1, total // max(1, POINTS - len(close)))
    return close + list(range(close[-1] + step, total + 1, step))


def crashed_by_itself(said):
    """A crash not in libcrypto 3.0, which takes locks that it had no memory to make. shim names the calls."""
    frames = [line for line in said.splitlines() if "[0x" in line]
    ours = [line for line in frames if not any(name in line for name in ("shim.so", "libc.so"))]
    return not ours or "libcrypto" not in ours[0]


libc_allocates = pytest.mark.skipif(is_sanitized(), reason="a sanitizer's allocator is not the one that fails here")


@libc_allocates
@pytest.mark.parametrize("after", ["", "+"], ids=["once", "for-ever"])
def test_store_without_memory(tmp_path, after):
    """What was acknowledged is there, and another run finishes the rest."""
    (tmp_path / "count").mkdir()
    *_, total = disappointed([STEPS, tmp_path / "count/queue.db", "run"], tmp_path)
    seen = {}
    for n in spread(total):
        folder = tmp_path / str(n)
        folder.mkdir()
        status, acks, said, _ = disappointed([STEPS, folder / "queue.db", "run"], folder, SHIM_MALLOC=f"{n}{after}")
        assert status in (UNTOUCHED, FAILED, ABORTED), (n, status, said)
        assert status != FAILED or "memory" in said, (n, said)
        check(folder, acks, f"allocation {n}{after} of {total}")
        seen[status] = seen.get(status, 0) + 1
    print(f"{sum(seen.values())} of {total} allocations failed{' and all after them' * bool(after)}: {seen}")
    assert seen.get(FAILED), "no failure was met"


@libc_allocates
def test_enqueue_without_memory(tmp_path):
    """It is in, whole, and says so; or it is not, says that, and another try succeeds."""
    with Fleet(tmp_path, workers=1) as fleet:
        fleet.start()
        path = tmp_path / "texts.txt"
        os.environ["TTSQ_CONFIG"] = str(tmp_path / "ttsq.ini")
        texts = "".join(text + "\n" for text in fleet.texts(40))
        path.write_text(texts)
        words = [program(), "enqueue", path, "--split", "line", "--batch"]
        *_, total = disappointed([*words, "counted"], tmp_path)
        assert total > POINTS
        seen = {}
        for n in spread(total):
            status, _, said, _ = disappointed([*words, f"b{n}", "--fresh"], tmp_path, SHIM_MALLOC=f"{n}+")
            assert status in (0, ABORTED) or said.strip(), (n, status)
            assert status > -20 and not (status == CRASHED and crashed_by_itself(said)), (n, status, said)
            seen[status] = seen.get(status, 0) + 1
            until("a batch that is whole or gone", lambda: not fleet.value(
                "SELECT count(*) FROM batch WHERE producer_id IS NOT NULL"))
            jobs = {b["name"]: b["total"] for b in fleet.status()["batches"]}.get(f"b{n}", 0)
            assert jobs == 40 or (jobs == 0 and status != 0), (n, status, jobs, said)
        print(f"{sum(seen.values())} of {total} allocations failed: exit {seen}")
        del os.environ["TTSQ_CONFIG"]
        assert set(seen) - {0}
        fleet.run("check", "--deep")
        fleet.terminate()
        assert fleet.wait_end() == 0


def test_a_store_whose_writes_are_short(tmp_path):
    """Each write of a file is cut to half, each fifth interrupted: nobody notices."""
    status, acks, said, disturbed = disappointed([STEPS, tmp_path / "queue.db", "run"], tmp_path,
                                                 SHIM_SHORT=INTERRUPT_EACH)
    assert status == UNTOUCHED, said
    assert disturbed > 100
    check(tmp_path, acks, "short writes")


@pytest.mark.parametrize("kept, chars", [("1G", 20), ("0", 20), ("1G", 90)], ids=["rows", "segments", "files"])
def test_a_fleet_whose_writes_are_short(tmp_path, kept, chars):
    """Every process of it; the answers are compared with the witness's, byte by byte."""
    with Fleet(tmp_path, cap=6, workers=2, latency_ms=5, settings={"segment_bytes_min": kept}) as fleet:
        fleet.start(LD_PRELOAD=str(SHIM), SHIM_SHORT=INTERRUPT_EACH)
        fleet.enqueue("b", fleet.texts(SHARE_JOBS, chars))
        fleet.wait("b")
        fleet.finish()
        assert fleet.calls() == {"answered": SHARE_JOBS}
