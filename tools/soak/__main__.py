"""`make soak`: what CI does under faults, for very much longer, in portions that are kept.

`python tools/soak --handovers 1000000 --kills 2000 --webhooks 1000000 --chaos 5000 --wipes 30
--clocks 100000 --asked 100000 --to docs/soak` does what is left of each part until so much was
done: stopped, or called again another day, it goes on behind the last seed that was kept. With
`--seed` it starts there and looks at nothing that was kept, which is how something found is seen
again. What is kept in docs/soak gets into docs/how-it-is-tested.md by `make promises`. Ends with 1
if anything was broken.
"""

import argparse
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from told import Kept, Soaked, keep, kept

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "build" / "soak"


class Part(NamedTuple):
    """A part of the soak. `portion`: how much is done, and kept, at a time."""

    what: str
    portion: int


PARTS = {
    "webhooks": Part(
        "bodies of webhooks, mutated from every documented shape, half of them well signed", 250_000
    ),
    "asked": Part(
        "requests to the API, drawn from what is in an installation, whole and mutilated", 25_000
    ),
    "kills": Part(
        "kill -9 of the real daemon, half of them in a request, half on PostgreSQL", 200
    ),
    "wipes": Part(
        "days of handovers in the real process after a wipe from 50 groups, nobody added again", 30
    ),
    "clocks": Part(
        "occurrences of shifts beside every change of clocks in every zone, 2024 to 2037", 100_000
    ),
    "chaos": Part(
        "handovers by three daemons while PostgreSQL is killed every 5 to 40 s", 1_000
    ),
    "handovers": Part(
        "handovers of drawn desks in mild and wild weather, simulated", 10_000
    ),
}  # fmt: skip


def main() -> int:
    asked, well = _asked(), True
    for name, part in PARTS.items():
        done, seed = (0, asked.seed) if asked.seed is not None else kept(asked.to, name)
        while well and done < (wanted := getattr(asked, name)):
            print(f"{name}: {done:,} of {wanted:,}, on from seed {seed}", flush=True)
            began, commit = time.monotonic(), _commit()
            found: Soaked = import_module(name).soaked(min(part.portion, wanted - done), seed)
            took = time.monotonic() - began
            day = f"{datetime.now(UTC):%Y-%m-%d}"  # noqa: TID251 - the day is for people
            keep(asked.to, name, Kept(part.what, found, seed, commit, day, took))
            done, seed, well = done + found.count, found.last + 1, not found.violations
    return 0 if well else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools/soak", description=__doc__)
    for name, part in PARTS.items():
        parser.add_argument(f"--{name}", type=int, default=0, metavar="N", help=part.what)
    parser.add_argument("--seed", type=int, help="the first seed; others follow it")
    parser.add_argument("--to", type=Path, default=KEPT, metavar="FOLDER", help="what came of it")
    return parser.parse_args()


def _commit() -> str:
    line = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    said = subprocess.run(  # noqa: S603 - our own command
        line, capture_output=True, text=True, check=True, cwd=ROOT
    )
    return said.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
