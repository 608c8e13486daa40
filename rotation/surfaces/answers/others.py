"""Other systems: what they are told, what they told, and the trail that both stand in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rotation.engine import hook_held
from rotation.ledger import AUDIT_BROKEN, Anchor, Books, Cut, Delivery
from rotation.settings import Hook
from rotation.surfaces import events as out
from rotation.surfaces import past
from rotation.surfaces.answers.answer import (
    Answer,
    Nothing,
    Told,
    checked,
    cursor,
    instant_in,
    limit,
    opened,
    sealed,
)
from rotation.surfaces.masking import masked
from rotation.surfaces.orders import Counter, Kind
from rotation.surfaces.orders.asking import asks
from rotation.surfaces.sight import Sight

# -- what they are told ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EventsAfter:
    after: int = asks("Behind this record of the trail", Kind.NUMBER, 0)
    limit: int = limit()
    cursor: str = cursor()


def _events(_counter: Counter, sight: Sight, wish: EventsAfter) -> Told:
    """From where on, and so many; what is let go of before it is `first`."""
    audit = sight.books.audit
    after = opened("events", wish.cursor, int)[0] if wish.cursor else wish.after
    found = audit.piece_after(after, checked(wish.limit) + 1)
    shown = found[: wish.limit]
    last = shown[-1].seq if shown else after
    cut = audit.cut()
    return {
        "at": sight.now,
        "events": [out.of_record(sight.books, one) for one in shown],
        "first": 1 if cut is None else cut.seq + 1,
        "last": last,
        "next": sealed("events", last) if len(found) > len(shown) else None,
    }


@dataclass(frozen=True, slots=True)
class Receives:
    """A receiver of events: the last record it has `taken`, and how many it has not had yet.

    `since` it fails it takes nothing, for the reason `why`. All but the name is null for one that
    was never told anything.
    """

    name: str
    waiting: int
    taken: int | None
    head_at: datetime | None
    tries: int | None
    failing_since: datetime | None
    again_at: datetime | None
    why: str | None
    lost: int | None


def receivers(counter: Counter, books: Books) -> Iterator[Receives]:
    for name in counter.settings.events:
        found = out.standing(books, name)
        waiting = out.behind(books, found)
        if found is None:
            yield Receives(name, waiting, None, None, None, None, None, None, None)
        else:
            yield Receives(
                name, waiting, found.taken, found.head_at, found.tries, found.failing_since,
                found.again_at, masked(found.why), found.lost,
            )  # fmt: skip


def _receivers(counter: Counter, sight: Sight, _wish: Nothing) -> Told:
    return {"at": sight.now, "receivers": list(receivers(counter, sight.books))}


# -- what they told -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """A hook: what it told last that was acted on, and since when it is held for telling much."""

    name: str
    kind: str
    mapping: str
    known_by: str
    last_at: datetime | None
    last: str
    held_since: datetime | None


def hooks(known: Mapping[str, Hook], books: Books) -> Iterator[Listed]:
    from rotation.surfaces.incoming.entrance import scheme_of
    from rotation.surfaces.incoming.mapping import load

    held = hook_held.held(books)
    for hook in known.values():
        last = books.deliveries.newest(hook.name)
        yield Listed(
            name=hook.name, kind=hook.kind,
            mapping=hook.mapping.name if isinstance(hook.mapping, Path) else hook.mapping,
            known_by=scheme_of(hook, load(hook.mapping)),
            last_at=None if last is None else last.at,
            last="" if last is None else f"{last.about} {last.done}",
            held_since=held.get(hook.name),
        )  # fmt: skip


def _hooks(counter: Counter, sight: Sight, _wish: Nothing) -> Told:
    return {"at": sight.now, "hooks": list(hooks(counter.settings.hooks, sight.books))}


@dataclass(frozen=True, slots=True)
class DeliveriesOf:
    hook: str = asks("Only of this hook", Kind.NAME, "", hint="as it is named in the settings")
    limit: int = limit()
    cursor: str = cursor()


def _deliveries(_counter: Counter, sight: Sight, wish: DeliveriesOf) -> Told:
    mark = None
    if wish.cursor:
        at, hook, event = opened("deliveries", wish.cursor, str, str, str)
        mark = instant_in(at), hook, event
    found = sight.books.deliveries.page(wish.hook or None, checked(wish.limit) + 1, mark)
    shown = found[: wish.limit]
    more = None
    if len(found) > len(shown):
        last = shown[-1]
        more = sealed("deliveries", last.at.isoformat(), last.hook, last.event)
    return {"at": sight.now, "deliveries": [_delivery(one) for one in shown], "next": more}


def _delivery(one: Delivery) -> Delivery:
    return Delivery(one.hook, masked(one.event), masked(one.about), one.done, one.told_at, one.at)


# -- the trail ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Once:
    head: str = asks(
        "Where it ended once", Kind.NAME, "", hint="NUMBER:DIGEST, as an event or the weekly"
        " message said; is that record still there?",
    )  # fmt: skip


def _trail(_counter: Counter, sight: Sight, wish: Once) -> Told:
    audit = sight.books.audit
    known = sight.books.meta.get(AUDIT_BROKEN)
    broken = None if known is None else masked(known)
    if wish.head:
        told = past.end_written(wish.head)
        found = audit.holds(told.seq, told.digest)
        broken = broken if found is None else f"record {found.seq}: {found.why}"
    return {"at": sight.now, "head": audit.head(), "let_go": audit.cut(), "broken": broken}


EVENTS = Answer(
    "events", "What receivers of events are sent, oldest first: to be replayed from any record on",
    "/events", EventsAfter,
    {"at": datetime, "events": [out.Event], "first": int, "last": int, "next": str | None}, _events,
)  # fmt: skip
RECEIVERS = Answer(
    "receivers", "Which systems are told of what happens, and how far each has come", "/receivers",
    Nothing, {"at": datetime, "receivers": [Receives]}, _receivers,
)  # fmt: skip
HOOKS = Answer(
    "hooks", "Which systems are listened to, and what each told last that was acted on", "/hooks",
    Nothing, {"at": datetime, "hooks": [Listed]}, _hooks,
)  # fmt: skip
DELIVERIES = Answer(
    "deliveries", "What they told that something was done for, newest first",
    "/deliveries", DeliveriesOf,
    {"at": datetime, "deliveries": [Delivery], "next": str | None}, _deliveries,
)  # fmt: skip
TRAIL = Answer(
    "trail", "Where the trail ends, what was let go of it, and what breaks it", "/trail", Once,
    {"at": datetime, "head": Anchor | None, "let_go": Cut | None, "broken": str | None}, _trail,
)  # fmt: skip
