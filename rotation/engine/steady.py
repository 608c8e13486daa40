"""A clock that is put back a little stands still until it has caught up."""

from collections.abc import Callable
from datetime import timedelta

from rotation.core.facts import Moment

A_LITTLE = timedelta(seconds=60)
"""Steps back by more are taken as they are: the clocks then differ, and removals wait for that."""


class Steady:
    """Tells the moments of `clock`, so that a boundary just passed is not passed again."""

    def __init__(self, clock: Callable[[], Moment]) -> None:
        self._clock = clock
        self._latest: Moment | None = None

    def __call__(self) -> Moment:
        told = self._clock()
        latest = self._latest
        if latest is not None and latest.at - A_LITTLE <= told.at < latest.at:
            return told._replace(at=latest.at)
        self._latest = told
        return told
