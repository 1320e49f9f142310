"""What every test here may ask for: the modules of lib/, commands without a fleet, a small fleet that runs."""

import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from cli import Cli  # noqa: E402
from fleet import Fleet  # noqa: E402


@pytest.fixture
def cli(tmp_path):
    return Cli(tmp_path)


@pytest.fixture
def fleet(tmp_path):
    with Fleet(tmp_path, cap=4, workers=1, latency_ms=1) as fleet:
        fleet.start()
        yield fleet
        fleet.stop()
