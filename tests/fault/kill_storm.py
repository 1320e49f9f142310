#!/usr/bin/python3
"""Kill storms (fault matrix 2, 4, 5): a fleet under load, and something of it killed again and again.

    TTSQ_BIN=build tests/fault/kill_storm.py --kills 10000                     # call workers and keepers
    TTSQ_BIN=build tests/fault/kill_storm.py --kills 1000 --victim supervisor  # and another started at once
    TTSQ_BIN=build tests/fault/kill_storm.py --kills 1000 --victim all         # everything but the provider

Each round is a fleet of its own with a seed of its own: a hundred kills, then its batches are waited for,
delivered, and the witness's ledger is compared with the database and the files (Fleet.finish). A line a
round and the sums so far; a round that fails keeps its folder and is counted, with the command that
repeats its choices.
"""
import argparse
import os
import pathlib
import random
import re
import shutil
import signal
import sys
import tempfile
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from fleet import Fleet, until  # noqa: E402

CAP, WORKERS, LATENCY_MS = 8, 4, 40
ROUND_KILLS = 100
BATCH_JOBS = 120
KILLS_A_BATCH = 10
CALLS_BETWEEN_MAX = 12
KEEPERS = 0.1  # of the kills hit the keeper
VICTIMS = ("worker", "supervisor", "all")
RESTART_SPACING_MS = 500  # as in src/fleet/restart.h
WAIT_S = 300  # for a batch, at the lowest priority of a busy machine


def is_done(fleet):
    return not set(fleet.states()) - {"done"}


def kill_worker(fleet, rng, struck):
    """One that has not been struck: on a busy machine a killed process is seen for a while."""
    kind = "keeper" if rng.random() < KEEPERS else "call"
    victim = rng.choice(until(f"a {kind} to kill", lambda: [p for p in fleet.pids(kind) if p not in struck]))
    struck.add(victim)
    os.kill(victim, signal.SIGKILL)  # our descendant and not struck before: alive, or not yet waited for


def kill_supervisor(fleet, _rng, _struck):
    """The workers of the dead one finish their calls while those of the next begin."""
    fleet.kill_supervisor()
    fleet.start()


def kill_all(fleet, _rng, _struck):
    fleet.kill_all()
    fleet.start()


STRIKE = {"worker": kill_worker, "supervisor": kill_supervisor, "all": kill_all}


def again_ms(books):
    """By the witness alone: from the end of each cut off call to the next call of its text."""
    cut, waited = {}, []
    for event in books.events:
        key = event.get("text_hash")
        if event["ev"] == "gone":
            cut[key] = event["t_us"]
        elif event["ev"] == "accepted" and key in cut:
            waited.append((event["t_us"] - cut.pop(key)) / 1000)
    return waited


def check_restarts(fleet):
    """Who was killed from outside is back soon, however often, also when it was killed amid its start."""
    waits = [int(ms) for ms in re.findall(r"child_died .* signal=9 .* restart_in_ms=(\d+)", fleet.log())]
    assert "child_hung" in fleet.log() or max(waits, default=0) <= RESTART_SPACING_MS, waits


def storm(home, seed, kills, victim="worker"):
    """One round; raises AssertionError when a promise is broken. Returns its figures."""
    rng = random.Random(seed)
    kept = rng.choice(["1G", "0"])  # small answers as rows, or in segment files
    with Fleet(home, cap=CAP, workers=WORKERS, latency_ms=LATENCY_MS, account={"linger_ms": 200},
               profile={"retry.max": 100, "retry.uncertain_max": 100},
               settings={"segment_bytes_min": kept}) as fleet:
        fleet.start()
        batches, struck = [], set()
        for number in range(kills):
            if number % KILLS_A_BATCH == 0:
                batches.append(f"b{len(batches) + 1}")
                fleet.enqueue(batches[-1], fleet.texts(BATCH_JOBS, tag=batches[-1]))
            goal = fleet.witness.stats()["accepted"] + rng.randrange(1, CALLS_BETWEEN_MAX)
            until("calls between two kills",
                  lambda: fleet.witness.stats()["accepted"] >= goal or is_done(fleet))
            STRIKE[victim](fleet, rng, struck)
        for batch in batches:
            fleet.wait(batch, seconds=WAIT_S)
        books = fleet.finish()
        check_restarts(fleet)
        outcomes = fleet.outcomes()
        return {"kills": kills, "jobs": BATCH_JOBS * len(batches), "requests": sum(books.asked.values()),
                "uncertain": outcomes["uncertain"], "cut": books.count("gone"),
                "max_in_flight": books.max_in_flight, "again_ms": again_ms(books)}


def say_sums(sums, rounds, failed):
    waits = sorted(sums["again_ms"])
    bound = f"{300 / sums['kills']:.3f} %" if not failed and sums["kills"] else "-"
    again = f"{waits[len(waits) // 2]:.0f} ms, at most {waits[-1]:.0f} ms" if waits else "-"
    print(f"{sums['kills']} kills in {rounds} rounds: {failed} rounds failed (bound {bound}), {sums['jobs']} jobs,"
          f" {sums['requests']} requests, {sums['cut']} calls cut off, {sums['uncertain']} recorded as uncertain,"
          f" at most {sums['max_in_flight']} in flight of {CAP}, called again after {again}", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kills", type=int, default=300)
    options.add_argument("--victim", choices=VICTIMS, default="worker")
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 1 << 32))
    o = options.parse_args()
    sums = {"kills": 0, "jobs": 0, "requests": 0, "uncertain": 0, "cut": 0, "max_in_flight": 0, "again_ms": []}
    rounds = failed = 0
    while sums["kills"] < o.kills:
        seed = o.seed + rounds
        kills = min(ROUND_KILLS, o.kills - sums["kills"])
        rounds += 1
        home = pathlib.Path(tempfile.mkdtemp(prefix="storm-"))
        try:
            figures = storm(home, seed, kills, o.victim)
        except Exception:  # whatever it was, it is this round's result
            traceback.print_exc(file=sys.stdout)
            failed += 1
            sums["kills"] += kills
            print(f"FAILED, kept in {home}: --victim {o.victim} --kills {kills} --seed {seed}", flush=True)
        else:
            shutil.rmtree(home)
            for name, value in figures.items():
                sums[name] = max(sums[name], value) if name == "max_in_flight" else sums[name] + value
        say_sums(sums, rounds, failed)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
