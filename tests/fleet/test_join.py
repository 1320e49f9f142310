"""P3, P7: a joined file of several rooms (base/bulk) has its name only when all of it is on the disk."""

import os
import shutil
import subprocess

import pytest

from fleet import Fleet, program, traced
from mounts import mount, own_mounts  # noqa: F401

FAILED = 1
KILLED = (-9, 137)  # as strace passes it on
ROOM_BYTES = 4 << 20  # BULK_ROOM_BYTES
TEXT_CHARS, TEXTS = 1300, 13
WAV_HEADER_BYTES = 44
OLD = b"what was there before"
needs_ffmpeg = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed: m4b is untested")


@pytest.fixture(scope="module")
def book(own_mounts, tmp_path_factory):  # noqa: F811
    """A batch whose answers fill three rooms and a part of another one, and a short one; nobody is at work."""
    with Fleet(tmp_path_factory.mktemp("book"), cap=4, workers=2, latency_ms=5) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(TEXTS, TEXT_CHARS))
        fleet.enqueue("short", fleet.texts(2, TEXT_CHARS, tag="short"))
        fleet.wait("b")
        fleet.wait("short")
        fleet.stop()
        rows = fleet.query("SELECT r.path FROM job j JOIN result r ON r.id = j.result_id"
                           " WHERE batch_id = 1 ORDER BY seq")
        fleet.parts = [fleet.settings["results"] / path for path, in rows]
        fleet.sound = b"".join(part.read_bytes()[WAV_HEADER_BYTES:] for part in fleet.parts)
        assert 3 * ROOM_BYTES < len(fleet.sound) < 16 * ROOM_BYTES
        yield fleet


def join(book, out):
    """Who encodes takes the short one."""
    return book.command("get", "b" if out.suffix == ".wav" else "short", "--join", out)


def join_traced(book, out, path, what, trace="/dev/null"):
    """A join over a file of that name, traced or disturbed at its calls that concern `path`."""
    words = ["strace", "-qq", "-f", "-o", trace, "-P", path, "-e", what,
             program(), "get", "b", "--join", out, "--force"]
    return subprocess.run(words, cwd=book.home, env=traced(book.environment), capture_output=True, text=True,
                          check=False)


def join_disturbed(book, out, call):
    return join_traced(book, out, f"{out}.ttsq-part", f"inject={call}")


def is_whole(book, out):
    return out.read_bytes()[WAV_HEADER_BYTES:] == book.sound


def test_folders_that_are_missing_are_made(book, tmp_path):
    """As with -o; where one cannot be made it is said, and nothing is left."""
    out = tmp_path / "new" / "deep" / "b.wav"
    done = book.command("get", "b", "--join", out, "--srt", tmp_path / "beside" / "b.srt")
    assert done.returncode == 0 and is_whole(book, out) and (tmp_path / "beside" / "b.srt").exists(), done
    assert book.command("archive", "b", tmp_path / "kept" / "b.tar").returncode == 0
    (tmp_path / "file").touch()
    refused = join(book, tmp_path / "file" / "b.wav")
    assert refused.returncode == FAILED and "cannot make directory" in refused.stderr
    assert "Not a directory" in refused.stderr


def test_what_was_replaced_is_not_written_to(book, tmp_path):
    """Killed when the names are swapped, it leaves what had the name before as its part, and that may have other names."""
    out, other = tmp_path / "out.wav", tmp_path / "other.wav"
    other.write_bytes(OLD)
    other.chmod(0o440)
    os.link(other, out)
    assert join_disturbed(book, out, "unlink:signal=SIGKILL").returncode in KILLED
    assert is_whole(book, out) and os.stat(f"{out}.ttsq-part").st_ino == other.stat().st_ino
    book.run("get", "b", "--join", out, "--force")
    assert is_whole(book, out) and other.read_bytes() == OLD
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.wav", "out.wav"]


# The first room is written by a thread, the last by the program itself, and then the header again.
@pytest.mark.parametrize("call", ["pwrite64:when=1", "pwrite64:when=2", "fsync:when=1", "renameat2:when=1"])
def test_killed(book, tmp_path, call):
    out = tmp_path / "out.wav"
    out.write_bytes(OLD)
    done = join_disturbed(book, out, call.replace(":", ":signal=SIGKILL:"))
    assert done.returncode in KILLED, done
    assert out.read_bytes() == OLD
    out.unlink()
    book.run("get", "b", "--join", out)
    assert is_whole(book, out)
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


@pytest.mark.parametrize("call", ["pwrite64:when=1", "pwrite64:when=2", "fsync:when=1"])
def test_an_error_of_the_disk(book, tmp_path, call):
    out = tmp_path / "out.wav"
    out.write_bytes(OLD)
    done = join_disturbed(book, out, call.replace(":", ":error=EIO:"))
    assert done.returncode == FAILED, done
    assert "cannot write" in done.stderr and "Input/output error" in done.stderr
    assert out.read_bytes() == OLD
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


@pytest.mark.parametrize("ending", ["wav", "flac"])
def test_a_part_that_cannot_be_read(book, tmp_path, ending):
    """It is read for its hash, to be checked, and to be joined: at the end of none it is merely shorter."""
    out, trace = tmp_path / f"out.{ending}", tmp_path / "trace"
    assert join_traced(book, out, book.parts[1], "trace=pread64", trace).returncode == 0
    reads = trace.read_text().count("pread64(")
    out.unlink()
    for n in (1, reads // 2, reads):
        done = join_traced(book, out, book.parts[1], f"inject=pread64:error=EIO:when={n}")
        assert done.returncode == FAILED and "Input/output error" in done.stderr, (n, reads, done)
        assert not out.exists()


# Each is written by another hand: by base/bulk, by libsndfile in four ways, by ffmpeg.
@pytest.mark.parametrize(("ending", "share"), [("wav", 0.1), ("wav", 0.6), ("wav", 0.99), ("flac", 0.6), ("ogg", 0.6),
                                               ("opus", 0.6), ("mp3", 0.6), ("mp3", 0.99),
                                               pytest.param("m4b", 0.6, marks=needs_ffmpeg)])
def test_a_full_disk(book, tmp_path, ending, share):
    """It is told, and what is half does not take the room that is left."""
    there, small = tmp_path / f"there.{ending}", tmp_path / "small"
    assert join(book, there).returncode == 0
    small.mkdir()
    mount("-t", "tmpfs", "-o", f"size={int(there.stat().st_size * share)}", "small", str(small))
    try:
        done = join(book, small / there.name)
        assert done.returncode == FAILED, done
        assert f"{there.name}: " in done.stderr and "number" not in done.stderr, done
        assert "nothing was written: make room there, or name a file elsewhere" in done.stderr
        assert list(small.iterdir()) == []
        mount("-o", "remount,size=128m", str(small))
        assert join(book, small / there.name).returncode == 0
        assert ending != "wav" or (is_whole(book, there) and is_whole(book, small / there.name))
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


@pytest.mark.parametrize("beside", ["--srt there.srt", "--vtt there.vtt", "--chapters there.cue"])
def test_no_room_for_what_goes_beside(book, tmp_path, beside):
    """The sound gets its name only when all that was asked for is written."""
    (option, name), small = beside.split(), tmp_path / "small"
    small.mkdir()
    mount("-t", "tmpfs", "-o", "size=4k", "small", str(small))
    try:
        (small / "fill").write_bytes(bytes(4096))
        done = book.command("get", "short", "--join", tmp_path / "out.wav", option, small / name)
        assert done.returncode == FAILED and "make room there" in done.stderr, done
        assert f"{name}: No space left on device" in done.stderr
        assert [path.name for path in tmp_path.iterdir()] == ["small"]
        assert [path.name for path in small.iterdir()] == ["fill"]
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


def test_what_cannot_be_taken_back_is_not_lost(book, tmp_path):
    sound, beside = tmp_path / "out.wav", tmp_path / "out.srt"
    sound.write_bytes(OLD)
    done = subprocess.run(["strace", "-qq", "-f", "-o", "/dev/null", "-e", "inject=renameat2:error=EACCES:when=2+",
                           program(), "get", "short", "--join", sound, "--srt", beside, "--force"], cwd=book.home,
                          env=traced(book.environment), capture_output=True, text=True, check=False)
    assert done.returncode == FAILED and "Permission denied" in done.stderr, done
    assert (tmp_path / "out.wav.ttsq-part").read_bytes() == OLD
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.wav", "out.wav.ttsq-part"]


@pytest.mark.parametrize("old", [None, OLD])
def test_a_file_beside_that_cannot_be_named(book, tmp_path, old):
    """All or none: where one name cannot be had, none is changed."""
    sound, beside = tmp_path / "out.wav", [tmp_path / "out.cue", tmp_path / "out.srt", tmp_path / "out.vtt"]
    for path in (sound, *beside) if old else ():
        path.write_bytes(old)
    words = ["--join", sound, "--chapters", beside[0], "--srt", beside[1], "--vtt", beside[2], "--force"]
    for n in range(1, 5):
        done = subprocess.run(["strace", "-qq", "-f", "-o", "/dev/null", "-e", f"inject=renameat2:error=EACCES:when={n}",
                               program(), "get", "short", *words], cwd=book.home, env=traced(book.environment),
                              capture_output=True, text=True, check=False)
        assert done.returncode == FAILED and "Permission denied" in done.stderr, (n, done)
        assert {path.read_bytes() for path in tmp_path.iterdir()} == ({old} if old else set()), n
    book.run("get", "short", *words)
    assert sorted(tmp_path.iterdir()) == sorted([sound, *beside]) and OLD not in map(type(sound).read_bytes, beside)
