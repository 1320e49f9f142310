"""Power cuts at which a disk's cache loses, tears and reorders what was not flushed (fault matrix 7).

A fleet works on a file system whose disk logs each write and flush (QEMU's blklogwrites behind a FUSE export, in the
format of dm-log-writes). From one run come many cuts: before a flush the disk is made anew with all that had been
flushed, and of each write since then nothing, all, or some sectors. What had been told by then must
be there in another boot, and nothing of it is asked for again. TTSQ_POINTS is how many cuts.
"""

import collections
import contextlib
import os
import random
import shutil
import struct
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from fleet import LONG_TEXT_CHARS, Fleet, until  # noqa: E402
from mounts import mount, own_mounts  # noqa: E402, F401
from say import text_hash  # noqa: E402

POINTS = int(os.environ.get("TTSQ_POINTS", "6"))
SEED = int(os.environ.get("TTSQ_SEED", random.SystemRandom().randrange(1 << 32)))
DAEMON = shutil.which("qemu-storage-daemon")
DISK_BYTES, LOG_BYTES = 96 << 20, 8 << 30  # most of the log is a hole
BATCHES, BATCH_JOBS = 12, 8
SECTOR = 512
SUPER, ENTRY = struct.Struct("<QQQI"), struct.Struct("<QQQQ")  # magic, version, entries, …; sector, sectors, flags, …
FLUSH, DISCARD = 1, 4
TORN = 0.3  # of the writes that were not flushed, those of which each sector has a fate of its own

Entry = collections.namedtuple("Entry", "sector sectors flags data")  # data: where it begins in the log


class LoggedDisk:
    """A file system at `point`, on a disk that logs; `before` is the disk as it was when the log began."""

    def __init__(self, folder, point):
        self.before, self.point = folder / "before.img", point
        self.disk, self.log_path, self.export = folder / "disk.img", folder / "log", folder / "export"

    def __enter__(self):
        for path, size in ((self.before, DISK_BYTES), (self.log_path, LOG_BYTES), (self.export, 0)):
            path.touch()
            os.truncate(path, size)
        subprocess.run(["mkfs.ext4", "-q", "-F", self.before], check=True)
        shutil.copy(self.before, self.disk)
        self.log = os.open(self.log_path, os.O_RDONLY)
        self.daemon = subprocess.Popen([
            DAEMON, "--blockdev", f"driver=file,filename={self.disk},node-name=disk",
            "--blockdev", f"driver=file,filename={self.log_path},node-name=log",
            "--blockdev", f"driver=blklogwrites,node-name=logged,file=disk,log=log,log-sector-size={SECTOR}",
            "--export", f"type=fuse,id=export,node-name=logged,mountpoint={self.export},writable=on"])
        until("the disk", lambda: self.export.stat().st_size == DISK_BYTES)
        mount("-o", "loop", str(self.export), str(self.point))
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", self.point], check=True)
        self.daemon.terminate()
        self.daemon.wait()

    def count(self):
        """Entries of the log up to the newest flush."""
        return SUPER.unpack(os.pread(self.log, SUPER.size, 0))[2]

    def entries(self):
        found, at = [], SECTOR
        for _ in range(self.count()):
            sector, sectors, flags, _ = ENTRY.unpack(os.pread(self.log, ENTRY.size, at))
            found.append(Entry(sector, sectors, flags, at + SECTOR))
            at += SECTOR + (0 if flags & DISCARD else sectors * SECTOR)
        return found

    def apply(self, image, entry, keeps=lambda: True):
        """Does to the image what the entry did to the disk, for those of its sectors that the dice keep."""
        if entry.flags & DISCARD:
            return
        for i in range(entry.sectors):
            if keeps():
                os.pwrite(image, os.pread(self.log, SECTOR, entry.data + i * SECTOR), (entry.sector + i) * SECTOR)

    def cut(self, image_path, entries, point, dice):
        """The disk after a cut before entry `point`; how many writes were left to chance."""
        flushed = max((i for i in range(point) if entries[i].flags & FLUSH), default=0)
        shutil.copy(self.before, image_path)
        image = os.open(image_path, os.O_WRONLY)
        for entry in entries[:flushed]:
            self.apply(image, entry)
        likely = dice.choice([0.1, 0.5, 0.9])
        for entry in entries[flushed:point]:
            if dice.random() < TORN:
                self.apply(image, entry, lambda: dice.random() < likely)
            elif dice.random() < likely:
                self.apply(image, entry)
        os.close(image)
        return sum(1 for entry in entries[flushed:point] if entry.sectors)


def worst_points(entries, first):
    """Where the cache has most to lose: before a flush, with something written since the one before it."""
    return [i for i in range(max(first, 1), len(entries)) if entries[i].flags & FLUSH and entries[i - 1].sectors]


# ---- what was told, and when ----------------------------------------------------------------------

Told = collections.namedtuple("Told", "entries batches done")  # so many entries were in the log by then


def done_texts(fleet):
    return {text for text, in fleet.query("SELECT t.text FROM job j JOIN job_text t ON t.job_id = j.id"
                                          " WHERE j.state = 'done'")}


def work(fleet, disk):
    """Small and large answers; what was acknowledged and seen done, each with the log's length after it."""
    told = []
    for i in range(BATCHES):
        fleet.enqueue(f"b{i}", fleet.texts(BATCH_JOBS, LONG_TEXT_CHARS if i % 3 == 2 else 20, tag=f"t{i}"))
        seen = done_texts(fleet)
        told.append(Told(disk.count(), i + 1, seen))
    while len(told[-1].done) < BATCHES * BATCH_JOBS:
        seen = done_texts(fleet)
        told.append(Told(disk.count(), BATCHES, seen))
    return told


def lost(fleet, told):
    """What a cut has lost of it, in words."""
    there = {row["name"]: row["total"] for row in fleet.status()["batches"]}
    found = [f"batch b{i}" for i in range(told.batches) if there.get(f"b{i}") != BATCH_JOBS]
    return found + [f"answer to {text}" for text in told.done - done_texts(fleet)]


@contextlib.contextmanager
def another_boot(fleet, image, number):
    """The fleet, at work on that disk."""
    mount("-o", "loop", str(image), str(fleet.data))
    fleet.environment["TTSQ_BOOT_ID"] = f"{number:08x}-0000-4000-8000-000000000000"
    try:
        fleet.start()
        yield
        fleet.kill_all()
    finally:
        subprocess.run(["umount", "-l", fleet.data], check=True)


def asked_since(fleet, before):
    return {event["text_hash"] for event in fleet.witness.ledger()[before:] if event["ev"] == "accepted"}


@pytest.mark.skipif(not DAEMON, reason="needs qemu-storage-daemon")
def test_what_was_told_survives_what_the_cache_lost(own_mounts, tmp_path):  # noqa: F811
    dice = random.Random(SEED)
    print(f"seed {SEED}")
    point_of_mount = tmp_path / "data"
    point_of_mount.mkdir()
    disk = LoggedDisk(tmp_path, point_of_mount)
    with Fleet(tmp_path, cap=6, workers=2, latency_ms=5, data=point_of_mount, account={"linger_ms": 10}) as fleet:
        with disk:
            fleet.start()
            first = disk.count()
            told = work(fleet, disk)
            fleet.kill_all()
        entries = disk.entries()[:told[-1].entries]
        image = tmp_path / "cut.img"
        for point in dice.choices(worst_points(entries, first), k=POINTS):
            then = [t for t in told if t.entries <= point][-1:] or [Told(0, 0, set())]
            chance = disk.cut(image, entries, point, dice)
            before = len(fleet.witness.ledger())
            with another_boot(fleet, image, point):
                assert not lost(fleet, then[0]), f"cut before entry {point}"
                for i in range(then[0].batches):
                    fleet.wait(f"b{i}")
                    fleet.get(f"b{i}")
                    shutil.rmtree(fleet.home / f"out-b{i}")
                fleet.run("check", "--deep")
            again = asked_since(fleet, before) & {text_hash(text) for text in then[0].done}
            assert not again, f"cut before entry {point}: paid for twice"
            print(f"cut before entry {point} of {len(entries)}: {chance} writes left to chance, {then[0].batches} batches "
                  f"and {len(then[0].done)} answers told")
        early = next(t.entries for t in told if t.done)
        disk.cut(image, entries, early, dice)
        with another_boot(fleet, image, 0):
            assert lost(fleet, told[-1]), "a disk that forgets what it has flushed went unnoticed"
