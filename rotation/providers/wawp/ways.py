"""Which address a server has for something that is documented under several."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from rotation.core.outcome import InDoubt
from rotation.providers.wawp.wire import Answer

_NOT_THERE: Final = frozenset({404, 405, 501})
"""What a server says of an address it does not have; 404 says other things as well."""
_KEPT_FOR: Final = timedelta(hours=1)
"""How long another address is used before the first one is tried again."""


class Ways:
    """Remembers for each thing how many of its addresses turned out not to be there."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._passed: dict[str, tuple[int, datetime]] = {}

    def of(self, what: str) -> int:
        """The address to use, counted from 0."""
        passed, until = self._passed.get(what, (0, None))
        return passed if until is not None and self._clock() < until else 0

    def absent(self, what: str, count: int, answer: Answer) -> InDoubt:
        """The address in use is not there: of `count`, the next one is used from now on.

        After the last comes the first; only then the answer does not say `again`.
        """
        following = self.of(what) + 1
        self._passed[what] = (following % count, self._clock() + _KEPT_FOR)
        return InDoubt(f"{answer.status}: the server has no such address", following < count)


def is_absent(answer: Answer, found: object) -> bool:
    """Whether an answer, understood as `found` (None: it has not what was asked), shows that."""
    return found is None or (isinstance(found, InDoubt) and answer.status in _NOT_THERE)
