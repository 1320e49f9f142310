"""Fault matrix 2, 4, 5 in the size of every run: see kill_storm.py."""
import os
import random

import pytest

from kill_storm import storm

SEED = int(os.environ.get("TTSQ_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)


@pytest.mark.parametrize("victim, kills", [("worker", 120), ("supervisor", 25), ("all", 25)])
def test_storm(tmp_path, victim, kills):
    print(f"TTSQ_SEED={SEED}")
    figures = storm(tmp_path, SEED, kills, victim)
    assert figures["cut"] > 0 or victim == "supervisor", "no kill met a call"
    print({name: value for name, value in figures.items() if name != "again_ms"})
