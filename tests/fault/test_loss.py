"""A network that loses every tenth packet (fault matrix 27), in a network of this process's own."""
import ctypes
import os
import re
import shutil
import subprocess
import sys
import time

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from fleet import Fleet  # noqa: E402

CLONE_NEWNET = 0x40000000
CAP, LATENCY_MS, JOBS = 8, 100, 200
RULES = """
table ip loss {
    chain in {
        type filter hook input priority 0;
        tcp dport PORT numgen random mod 10 == 0 counter drop
        tcp sport PORT numgen random mod 10 == 0 counter drop
    }
}
"""


def command(*words, text=None):
    return subprocess.run(words, check=True, capture_output=True, text=True, input=text).stdout


@pytest.fixture(scope="module", autouse=True)
def own_network():
    """This process, and with it witness and fleet, sees nothing but a loopback of its own."""
    if not shutil.which("nft"):
        pytest.skip("needs nftables")
    if ctypes.CDLL(None).unshare(CLONE_NEWNET) != 0:
        pytest.skip("needs the right to a network of its own (root)")
    command("ip", "link", "set", "lo", "up")


def lose_every_tenth_packet(port):
    try:
        command("nft", "-f", "-", text=RULES.replace("PORT", str(port)))
    except subprocess.CalledProcessError as e:
        pytest.skip(f"this kernel's nftables cannot: {e.stderr.splitlines()[0]}")


def lost():
    return [int(n) for n in re.findall(r"counter packets (\d+)", command("nft", "list", "table", "ip", "loss"))]


def spoken(fleet, batch):
    begun = time.monotonic()
    fleet.enqueue(batch, fleet.texts(JOBS, tag=batch))
    fleet.wait(batch)
    return time.monotonic() - begun


def test_every_tenth_packet_is_lost(tmp_path):
    """Calls take longer and stay as many as there are jobs, but for those that are on record."""
    with Fleet(tmp_path, cap=CAP, workers=2, latency_ms=LATENCY_MS) as fleet:
        fleet.start()
        without = spoken(fleet, "a")
        lose_every_tenth_packet(int(fleet.witness.url.rsplit(":", 1)[1].split("/")[0]))
        with_loss = spoken(fleet, "b")
        dropped = lost()
        command("nft", "delete", "table", "ip", "loss")
        assert all(dropped), "no request or no answer was hit"
        books = fleet.finish()
        print(f"{JOBS} jobs in {without:.2f} s, with every tenth packet lost {with_loss:.2f} s"
              f" ({without / with_loss:.0%} of the throughput); {dropped} packets lost;"
              f" {sum(books.asked.values())} requests, {fleet.outcomes()['uncertain']} uncertain")
