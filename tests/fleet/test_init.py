"""`ttsq init`: a configuration to begin with, in the current folder."""

import os
import pathlib
import re
import subprocess

import pytest

from fleet import Fleet, program

FAILED, USAGE, CONFIG = 1, 2, 78
PRESETS = pathlib.Path(__file__).resolve().parents[2] / "etc" / "providers.d"


def ttsq(folder, *words, **environment):
    clean = {name: value for name, value in os.environ.items()
             if not name.startswith(("TTSQ_", "XDG_")) and not name.endswith("_KEY")}
    return subprocess.run([program(), *words], cwd=folder, capture_output=True, text=True, timeout=30,
                          env={**clean, "HOME": str(folder), **environment}, check=False)


def uncommented(path):
    """Every example taken as it stands."""
    path.write_text(re.sub(r"^;", "", path.read_text(), flags=re.M))


def test_what_it_writes_is_read_and_says_what_comes_next(tmp_path):
    done = ttsq(tmp_path, "init", "openai")
    assert done.returncode == 0, done
    assert "export OPENAI_API_KEY=" in done.stdout and "`ttsq check`" in done.stdout
    text = (tmp_path / "ttsq.ini").read_text()
    assert "profile = openai\n" in text and ";OPENAI_API_KEY = file:openai.key\n" in text
    origin = ttsq(tmp_path, "check", "--origin")
    assert f"profile = openai    ; from {tmp_path}/ttsq.ini" in origin.stdout, origin
    again = ttsq(tmp_path, "init", "say")
    assert again.returncode == FAILED and "stays as it is" in again.stderr, again
    assert (tmp_path / "ttsq.ini").read_text() == text
    (tmp_path / "openai.key").write_text("sk-secret")
    (tmp_path / "openai.key").chmod(0o600)
    uncommented(tmp_path / "ttsq.ini")  # each example is good, too
    origin = ttsq(tmp_path, "check", "--origin")
    assert "keep = 30d" in origin.stdout and "sk-secret" not in origin.stdout + origin.stderr
    assert f"database = {tmp_path}/queue.db" in origin.stdout or "database = queue.db" in origin.stdout


def test_without_a_profile_it_is_the_local_endpoint(tmp_path):
    done = ttsq(tmp_path, "init")
    assert done.returncode == 0 and done.stdout.endswith("next: `ttsq check`, then `ttsq run FILE`\n"), done
    assert "[secrets]" not in (tmp_path / "ttsq.ini").read_text()
    check = ttsq(tmp_path, "check")  # a queue that nobody has used yet is no fault
    assert check.returncode == 0 and "is not there yet; `ttsq enqueue` makes it" in check.stdout, check
    (tmp_path / "a.txt").write_text("One.\n")
    assert ttsq(tmp_path, "enqueue", "a.txt").returncode == 0
    (tmp_path / ".local/state/ttsq/queue.db").unlink()
    assert ttsq(tmp_path, "check").returncode == 5  # one that was there is


def test_slips_write_nothing(tmp_path):
    for words, code, line in ((("init", "opneai"), CONFIG, "opneai"),
                              (("init", "a", "b"), USAGE, "unexpected argument"),
                              (("init", "../x"), CONFIG, "../x")):
        done = ttsq(tmp_path, *words)
        assert done.returncode == code and line in done.stderr, (words, done)
        assert not (tmp_path / "ttsq.ini").exists()


@pytest.mark.parametrize("preset", sorted(p.stem for p in PRESETS.glob("*.ini")))
def test_every_built_in_profile_begins(tmp_path, preset):
    """Also one that lacks a value: an example of it stands there, and it is asked for."""
    done = ttsq(tmp_path, "init", preset)
    assert done.returncode == 0, done
    ini = tmp_path / "ttsq.ini"
    asks = "Yours to set" in ini.read_text()
    assert asks == ("set what is yours" in done.stdout) == ("sample." in (PRESETS / f"{preset}.ini").read_text())
    origin = ttsq(tmp_path, "check", "--origin")
    assert origin.returncode == 0 and origin.stdout.count(f"profile = {preset}") == 1, origin


def test_what_is_set_already_is_not_asked_for(tmp_path):
    (tmp_path / ".config" / "ttsq").mkdir(parents=True)
    (tmp_path / ".config" / "ttsq" / "ttsq.ini").write_text(
        "[profile:azure]\nbase_url = https://northeurope.tts.speech.microsoft.com\n")
    done = ttsq(tmp_path, "init", "azure")
    assert done.returncode == 0 and "set what is yours" not in done.stdout, done
    assert ";base_url = https://northeurope.tts.speech.microsoft.com\n" in (tmp_path / "ttsq.ini").read_text()


def test_a_text_is_spoken_with_it(tmp_path):
    with Fleet(tmp_path) as fleet:
        folder = tmp_path / "work"
        folder.mkdir()
        assert ttsq(folder, "init").returncode == 0
        ini = folder / "ttsq.ini"
        ini.write_text(re.sub(r"^;base_url = .*", f"base_url = {fleet.witness.url}",
                              ini.read_text(), flags=re.M))
        (folder / "hello.txt").write_text("Hello, world.\n")
        done = ttsq(folder, "run", "hello.txt")
        assert done.returncode == 0, done
        assert list((folder / "hello.audio").glob("*.wav"))
