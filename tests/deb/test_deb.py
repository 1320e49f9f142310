"""The Debian package: built, read by lintian, installed, used, upgraded while a batch runs, purged.

The machine is a copy-on-write view of this one in namespaces of its own (machine.sh), so nothing here is
changed; a systemd of its own is its first process, and what happens in it is in play.py.
"""

import os
import pathlib
import shutil
import subprocess

import pytest

BUILD = pathlib.Path(os.environ["TTSQ_BIN"]).resolve()
HERE = pathlib.Path(__file__).parent
PLAY_S = 120

# A package of a test build has an address that nobody reads.
EXPECTED = ("bogus-mail-host",)


MACHINE = ("unshare", "-mpfCnu", "--mount-proc", "--kill-child=SIGKILL")


def can_make_a_machine():
    tried = subprocess.run([*MACHINE, "mount", "-t", "cgroup2", "cgroup2", "/mnt"], capture_output=True)
    return os.geteuid() == 0 and tried.returncode == 0 and os.path.exists("/lib/systemd/systemd")


def build(folder, version):
    done = subprocess.run(["cpack", "--config", BUILD / "CPackConfig.cmake", "-B", folder, "-D",
                           f"CPACK_PACKAGE_VERSION={version}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (package,) = folder.glob("*.deb")
    return package.rename(folder.parent / f"{version}.deb")


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    for tool in ("cpack", "dpkg-deb", "dpkg-shlibdeps"):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    folder = tmp_path_factory.mktemp("deb")
    return [build(folder / version, version) for version in ("0.1", "0.1+1")]


def test_lintian_has_no_complaint(packages):
    if not shutil.which("lintian"):
        pytest.skip("lintian is not installed")
    done = subprocess.run(["lintian", "--allow-root", packages[0]], capture_output=True, text=True)
    said = [line for line in done.stdout.splitlines() if not any(word in line for word in EXPECTED)]
    assert said == [], done.stderr


def test_install_use_upgrade_purge(packages, tmp_path):
    if not can_make_a_machine():
        pytest.skip("needs root, namespaces and systemd")
    for package in packages:
        shutil.copy(package, tmp_path)
    shutil.copy(HERE / "play.py", tmp_path)
    done = subprocess.run([*MACHINE, "sh", HERE / "machine.sh", tmp_path], capture_output=True, text=True,
                          timeout=PLAY_S)
    said = (tmp_path / "out" / "said").read_text()
    print(said)
    assert done.returncode == 0, said + done.stdout + done.stderr
    assert "purged; the queue is there" in said
    assert not pathlib.Path("/etc/ttsq/conf.d/test.ini").exists()  # this machine was not touched
