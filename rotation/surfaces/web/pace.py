"""How many orders somebody may give in a minute, by the board and the API together."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

MOST_ORDERS, A_MINUTE = 300, 60.0
"""Orders that one token may give in so many seconds; each leaves a record, carried out or not."""
TOO_OFTEN = f"{MOST_ORDERS} orders a minute are the most"
_MOST_TOKENS = 1000


class Pace:
    """How many orders a token gave lately; `steady` is a clock that nobody sets."""

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._given: OrderedDict[int, deque[float]] = OrderedDict()
        self._turn = threading.Lock()

    def wait(self, token: int) -> int:
        """Count one more order by the token of this number, unless that would be too many.

        How many seconds it has to wait then; 0 where it was counted.
        """
        with self._turn:
            given = self._given.setdefault(token, deque(maxlen=MOST_ORDERS))
            self._given.move_to_end(token)
            if len(self._given) > _MOST_TOKENS:
                self._given.popitem(last=False)
            now = self._steady()
            if len(given) == MOST_ORDERS and now - given[0] < A_MINUTE:
                return int(A_MINUTE - (now - given[0])) + 1
            given.append(now)
            return 0
