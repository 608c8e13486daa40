"""The world behind its two doors: the Wawp API, and `/sandbox/...` for those who run it.

Given the same founding data, seed and sequence of requests it answers the same, byte for byte.
"""

from collections import deque
from datetime import datetime

from rotation.sandbox.clock import WorldClock
from rotation.sandbox.control import Control
from rotation.sandbox.founding import WorldGiven, read_world
from rotation.sandbox.front import Front
from rotation.sandbox.hooks import Delivery
from rotation.sandbox.stage import Stage
from rotation.sandbox.wire import Request, Response
from rotation.sandbox.witness import Witness


class World:
    """A WhatsApp-like world at one address. Not for several threads at once."""

    def __init__(self, given: WorldGiven, *, clock: WorldClock, seed: int = 0) -> None:
        self._stage = Stage(given, clock, seed)
        self._front = Front(self._stage)
        self._control = Control(self._stage)

    @classmethod
    def from_dict(cls, data: object, *, clock: WorldClock, seed: int = 0) -> "World":
        """A world from plain data, as a file holds it. Raises `GivenError`."""
        return cls(read_world(data), clock=clock, seed=seed)

    def handle(self, request: Request) -> Response:
        """One request answered.

        Raises `TimedOut` or `CutOff` where a fault wants no answer; both tell whether the call
        took effect.
        """
        at = self._stage.advance()
        if request.path == "/sandbox" or request.path.startswith("/sandbox/"):
            return self._control.serve(request)
        return self._front.serve(request, at)

    def attend(self, witness: Witness) -> None:
        """From now on `witness` is told of every call and every change."""
        self._stage.witness = witness

    def advance(self) -> datetime:
        """Lets what is due happen; returns the time it is. Only needed where nobody asks."""
        return self._stage.advance()

    def idle(self, until: datetime, who: str = "daemon") -> datetime:
        """`who` has nothing to do before `until`; returns the time it is then (stepped clock).

        Before `until` it means that others are at work or that something happened: look around,
        then ask again. Raises `GivenError` when the clock is real.
        """
        return self._stage.idle(until, who)

    @property
    def clock(self) -> WorldClock:
        return self._stage.clock

    @property
    def next_event_at(self) -> datetime | None:
        """When the world will act by itself, if nobody does anything."""
        return self._stage.next_event_at

    @property
    def outbox(self) -> deque[Delivery]:
        """Webhooks waiting to be delivered; whoever delivers takes them from the left."""
        return self._stage.outbox

    @property
    def trace(self) -> str:
        """A hash of all calls and answers so far."""
        return self._stage.diary.trace

    def verdict(self) -> dict[str, object]:
        """The judge's counts and measures as of now."""
        return self._stage.judge.verdict(self._stage.advance())
