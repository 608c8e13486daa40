"""`make soak`: as much as a night gives, on all cores, and a summary to be kept.

`python tools/soak --handovers 1000000 --seed 1 --json FILE`. Each part has an option that says how
much of it is wanted, and runs when that is given. The exit code is 1 if anything was broken.
"""

import argparse
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

PARTS = {"handovers": "handovers of drawn desks in mild and wild weather, simulated"}


def main() -> int:
    asked = _asked()
    told: dict[str, object] = {"commit": _commit(), "seed": asked.seed}
    print(f"commit {told['commit']}, first seed {asked.seed}")
    broken = 0
    for part in PARTS:
        wanted = getattr(asked, part)
        if wanted:
            found = import_module(part).soaked(wanted, asked.seed)
            told[part] = found.summary()
            broken += len(found.violations)
    if asked.json is not None:
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        asked.json.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
        print(f"written to {asked.json}")
    return 1 if broken else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools/soak", description=__doc__)
    for part, what in PARTS.items():
        parser.add_argument(f"--{part}", type=int, default=0, metavar="N", help=what)
    parser.add_argument("--seed", type=int, default=1, help="the first seed; others follow it")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the summary is written")
    return parser.parse_args()


def _commit() -> str:
    line = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    said = subprocess.run(line, capture_output=True, text=True, check=True)  # noqa: S603 - our own command
    return said.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
