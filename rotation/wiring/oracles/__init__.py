"""What must hold at every instant, judged from the world's own journal and the ledger's rows alone.

Written from the invariants, and sharing nothing with the decision, the guard or the engine: what
those get wrong in the same way is found here. The rosters are read by the same timeline.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus

from rotation.core.roster import AccountId, GroupId, Roster
from rotation.ledger import Ledger
from rotation.sandbox.chat import Change
from rotation.sandbox.diary import Entry
from rotation.sandbox.wire import Kind
from rotation.wiring.oracles.asked import Asked
from rotation.wiring.oracles.calls import Calls
from rotation.wiring.oracles.claims import Claims
from rotation.wiring.oracles.closed import Closed
from rotation.wiring.oracles.differences import ATTENDED, Difference, Differences, Held
from rotation.wiring.oracles.effects import Effects
from rotation.wiring.oracles.finding import Violation
from rotation.wiring.oracles.heard import Heard, Needless
from rotation.wiring.oracles.matters import NO_PING, Matters, What
from rotation.wiring.oracles.records import Records
from rotation.wiring.oracles.right import Names, Right, rights
from rotation.wiring.oracles.scene import Listing, Room, Scene
from rotation.wiring.oracles.wiped import Wiped

__all__ = ["NO_PING", "Difference", "Heard", "Needless", "Oracles", "Violation", "What"]


class Oracles:
    """Watches one account's world and ledger; `found` is what was broken, in order.

    `look` belongs after every tick, `look_around` every hour or so of world time: it wants a
    daemon that has rested. Whoever kills the daemon says when it is back, and whoever moves the
    machine's clock says by how much.
    """

    def __init__(  # noqa: PLR0913 - a world, its roster and its ledger, each by name
        self,
        account: AccountId,
        roster: Roster,
        ledger: Ledger,
        rooms: Mapping[str, tuple[str, Collection[str]]],
        stretch: tuple[datetime, datetime],
        *,
        own: Collection[str],
        drip: int,
        requests: int,
        daily: int | None = None,
        lease: timedelta = timedelta(0),
    ) -> None:
        """`rooms`: the creator and the first members of each group, by chat.

        `drip`, `requests` and `daily` are what the account may do in a minute, and in a day.
        `lease` is how long replicas wait for one that is silent; zero where there is one daemon.
        """
        starts, until = stretch
        known = rights(roster, starts, until)
        self._scene = Scene(
            account, roster, Names.of(roster),
            {chat: _room(known[chat], *room, starts) for chat, room in rooms.items()},
            frozenset(own), ledger,
        )  # fmt: skip
        self._calls = Calls(self._scene, drip, requests, daily)
        self._effects = Effects(self._scene)
        self._records = Records(self._scene, self._effects)
        self._differences = Differences(self._scene, self._calls.tried)
        self._wiped = Wiped(self._scene)
        self.asked = Asked(self._scene)
        self._matters = Matters(self._scene)
        self._closed = Closed(self._scene, self._matters, self._effects)
        self.heard = Heard(self._scene, self._matters)
        self._claims = Claims(self._scene, lease) if lease else None
        self._listed = False

    @property
    def found(self) -> list[Violation]:
        return self._scene.found

    @property
    def busiest(self) -> dict[str, int]:
        """Most calls of each kind in any sixty seconds, as they arrived."""
        return dict(self._calls.traffic.most)

    # What it is told by the world

    def arrives(self, kind: Kind, chat: str, people: Collection[str], at: datetime) -> None:
        self._calls.arrives(kind, chat, people, at)
        self._closed.arrives(kind, chat, people, at)

    def changes(self, change: Change) -> None:
        room = self._scene.rooms.get(change.chat)
        if room is not None:
            self._matters.changes(room, change)
        self._effects.changes(change)

    def session(self, status: str, at: datetime) -> None:
        self._matters.session(status, at)

    def answered(self, entry: Entry, shown: frozenset[str] | None, ended: datetime) -> None:
        if entry.answer == str(int(HTTPStatus.TOO_MANY_REQUESTS)):
            self._calls.slow.begins(ended)
        self._matters.answered(entry.fault, ended)
        room = self._scene.rooms.get(entry.chat)
        if room is not None and shown is not None:
            true, believable = not entry.fault, bool(self._scene.own & shown)
            listing = Listing(entry.at, ended, shown, true, believable)
            room.shows(listing, {phone for phone, _ in self._scene.left})
            self._matters.shows(entry.chat, room, listing)
            self._listed = True

    def told(self, chat: str, phone: str, at: datetime, now: datetime) -> None:
        """A webhook reached the daemon that tells of something somebody said in a group."""
        self._scene.silences.told(chat, phone, at, now)

    # What it is told by whoever runs the daemon

    def died(self, at: datetime) -> None:
        """The daemon was killed."""
        self._matters.dies(at)
        self._scene.life.dies(at)
        self._scene.silences.dies(at)

    def woke(self, at: datetime) -> None:
        """The daemon is back after it was killed, or the weather has changed for good."""
        self._scene.woken_at = at
        self._matters.lives(at)
        self._scene.life.goes_on(at)
        self._scene.silences.lives(at)

    def worked(self, began: datetime, ended: datetime) -> None:
        """The daemon made a step."""
        self._matters.stands_still(began, ended)

    def clock_steps(self, error: timedelta, at: datetime) -> None:
        self._scene.clock.steps(error, at)
        self._effects.forget_tallies()

    def leaves(self, phone: str, team: str, at: datetime) -> None:
        """A person said that somebody may be in no group any more, or in none of a team."""
        self._scene.left[phone, team] = at

    def reinstated(self, phone: str, team: str) -> None:
        self._scene.left.pop((phone, team), None)

    def closes(self, group: GroupId, told: datetime, at: datetime, *, everyone: bool) -> None:
        """A person closed a group, when the daemon's clock said `told`."""
        self._closed.closes(group, told, at, everyone=everyone)

    def reopens(self, group: GroupId, at: datetime) -> None:
        """A person opened it again."""
        self._closed.reopens(group, at)

    def hears(self, text: str, at: datetime) -> None:
        """A person was told this."""
        self.heard.hears(text, at)

    def called(self, replica: str, began: datetime, ended: datetime) -> None:
        """A replica had a call on its way."""
        if self._claims is not None:
            self._claims.called(replica, began, ended)

    def stepped(self, at: datetime) -> None:
        """One of the replicas made a step, after which leases may have changed."""
        if self._claims is not None:
            self._claims.look(at)

    # What it looks at

    def look(self, at: datetime) -> None:
        """Judge what was written since the last look; only a list can have closed anything."""
        if self._listed:
            self._listed = False
            with self._scene.ledger.reading() as books:
                self._records.look(books, at)
                self._wiped.look(books, at)
                self._closed.look(books, at)

    def look_around(self, at: datetime) -> None:
        """Judge what has been left alone, and what was left open."""
        scene = self._scene
        with scene.ledger.reading() as books:
            scene.learn(books)
            for room in scene.rooms.values():
                scene.learn_grants(books, room)
            self._records.look(books, at)
            self._records.look_at_attempts(books, at)
            self._differences.look(books, at)
            self._calls.look(books, at)
            self._wiped.look(books, at)
            if self._claims is None:  # of several daemons nobody says here which of them died
                self.heard.look(books, at)
            held = Held.by(books.holds.since(scene.clock.told(at) - ATTENDED))
            self._closed.look_around(books, at, held)
            self.asked.look(books, at, held)
        groups = {c: bool(held.of_group(r.right.group.id)) for c, r in scene.rooms.items()}
        self._effects.overdue(at, groups)

    def differences(self, at: datetime) -> list[Difference]:
        """In what the world differs from what it should be at `at`, with what is in the way."""
        with self._scene.ledger.reading() as books:
            held = Held.by(books.holds.in_force())
        return self._differences.open(at, held)

    def unconverged(self, at: datetime) -> None:
        """C1: in a calm world all is as it should be, or a hold says why not."""
        for found in self.differences(at):
            if not found.held_by and at - found.since > ATTENDED:
                text = f"still to {found.kind.value} long after all was calm"
                self._scene.wrong("C1", at, found.chat, found.phone, text)
        self._wiped.unproven(at)


def _room(right: Right, creator: str, members: Collection[str], at: datetime) -> Room:
    return Room(right, creator, dict.fromkeys(members, at))
