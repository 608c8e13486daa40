"""kill -9 of the real daemon, as often as asked: what tests/process/test_kills.py does, for longer.

    python tools/soak/kills.py [--kills 2000] [--seed 1] [--at-once 2]

Half of the kills are on SQLite and half on PostgreSQL, half of them with a request under way.
Prints a line of JSON with what was done; ends with 1 if anything was lost or done twice.
"""

import argparse
import json
import os
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEST = ROOT / "tests" / "process" / "test_kills.py"


def killed(kills: int, seed: str, at_once: int) -> tuple[bool, dict[str, int]]:
    """Whether all ended well, and how often each thing was done."""
    os.environ.update(ROTATION_KILLS=str(kills), ROTATION_SEED=seed)
    with tempfile.TemporaryDirectory() as room:
        report = Path(room) / "report.xml"
        ended = pytest.main(
            [
                *("-q", "-c", str(ROOT / "pyproject.toml"), f"--rootdir={ROOT}"),
                *("-n", str(at_once), f"--junitxml={report}", str(TEST)),
            ]
        )
        return ended == pytest.ExitCode.OK, counted(report) if report.exists() else {}


def counted(report: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    for told in ET.parse(report).iter("property"):  # noqa: S314 - pytest's own report
        found[told.attrib["name"]] = found.get(told.attrib["name"], 0) + int(told.attrib["value"])
    return found


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--kills", type=int, default=2000)
    arguments.add_argument("--seed", default="1")
    arguments.add_argument("--at-once", type=int, default=os.cpu_count() or 1)
    asked = arguments.parse_args()
    began = time.monotonic()
    well, done = killed(asked.kills, asked.seed, asked.at_once)
    took = round(time.monotonic() - began)
    print(json.dumps({"well": well, "seed": asked.seed, "seconds": took, **done}))
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
