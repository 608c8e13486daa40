"""Commands that people type, from a cold start, against Python itself."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from table import Goal, Row, against

from rotation.surfaces.example import example_rosters

ROUNDS = 15
BARE = ("-c", "pass")
COMMANDS = {
    "rotation --help": (("-m", "rotation", "--help"), Goal("<=", 8)),
    "rotation who": (("-m", "rotation", "who"), Goal("<=", 30)),
    "the core alone": (("-c", "import rotation.core.decide"), None),
}


def measured() -> Iterator[Row]:
    """All in turn, round after round, so that a busy moment is everybody's."""
    lines = [BARE, *(line for line, _ in COMMANDS.values())]
    with TemporaryDirectory() as folder:
        Path(folder, "schedules").symlink_to(example_rosters())
        for line in lines:
            _wall(line, folder)  # writes what bytecode is missing
        rounds = [[_wall(line, folder) for line in lines] for _ in range(ROUNDS)]
    bare, *others = (median(times) for times in zip(*rounds, strict=True))
    for (what, (_, goal)), took in zip(COMMANDS.items(), others, strict=True):
        yield against(what, took, bare, goal, base_is="python -c pass")


def _wall(line: Sequence[str], folder: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *line], check=True, capture_output=True, cwd=folder)  # noqa: S603 - our own commands
    return time.perf_counter() - began
