"""What the store has acknowledged survives a death at each of its system calls (fault matrix 3)."""
import pytest

from sweep import KILLED, UNTOUCHED, check, run, sweep


def test_undisturbed(tmp_path):
    """Without a fault everything is acknowledged: the sweeps have something to lose."""
    status, acks, said, _ = run(tmp_path, "run", "pwrite64")
    assert status == UNTOUCHED, said
    lines = acks.decode().splitlines()
    assert sum(line.startswith("enqueued") for line in lines) == 2
    assert sum(line.startswith("settled") for line in lines) >= 8
    assert sum(line.startswith("checkpointed") for line in lines) == 2
    check(tmp_path, acks, "undisturbed")


def test_lost_acknowledgement_is_found(tmp_path):
    """The check can fail: a database that has lost what was acknowledged is found out."""
    status, acks, said, _ = run(tmp_path, "run", "pwrite64")
    assert status == UNTOUCHED, said
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(AssertionError, match="acknowledged and not there"):
        check(empty, acks, "lost")


@pytest.mark.parametrize("call", ["pwrite64", "fdatasync", "ftruncate", "openat", "unlink", "flock"])
def test_killed_at_each(tmp_path, call):
    sweep(tmp_path, call, "signal=SIGKILL:when=%d", KILLED)
