"""What a portion of the soak tells when it is done, and where it is kept."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Soaked:
    """How much was done, up to which seed, and what was broken. `more` is for the curious."""

    count: int
    last: int
    violations: tuple[str, ...]
    more: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """A portion as it is kept. `took` is in seconds."""

    what: str
    found: Soaked
    first: int
    commit: str
    day: str
    took: float


def kept(folder: Path, part: str) -> tuple[int, int]:
    """How much of a part was done so far, and the seed to go on from."""
    runs = [json.loads(file.read_text()) for file in folder.glob(f"{part}-*.json")]
    return sum(run["count"] for run in runs), 1 + max((run["last"] for run in runs), default=0)


def keep(folder: Path, part: str, run: Kept) -> None:
    """One JSON object a portion, named by its part and first seed."""
    folder.mkdir(parents=True, exist_ok=True)
    told = {
        "what": run.what,
        "count": run.found.count,
        "first": run.first,
        "last": run.found.last,
        "violations": len(run.found.violations),
        "commit": run.commit,
        "on": run.day,
        "minutes": round(run.took / 60, 1),
        "found": run.found.violations,
        **run.found.more,
    }
    file = folder / f"{part}-{run.first:05}.json"
    file.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    print(f"written to {file}", flush=True)
