#!/usr/bin/python3
"""Power cuts (fault matrix 6): a virtual machine runs a whole fleet on its own disk and is killed.

    tests/fault/power_cut.py --build build/check --cuts 20

A Debian kernel boots under QEMU (software emulation) with an initramfs of busybox and this build, starts
ttsq-say and `ttsq supervise`, enqueues batch after batch of small and large answers, and says on its
console what was acknowledged: each `enqueue` that returned 0, and each `done` that `status` showed. At a
random moment QEMU is killed, so everything that the guest's disk driver has not written is gone. Then
the disk is looked at here: every acknowledged batch is there with all of its jobs, what was done is done, every
done job's answer has the bytes of its SHA-256, the database is whole.

--control runs the same with fsync and fdatasync turned off in the guest: then losses must be found,
or the test proves nothing. Needs: qemu-system-x86 busybox-static cpio gcc, and a kernel (--kernel FILE
--modules FOLDER; by default Debian's linux-image-cloud-amd64 is downloaded with apt). Root, for mounting.
"""
import argparse
import gzip
import hashlib
import json
import pathlib
import random
import re
import selectors
import shutil
import subprocess
import sys
import tempfile
import time

MODULES = ["virtio_ring", "virtio", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci", "virtio_blk"]
DISK = "256M"
BOOT_S = 300  # software emulation on a busy machine
IDLE_GUESTS_MAX = 5  # in a row: the guest itself is broken
EARLIEST_CUT_S, LATEST_CUT_S = 0.1, 12.0  # after the first acknowledgement
BATCH_JOBS = 12
CONSOLE_MARK = "@@"

INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev; mkdir -p /dev/shm; mount -t tmpfs t /dev/shm
for m in %(modules)s; do insmod /lib/modules/$m.ko 2>/dev/null; done
ip link set lo up
mount -t ext4 /dev/vda /mnt || { echo "%(mark)s trouble no disk"; poweroff -f; }
export TTSQ_CONFIG=/mnt/ttsq.ini PATH=/bin HOME=/mnt %(preload)s
ttsq-say --engine=tone --listen=127.0.0.1:8001 --latency-ms=20 --answer-bytes=6000 2>/dev/null &
ttsq-say --engine=tone --listen=127.0.0.1:8002 --latency-ms=20 --answer-bytes=90000 2>/dev/null &
ttsq supervise 2>/mnt/supervise.log &
( while :; do s=$(ttsq status --json 2>/dev/null | tr -d '\\n') && echo "%(mark)s status $s"; done ) &
i=0
while [ $i -lt 400 ]; do
  i=$((i+1)); p=small; [ $((i %% 3)) = 0 ] && p=large
  j=0; : >/tmp/texts; while [ $j -lt %(jobs)d ]; do j=$((j+1)); echo "Batch $i, text $j." >>/tmp/texts; done
  ttsq enqueue --profile $p --batch b$i /tmp/texts >/dev/null 2>&1 && echo "%(mark)s enqueued b$i"
done
sleep 1000
"""

INI = """[ttsq]
database = queue.db
results = results
workers = 2
[account:one]
concurrency = 4
[profile:small]
inherit = say
account = one
base_url = http://127.0.0.1:8001/v1
[profile:large]
inherit = say
account = one
base_url = http://127.0.0.1:8002/v1
"""

NOSYNC = "int fsync(int fd){(void)fd;return 0;} int fdatasync(int fd){(void)fd;return 0;}\n"


def libraries(programs):
    found = set()
    for program in programs:
        out = subprocess.run(["ldd", str(program)], check=True, capture_output=True, text=True).stdout
        found.update(re.findall(r"(/\S+) \(0x", out))
    return sorted(found)


def debian_kernel(folder):
    """The newest cloud kernel of this machine's Debian: vmlinuz and the folder of its modules."""
    policy = subprocess.run(["apt-cache", "depends", "linux-image-cloud-amd64"], check=True, capture_output=True,
                            text=True).stdout
    package = re.search(r"Depends: (linux-image-\S+)", policy).group(1)
    subprocess.run(["apt-get", "download", "-qq", package], check=True, cwd=folder)
    subprocess.run(["dpkg-deb", "-x", next(folder.glob("*.deb")), folder / "kernel"], check=True)
    return next((folder / "kernel/boot").glob("vmlinuz-*")), folder / "kernel/lib/modules"


def make_initramfs(folder, build, modules, control):
    root = folder / "root"
    for name in ("bin", "proc", "sys", "dev", "mnt", "tmp", "lib/modules"):
        (root / name).mkdir(parents=True)
    shutil.copy(shutil.which("busybox"), root / "bin/busybox")
    programs = [build / "ttsq", build / "ttsq-say"]
    for program in programs:
        shutil.copy(program, root / "bin")
    for library in libraries(programs):
        (root / library[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, root / library[1:])
    for name in MODULES:
        shutil.copy(next(modules.rglob(name + ".ko")), root / "lib/modules")
    preload = ""
    if control:
        (folder / "nosync.c").write_text(NOSYNC)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", root / "lib/nosync.so", folder / "nosync.c"], check=True)
        preload = "LD_PRELOAD=/lib/nosync.so"
    init = root / "init"
    init.write_text(INIT % {"modules": " ".join(MODULES), "mark": CONSOLE_MARK, "jobs": BATCH_JOBS, "preload": preload})
    init.chmod(0o755)
    names = subprocess.run(["find", "."], cwd=root, check=True, capture_output=True).stdout
    archive = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=root, input=names, check=True,
                             capture_output=True).stdout
    image = folder / "initramfs.gz"
    image.write_bytes(gzip.compress(archive, 1))
    return image


class Mounted:
    """The guest's disk, looked at here; ext4 replays its journal."""

    def __init__(self, image, point):
        self.image, self.point = image, point

    def __enter__(self):
        self.point.mkdir(exist_ok=True)
        subprocess.run(["mount", "-o", "loop", self.image, self.point], check=True)
        return self.point

    def __exit__(self, *_):
        subprocess.run(["umount", self.point], check=True)


class Acknowledged:
    """What the console said."""

    def __init__(self):
        self.batches, self.done, self.trouble = set(), {}, None

    def take(self, line):
        at = line.find(CONSOLE_MARK)
        if at < 0:
            return
        what, _, rest = line[at + len(CONSOLE_MARK) + 1:].partition(" ")
        if what == "enqueued":
            self.batches.add(rest.strip())
        elif what == "trouble":
            self.trouble = rest
        elif what == "status":
            try:
                batches = json.loads(rest)["batches"]
            except ValueError:
                return  # the console was cut or mixed
            for batch in batches:
                self.done[batch["name"]] = max(batch["done"], self.done.get(batch["name"], 0))


def run_and_cut(kernel, initramfs, disk, cut_s):
    """Boots, lets it work for cut_s seconds after its first acknowledgement, and pulls the plug."""
    guest = subprocess.Popen(
        ["qemu-system-x86_64", "-accel", "tcg", "-m", "384", "-nographic", "-no-reboot", "-net", "none",
         "-kernel", str(kernel), "-initrd", str(initramfs), "-append", "console=ttyS0 panic=-1 quiet",
         "-drive", "file=%s,if=virtio,format=raw,cache=writeback" % disk],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    told, pending, end = Acknowledged(), b"", time.monotonic() + BOOT_S
    begun = False
    waiting = selectors.DefaultSelector()
    waiting.register(guest.stdout, selectors.EVENT_READ)
    try:
        while time.monotonic() < end and told.trouble is None:
            if not waiting.select(timeout=0.02):
                continue
            data = guest.stdout.read1(65536)
            if not data:
                break
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                told.take(line.decode(errors="replace"))
            if told.batches and not begun:
                begun, end = True, time.monotonic() + cut_s
    finally:
        guest.kill()
        guest.wait()
    return told


def look(folder, build, told):
    """What is lost, in words; the counts of what was looked at."""
    ttsq = str(build / "ttsq")
    env = {"TTSQ_CONFIG": str(folder / "ttsq.ini"), "PATH": "/usr/bin:/bin"}

    def run(*command):
        return subprocess.run([ttsq, *command], env=env, capture_output=True, text=True, check=False)

    lost, answers = [], 0
    status = run("status", "--json")
    if status.returncode != 0:
        return ["status: " + status.stderr], 0
    batches = {batch["name"]: batch for batch in json.loads(status.stdout)["batches"]}
    for name in told.batches:
        if batches.get(name, {}).get("total") != BATCH_JOBS:
            lost.append("batch %s was acknowledged and is %s" % (name, batches.get(name)))
    for name, done in told.done.items():
        if done > 0 and batches.get(name, {"done": 0})["done"] < done:
            lost.append("batch %s had %d jobs done and has %d" % (name, done, batches.get(name, {"done": 0})["done"]))
    for name, batch in batches.items():
        if batch["done"] == 0:
            continue
        out = folder / "out" / name
        got = run("get", name, "--partial", "-o", str(out))
        if got.returncode not in (0, 3):
            lost.append("get %s: %s" % (name, got.stderr))
            continue
        for job in json.loads((out / "manifest.json").read_text())["jobs"]:
            if not job.get("file"):
                continue
            answers += 1
            if hashlib.sha256((out / job["file"]).read_bytes()).hexdigest() != job["sha256"]:
                lost.append("batch %s, job %s: its answer is damaged" % (name, job["seq"]))
    # the service is gone and its tables are as the cut left them; a database that is damaged says so here
    deep = run("check", "--deep")
    if re.search(r"corrupt|damaged|malformed", deep.stdout + deep.stderr):
        lost.append("check --deep: " + deep.stdout + deep.stderr)
    return lost, answers


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/check"))
    options.add_argument("--cuts", type=int, default=20)
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    options.add_argument("--control", action="store_true")
    options.add_argument("--kernel", type=pathlib.Path)
    options.add_argument("--modules", type=pathlib.Path)
    o = options.parse_args()
    rng = random.Random(o.seed)
    print("seed %d" % o.seed, flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        kernel, modules = (o.kernel, o.modules) if o.kernel else debian_kernel(folder)
        initramfs = make_initramfs(folder, o.build.resolve(), modules, o.control)
        losses = batches = answers = cut = idle = 0
        while cut < o.cuts:
            disk, cut_s = folder / "disk.img", rng.uniform(EARLIEST_CUT_S, LATEST_CUT_S)
            subprocess.run(["truncate", "-s", DISK, disk], check=True)
            subprocess.run(["mkfs.ext4", "-q", "-F", disk], check=True)
            with Mounted(disk, folder / "disk") as mounted:
                (mounted / "ttsq.ini").write_text(INI)
            told = run_and_cut(kernel, initramfs, disk, cut_s)
            with Mounted(disk, folder / "disk") as mounted:
                lost, seen = look(mounted, o.build.resolve(), told)
            disk.unlink()
            if not told.batches and not lost:
                idle += 1
                print("a guest acknowledged nothing within %d s and is not counted: %s" % (BOOT_S, told.trouble), flush=True)
                if idle == IDLE_GUESTS_MAX:
                    raise SystemExit("power_cut: no guest gets to work")
                continue
            cut, idle = cut + 1, 0
            batches, answers, losses = batches + len(told.batches), answers + seen, losses + bool(lost)
            print("cut %d after %.2f s: %d batches acknowledged, %d jobs seen done, %d answers whole%s" % (
                cut, cut_s, len(told.batches), sum(told.done.values()), seen, ": " + "; ".join(lost) if lost else ""))
            print("%d cuts, %d acknowledged batches, %d answers looked at, %d cuts with a loss (bound %.2f %%)" % (
                cut, batches, answers, losses, 300 / cut if not losses else 100 * losses / cut), flush=True)
    if o.control:
        print("control: " + ("losses were found" if losses else "nothing was found: this test proves nothing"))
    return (losses == 0) == o.control


if __name__ == "__main__":
    sys.exit(main())
