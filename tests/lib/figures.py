"""Flow control's figures, each measured on a whole fleet with the witness's ledger as the judge. The
tests run them short, tests/bench/flow in full length."""

import time

from fleet import Fleet, boot_us, until


def calls(books, first=None):
    """Moments (µs) at which calls arrived, those that were turned away included; `first`: of these
    events only."""
    names = first or ("accepted", "refused")
    return [e["t_us"] for e in books.events if e["ev"] in names]


def most_in_a_second(moments):
    most = begin = 0
    for end, moment in enumerate(moments):
        while moment - moments[begin] >= 1_000_000:
            begin += 1
        most = max(most, end - begin + 1)
    return most


def smaller_cap(folder, jobs=800, latency_ms=80, cap=10, really=6):
    """The account allows fewer than we are told. Returns refusals per useful call, and the span
    over the ideal one."""
    with Fleet(folder, cap=cap, workers=4, latency_ms=latency_ms, say=["--cap", really]) as fleet:
        fleet.enqueue("b", fleet.texts(jobs))
        fleet.start()
        fleet.wait("b", seconds=300)
        status = fleet.status()["accounts"]
        books = fleet.finish(cap=really)
    accepted = calls(books, ["accepted"])
    last = max(e["t_us"] for e in books.events if e["ev"] == "answered")
    ideal_us = jobs * latency_ms * 1000 / really
    main = next(row for row in status if row["name"] == "main")
    assert main["cap"] == cap
    return {"refusals": books.count("refused") / jobs,
            "span": (last - accepted[0]) / ideal_us, "effective_cap": main["effective_cap"]}


def rate(folder, seconds=60, per_second=50, burst=5, workers=4):
    """Most calls in a second, and the share of those allowed that were made."""
    jobs = per_second * (seconds + 5)
    with Fleet(folder, cap=20, workers=workers, latency_ms=20,
               account={"rate": f"{per_second}/s", "rate_burst": burst}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(jobs))
        fleet.witness.wait_ledger(lambda events: events)
        begun = boot_us()
        until("the end of the measurement", lambda: boot_us() - begun > seconds * 1_000_000,
              seconds + 10)
        fleet.run("cancel", "b")
        books = fleet.finish(states=("done", "cancelled"))
    moments = calls(books)
    within = [m for m in moments if m - moments[0] <= seconds * 1_000_000]
    return {"most_in_a_second": most_in_a_second(moments),
            "share": len(within) / (per_second * seconds + burst)}


def outage(folder, seconds=30, kind="down", cap=10, jobs=3000):
    """The provider is away for a while in the middle. Most calls at a time that arrived then (after
    the breaker had opened), the time until all slots were in use again, and what became of jobs."""
    with Fleet(folder, cap=cap, workers=4, latency_ms=50,
               profile={"retry.max": 3, "retry.base_ms": 500, "retry.cap_ms": 60000}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(jobs))
        fleet.wait_in_flight(cap)
        fleet.witness.control(**({"down": True} if kind == "down" else {"fault": {kind: 100}}))
        until("an open breaker", lambda: account(fleet)["breaker"] != "closed")
        opened = boot_us()
        time.sleep(seconds)  # the outage itself
        ended = boot_us()
        fleet.witness.control(down=False, fault={})
        fleet.wait_in_flight(cap)
        back = boot_us()
        states = fleet.states()
        fleet.run("cancel", "b")
        books = fleet.finish(states=("done", "cancelled"))
        attempts = fleet.value("SELECT max(attempts) FROM job WHERE state = 'done'")
    away = [e for e in books.events if opened + 200_000 <= e["t_us"] < ended]
    probes = sum(e["ev"] in ("refused", "accepted") for e in away)
    return {"probes": probes, "probes_at_a_time": max((e["in_flight"] for e in away), default=0),
            "back_s": (back - ended) / 1e6, "failed": states.get("failed", 0),
            "most_attempts_of_a_job": attempts}


def retry_after(folder, workers=4, seconds=2.0):
    """One call of ten is told to wait. Time from that answer to the next call that arrives."""
    with Fleet(folder, cap=10, workers=workers, latency_ms=300,
               say=["--retry-after", seconds]) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(100))
        fleet.witness.wait_ledger(lambda events: sum(e["ev"] == "answered" for e in events) >= 15)
        fleet.witness.control(fault={"limit": 100}, fault_first=1)
        fleet.wait("b")
        books = fleet.finish()
    told = next(e["t_us"] for e in books.events if e["ev"] == "refused")
    after = [m for m in calls(books) if m > told]
    return {"calls": [(m - told) / 1e6 for m in after[:3]], "wanted_s": seconds}


def account(fleet, name="main"):
    return next(row for row in fleet.status()["accounts"] if row["name"] == name)
