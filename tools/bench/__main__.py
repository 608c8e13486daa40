"""`make bench`: measures what people wait for, each against a baseline of the same run.

Names of parts measure only those: `python tools/bench makespans lateness`. Nothing here fails
when a goal is missed; docs/performance.md says what the goals are and where they come from.
"""

import sys
from importlib import import_module

from table import show

PARTS = {
    "timelines": "The roster laid out in time",
    "loadings": "The roster read from its files",
    "keepings": "What is kept of an idle roster",
    "ticks": "A tick",
    "steps": "A durable step",
    "writers": "Transactions",
    "webhooks": "Webhooks in",
    "beside": "Webhooks beside work",
    "crowds": "Many groups at once",
    "boards": "The board of many groups",
    "api": "The API beside the bare framework",
    "api_crowd": "The API of many groups",
    "cold_starts": "Commands from a cold start",
    "makespans": "A handover of a hundred people",
    "daemons": "The daemon as a process",
    "lateness": "Boundaries in real time",
    "idle_crowd": "An idle daemon with many groups",
}


def main(parts: list[str]) -> int:
    """The exit code: 2 for a part that there is not."""
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        print(f"no part is called {', '.join(unknown)}; there are {', '.join(PARTS)}")
        return 2
    for part in parts or PARTS:
        show(PARTS[part], import_module(part).measured())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
