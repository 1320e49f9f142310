"""The units as systemd reads them: correct, hardened, and in agreement with the program's limits."""
import configparser
import os
import pathlib
import re
import subprocess

import pytest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
UNITS = PROJECT / "etc" / "systemd"
PROGRAMS = {"ttsq.service": "ttsq", "ttsq-say.service": "ttsq-say"}
EXPOSURE_MAX_TENTHS = 15


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


def service(unit):
    """Its [Service] settings; of a repeated key the last one."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(UNITS / unit)
    return parser["Service"]


@pytest.fixture(params=PROGRAMS)
def unit(request, tmp_path):
    """A copy of the unit whose program exists on this machine, as verify wants it."""
    text = (UNITS / request.param).read_text()
    program = "/usr/bin/" + PROGRAMS[request.param]
    assert f"ExecStart={program}" in text
    copy = tmp_path / request.param
    copy.write_text(text.replace(program, os.environ["TTSQ_BIN"] + "/" + PROGRAMS[request.param])
                    .replace("Documentation=man:", "#Documentation=man:"))
    return str(copy)


def install(stage, prefix):
    done = run("env", f"DESTDIR={stage}", "cmake", "--install", os.environ["TTSQ_BIN"], "--prefix", prefix)
    assert done.returncode == 0 and (stage / prefix[1:] / "bin" / "ttsq").exists(), done
    return stage / "etc" / "ttsq" / "ttsq.ini"


def test_installing_leaves_the_machine_s_settings_alone(tmp_path):
    """All of a machine's ttsq read /etc/ttsq, also those that were installed elsewhere."""
    assert not install(tmp_path / "private", "/opt/tools").exists()
    settings = install(tmp_path / "machine", "/usr")
    assert settings.read_text() == (PROJECT / "etc" / "ttsq.ini").read_text()
    settings.write_text("[ttsq]\n")
    assert install(tmp_path / "machine", "/usr").read_text() == "[ttsq]\n"


def test_verify_has_no_complaint(unit):
    if not os.path.exists(re.search("ExecStart=([^ ]+)", pathlib.Path(unit).read_text())[1]):
        pytest.fail("the program is not built")
    result = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit)
    complaints = [line for line in (result.stdout + result.stderr).splitlines()
                  if os.path.basename(unit) in line]
    assert result.returncode == 0 and not complaints, result.stderr


def test_exposure_is_low(unit):
    result = run("systemd-analyze", "security", "--offline=true", "--no-pager",
                 f"--threshold={EXPOSURE_MAX_TENTHS}", unit)
    assert result.returncode == 0, result.stdout + result.stderr


def test_sysusers_and_tmpfiles_are_understood(tmp_path):
    (tmp_path / "etc").mkdir()
    result = run("systemd-sysusers", "--dry-run", f"--root={tmp_path}", "--replace=/x.conf",
                 str(UNITS / "ttsq.sysusers"))
    assert result.returncode == 0 and not re.search("ignoring|invalid", result.stderr, re.I), result
    assert "ttsq" in result.stdout + result.stderr
    (tmp_path / "etc" / "passwd").write_text(f"ttsq:x:{os.getuid()}:{os.getgid()}::/:/bin/sh\n"
                                             "root:x:0:0::/:/bin/sh\n")
    (tmp_path / "etc" / "group").write_text(f"ttsq:x:{os.getgid()}:\nroot:x:0:\n")
    result = run("systemd-tmpfiles", "--create", f"--root={tmp_path}", str(UNITS / "ttsq.tmpfiles"))
    assert result.returncode == 0, result.stderr
    for folder in ("var/lib/ttsq", "run/ttsq"):
        assert (tmp_path / folder).stat().st_mode & 0o7777 == 0o2770


def test_stop_waits_longer_than_the_drain():
    keys = (PROJECT / "src" / "config" / "keys.c").read_text()
    drain_ms = int(re.search(r'"drain_ms".*?"(\d+)"', keys, re.S)[1])
    child = (PROJECT / "src" / "fleet" / "child.h").read_text()
    stop_ms = int(re.search(r"CHILD_STOP_MS (\d+)", child)[1])
    supervisor = "".join(file.read_text() for file in (PROJECT / "src" / "fleet").glob("supervisor*.c"))
    keeper_ms = int(re.search(r"KEEPER_DRAIN_MS (\d+)", supervisor)[1])
    total_ms = drain_ms + stop_ms + keeper_ms + stop_ms
    assert int(service("ttsq.service")["TimeoutStopSec"]) * 1000 > total_ms


def test_exit_codes_that_prevent_a_restart():
    err = (PROJECT / "src" / "base" / "err.h").read_text()
    codes = {int(re.search(rf'X\({name}, "[^"]*", (\d+)\)', err)[1])
             for name in ("ERR_CONFIG", "ERR_CORRUPT")}
    prevented = service("ttsq.service")["RestartPreventExitStatus"].split()
    assert {int(code) for code in prevented} == codes


def test_watchdog_leaves_room_to_replace_a_hung_worker():
    header = (PROJECT / "src" / "fleet" / "supervisor.h").read_text()
    hang_ms = int(re.search(r"SUPERVISOR_HANG_MS (\d+)", header)[1])
    watchdog_ms = int(service("ttsq.service")["WatchdogSec"]) * 1000
    assert watchdog_ms / 2 + hang_ms < watchdog_ms
