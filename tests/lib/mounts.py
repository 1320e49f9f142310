"""File systems of a test's own: mounts that nobody else sees."""

import ctypes
import subprocess

import pytest

CLONE_NEWNS = 0x00020000


def mount(*words):
    subprocess.run(["mount", *words], check=True, capture_output=True)


@pytest.fixture(scope="module")
def own_mounts():
    """This process, and with it the fleet, gets mounts of its own."""
    if ctypes.CDLL(None).unshare(CLONE_NEWNS) != 0:
        pytest.skip("needs the right to mount (root)")
    try:
        mount("--make-rprivate", "/")
    except subprocess.CalledProcessError:
        pytest.skip("'/' is no mount point here (a chroot): a private mount cannot be made")
