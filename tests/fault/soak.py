#!/usr/bin/python3
"""A soak under faults: one fleet, one database, and trouble for as long as it is told.

    TTSQ_BIN=build tests/fault/soak.py --minutes 120

Batch follows batch; meanwhile, drawn by --seed, one of the call workers is killed, another is frozen for a
moment, the provider cuts, refuses, stalls or is down, the supervisor is told to reload. One call worker
is spared, with the supervisor and the keeper: memory, open descriptors and the size of the write-ahead log of these
are sampled, a line each ten seconds; who is replaced has a successor that is spared from then on. At the end the promises are checked as after every test (Fleet.finish), and
the last quarter of the samples is compared with the second: what grows by more than a tenth, and by more than
a page of noise, is drift.
"""
import argparse
import os
import pathlib
import random
import signal
import statistics
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from fleet import Fleet, until  # noqa: E402

CAP, WORKERS, LATENCY_MS = 8, 4, 50
BATCH_JOBS = 200
AHEAD_JOBS = 400       # so many wait, at least
SAMPLE_S = 10
STRIKE_S = (0.5, 4.0)  # between two of them
FAULTS = ({}, {}, {"cut": 10}, {"reset": 10}, {"refuse": 20}, {"silent-close": 10}, {"error": 5})
DRIFT_SHARE = 0.10
# less than this is noise: KiB of memory (an arena of the allocator), descriptors (connections), KiB of log
NOISE = {"rss_kib": 1024, "fds": 12, "wal_kib": 4096}


def rss_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def sample(fleet, spared):
    found = {}
    for name, pid in spared.items():
        found[f"{name}.rss_kib"] = rss_kib(pid)
        found[f"{name}.fds"] = len(os.listdir(f"/proc/{pid}/fd"))
    found["wal_kib"] = os.stat(f"{fleet.settings['database']}-wal").st_size // 1024
    return found


class Spared(dict):
    """The processes that trouble passes over, by name. One that the supervisor replaces all the same (an enqueue
    beside a frozen worker may take longer than a sign of life may) has a successor, which is counted and spared."""

    KINDS = {"keeper": "keeper", "worker": "call"}

    def __init__(self, fleet):
        super().__init__(supervisor=fleet.supervisor.pid)
        self.fleet, self.replaced = fleet, 0
        for name in self.KINDS:
            self[name] = self.successor(name)

    def successor(self, name):
        def find():
            return [pid for pid in self.fleet.pids(self.KINDS[name]) if pid not in self.values()]
        return until(f"another {name}", find)[0]

    def look(self):
        for name in self.KINDS:
            if not self.fleet.is_alive(self[name]):
                self.replaced += 1
                self[name] = self.successor(name)


class Trouble:
    """What strikes next, from a seed; all but the spared processes."""

    def __init__(self, fleet, spared, rng):
        self.fleet, self.spared, self.rng = fleet, spared, rng
        self.frozen = None
        self.counted = {}

    def strike(self):
        self.thaw()
        name = self.rng.choice(["kill", "kill", "freeze", "provider", "provider", "down", "reload"])
        getattr(self, name)()
        self.counted[name] = self.counted.get(name, 0) + 1

    def others(self):
        return [pid for pid in self.fleet.pids("call") if pid not in self.spared.values()]

    def kill(self):
        if self.others():
            self.fleet.kill(self.rng.choice(self.others()))

    def freeze(self):
        if self.others():
            self.frozen = self.rng.choice(self.others())
            self.fleet.kill(self.frozen, signal.SIGSTOP)

    def thaw(self):
        if self.frozen and self.fleet.is_alive(self.frozen):
            self.fleet.kill(self.frozen, signal.SIGCONT)
        self.frozen = None
        self.fleet.witness.control(down=False)

    def provider(self):
        self.fleet.witness.control(fault=self.rng.choice(FAULTS))

    def down(self):
        self.fleet.witness.control(down=True)

    def reload(self):
        self.fleet.reload()


def feed(fleet, batches):
    states = fleet.status()["batches"]
    open_jobs = sum(row["total"] - row["done"] - row["failed"] - row["held"] - row["cancelled"] for row in states)
    if open_jobs < AHEAD_JOBS:
        batches.append(f"b{len(batches) + 1}")
        fleet.enqueue(batches[-1], fleet.texts(BATCH_JOBS, tag=batches[-1]))


def drift(samples):
    """What has grown from the second quarter to the last, in words."""
    quarter = len(samples) // 4
    if quarter < 3:
        return ["too short to tell: give it more minutes"]
    grown = []
    for name in samples[0]:
        before = statistics.median(s[name] for s in samples[quarter:2 * quarter])
        after = statistics.median(s[name] for s in samples[-quarter:])
        print(f"{name}: median of the second quarter {before:.0f}, of the last {after:.0f},"
              f" most {max(s[name] for s in samples)}")
        if after - before > max(NOISE[name.rpartition(".")[2]], DRIFT_SHARE * before):
            grown.append(f"{name} grew from {before:.0f} to {after:.0f}")
    return grown


def soak(home, minutes, seed):
    rng = random.Random(seed)
    with Fleet(home, cap=CAP, workers=WORKERS, latency_ms=LATENCY_MS, account={"linger_ms": 300},
               profile={"retry.max": 100, "retry.uncertain_max": 100, "timeout.stall_ms": 500}) as fleet:
        fleet.start()
        spared = Spared(fleet)
        trouble, samples, batches = Trouble(fleet, spared, rng), [], []
        begun = time.monotonic()
        next_sample = begun + SAMPLE_S
        while time.monotonic() < begun + 60 * minutes:
            feed(fleet, batches)
            spared.look()
            trouble.strike()
            time.sleep(rng.uniform(*STRIKE_S))
            if time.monotonic() >= next_sample:
                next_sample += SAMPLE_S
                spared.look()
                samples.append(sample(fleet, spared))
                print(f"{time.monotonic() - begun:.0f} s, {len(batches)} batches, {trouble.counted}: "
                      + " ".join(f"{k}={v}" for k, v in samples[-1].items()), flush=True)
        trouble.thaw()
        fleet.witness.control(fault={})
        for batch in batches:
            fleet.wait(batch, seconds=300)
        assert fleet.is_alive(spared["supervisor"]), "the supervisor ended by itself"
        until("an empty provider", lambda: fleet.in_flight() == 0)
        books = fleet.finish()
        grown = drift(samples)
        print(f"{minutes} min, {sum(trouble.counted.values())} faults {trouble.counted}, {len(batches) * BATCH_JOBS} jobs done,"
              f" {sum(books.asked.values())} requests, {fleet.outcomes()['uncertain']} recorded as uncertain,"
              f" at most {books.max_in_flight} in flight of {CAP}, {spared.replaced} spared processes replaced;"
              f" {'; '.join(grown) or 'no drift'}", flush=True)
        return grown


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=120)
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 1 << 32))
    o = options.parse_args()
    print(f"seed {o.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="soak-") as home:
        return 1 if soak(home, o.minutes, o.seed) else 0


if __name__ == "__main__":
    sys.exit(main())
