"""`make soak`: what CI does under faults, for very much longer.

`python tools/soak --handovers 1000000 --kills 2000 --webhooks 1000000 --chaos 5000 --seed 1`. Each
part has an option that says how much of it is wanted, and runs when that is given. With `--to
docs/soak` what came of it gets into docs/how-it-is-tested.md. Ends with 1 if anything was broken.
"""

import argparse
import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from told import Soaked

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "build" / "soak"
PARTS = {
    "handovers": "handovers of drawn desks in mild and wild weather, simulated",
    "kills": "kill -9 of the real daemon, half of them in a request, half on PostgreSQL",
    "webhooks": "bodies of webhooks, mutated from every documented shape, half of them well signed",
    "chaos": "handovers by three daemons while PostgreSQL is killed every 5 to 40 s",
}


def main() -> int:
    asked, commit, well = _asked(), _commit(), True
    print(f"commit {commit}, first seed {asked.seed}")
    for part, what in PARTS.items():
        wanted = getattr(asked, part)
        if wanted:
            began = time.monotonic()
            found: Soaked = import_module(part).soaked(wanted, asked.seed)
            _keep(asked.to, part, what, found, commit, time.monotonic() - began)
            well = well and not found.violations
    return 0 if well else 1


def _keep(to: Path, part: str, what: str, found: Soaked, commit: str, took: float) -> None:
    to.mkdir(parents=True, exist_ok=True)
    told = {
        "what": what,
        "count": found.count,
        "seeds": found.seeds,
        "violations": len(found.violations),
        "commit": commit,
        "on": f"{datetime.now(UTC):%Y-%m-%d}",  # noqa: TID251 - the day is for people
        "took": _length(took),
        "found": found.violations,
        **found.more,
    }
    (to / f"{part}.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    print(f"written to {to / part}.json")


def _length(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds >= 7200 else f"{seconds / 60:.0f} min"  # noqa: PLR2004 - two hours


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools/soak", description=__doc__)
    for part, what in PARTS.items():
        parser.add_argument(f"--{part}", type=int, default=0, metavar="N", help=what)
    parser.add_argument("--seed", type=int, default=1, help="the first seed; others follow it")
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
