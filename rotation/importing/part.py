"""One schedule of a foreign service as it was read: what can be carried over, and what cannot."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import NamedTuple

from rotation.core.roster import Shift
from rotation.importing.found import Found, MisfitError
from rotation.importing.layer import Layer, shifts
from rotation.importing.week import Minutes

BEGINNING = datetime.min.replace(tzinfo=UTC)


class Rendered(NamedTuple):
    """What the service itself says of a stretch: this user is on duty, `[starts, ends)`."""

    starts: datetime
    ends: datetime
    user: str


@dataclass(slots=True)
class Part:
    """A schedule, or a rotation of one, that is carried over whole or not at all.

    `schedule` is what the service calls the whole that it belongs to. `layers` lie over one another
    where `ranked`: of those that share time one is on duty. `dated` is what belongs to dates.
    `rendered` is None where the file has nothing of it; `hidden` are times of overrides.
    """

    schedule: str
    title: str
    where: str
    ranked: bool = False
    layers: list[Layer] = field(default_factory=list)
    problems: list[MisfitError] = field(default_factory=list)
    dated: list[MisfitError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rendered: list[Rendered] = field(default_factory=list)
    hidden: list[tuple[datetime, datetime]] = field(default_factory=list)
    since: datetime = BEGINNING

    @property
    def overlaps(self) -> bool:
        """Whether it matters which layer lies on top."""
        seen: Minutes = frozenset()
        for layer in self.layers:
            if self.ranked and seen & layer.minutes:
                return True
            seen |= layer.minutes
        return False

    @contextmanager
    def noting(self) -> Iterator[None]:
        """What is wrong with what is read inside is noted, and ends only that."""
        try:
            yield
        except MisfitError as wrong:
            self.problems.append(wrong)

    def begins(self, found: Found, at: datetime, now: datetime) -> None:
        """It is so since `at`. What begins later would be on duty too early in a roster."""
        if at > now:
            found.refuse(f"it begins on {at:%Y-%m-%d %H:%M}Z", "Import it when it has begun")
        self.since = max(self.since, at)

    def stands_in(self, span: Rendered, who: str, found: Found, now: datetime) -> None:
        """An override: nothing of that time can be compared, and what is to come is not carried."""
        self.hidden.append((span.starts, span.ends))
        if span.ends > now:
            told = (
                f"{who} stands in from {span.starts:%Y-%m-%d %H:%M}Z to {span.ends:%Y-%m-%d %H:%M}Z"
            )
            fix = "Write it down anew once the roster is in force; with --partly it is only listed"
            self.dated.append(MisfitError(found.where, told, fix))


def on_top(layers: Sequence[Layer]) -> list[Layer]:
    """The layers without what those after them hide; the last lies on top."""
    hidden: Minutes = frozenset()
    found = []
    for layer in reversed(layers):
        found.append(replace(layer, minutes=layer.minutes - hidden))
        hidden |= layer.minutes
    return found[::-1]


def shifts_of(part: Part, name: Callable[[str], str], *, last_on_top: bool) -> tuple[Shift, ...]:
    """The shifts that say what the schedule says."""
    layers = part.layers
    if part.ranked:
        layers = on_top(layers) if last_on_top else on_top(layers[::-1])[::-1]
    return tuple(shift for layer in layers for shift in shifts(layer, name))
