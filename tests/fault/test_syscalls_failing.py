"""What the store has acknowledged survives an I/O error, a full disk, a short write or an interruption at
each of its system calls, once and for ever (fault matrix 8, 9, 10)."""
import pytest

from sweep import FAILED, UNTOUCHED, sweep


@pytest.mark.parametrize("call, error", [("pwrite64", "EIO"), ("pwrite64", "ENOSPC"), ("fdatasync", "EIO"),
                                         ("ftruncate", "EIO"), ("ftruncate", "ENOSPC")])
@pytest.mark.parametrize("when", ["when=%d", "when=%d+"], ids=["once", "for-ever"])
def test_failing_at_each(tmp_path, call, error, when):
    """Nothing is acknowledged that is not there, and the program says so or was not concerned."""
    sweep(tmp_path, call, "error=%s:%s" % (error, when), (UNTOUCHED, FAILED))
