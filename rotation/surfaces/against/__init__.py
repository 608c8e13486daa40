"""A cron script and rotation before the same sandbox: the same world, faults, days and judge.

Both begin with the groups as they should be, and all figures are taken from the two worlds at the
same instants; nothing is asked of either about itself but how often it told a person.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rotation.roster_file import read
from rotation.surfaces.against import naive
from rotation.surfaces.against.days import Days
from rotation.surfaces.against.players import Rehearsed, cron
from rotation.surfaces.against.reckoning import Column
from rotation.surfaces.example import example_rosters, until_terminated
from rotation.zone_data import use_newest

SCRIPT = Path(naive.__file__)

Say = Callable[[str, datetime], None]
"""Told who is at it, and how far they are."""


@dataclass(frozen=True, slots=True)
class Result:
    """What each of them came to."""

    days: Days
    cron: Column
    rotation: Column

    @property
    def well(self) -> bool:
        """Whether rotation did no wrong and left nothing open; of the script nothing is asked."""
        ours = self.rotation
        return ours.wrongs == 0 and ours.left_behind == 0 and ours.missing == 0

    def rows(self) -> list[tuple[str, str, str]]:
        pairs = zip(self.cron.rows(), self.rotation.rows(), strict=True)
        return [(what, theirs, ours) for (what, theirs), (_what, ours) in pairs]


def side_by_side(seed: int, say: Say) -> Result:
    """Let both live through the same three days. Raises RuntimeError when a sandbox won't start."""
    use_newest()
    days = Days(read(example_rosters()), seed)
    with until_terminated():
        with cron(days) as script:
            theirs = days.lived(script, lambda at: say("the cron script", at))
        ours = days.lived(Rehearsed(days), lambda at: say("rotation", at))
    return Result(days, theirs, ours)
