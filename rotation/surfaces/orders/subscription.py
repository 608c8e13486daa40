"""One subscription: somebody of no roster may be in longer than agreed, or no longer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rotation.core.facts import Subscription
from rotation.engine import subscriptions
from rotation.ledger import Rights
from rotation.surfaces.data import instant
from rotation.surfaces.instants import moment
from rotation.surfaces.masking import on_one_line
from rotation.surfaces.naming import unknown
from rotation.surfaces.orders.asking import Kind, asks
from rotation.surfaces.orders.order import By, Counter, Made, Order, Row, Weighed
from rotation.surfaces.sight import Sight
from rotation.surfaces.wrong import Problem


@dataclass(frozen=True, slots=True)
class Extend:
    key: str = asks("Key of the subscription", Kind.NAME)
    until: str = asks("Until", Kind.MOMENT)
    again: bool = asks("Though it was extended before", Kind.FLAG, default=False)


@dataclass(frozen=True, slots=True)
class End:
    key: str = asks("Key of the subscription", Kind.NAME)


def _extend(_counter: Counter, sight: Sight, wish: Extend) -> Weighed:
    known, ends = _known(sight, wish.key), moment(wish.until)
    lasts = ends == known.until and known.covers(sight.now)
    name = on_one_line(known.key)

    def write(by: By) -> Made:
        longer = subscriptions.extend(sight.books, known, ends, by.told, sight.now)
        return _made(longer, f"lasts until {instant(ends)}", new=True)

    again = _made(known, "lasts as long already, so nothing is new", new=False)
    return Weighed(
        said=(f"The subscription {name} in {known.group} lasts until {instant(ends)}.",),
        write=write,
        rows=(Row(name, f"until {instant(known.until)}", f"until {instant(ends)}",
                  (known.group,)),),
        problems=() if lasts else tuple(_against(sight, known, ends, again=wish.again)),
        groups=(known.group,),
        people=(known.person,),
        already=again if lasts else None,
        agreed=(known, ends),
    )  # fmt: skip


def _against(
    sight: Sight, known: Subscription, ends: datetime, *, again: bool
) -> Iterator[Problem]:
    group = known.group
    if ends <= max(known.until, sight.now):
        lasts = f"it would not be longer: it lasts until {instant(known.until)}"
        yield Problem(lasts, group, "Name a later end")
    if known.is_extended and not again:
        yield Problem(
            "it was extended already, and once is enough until the list agrees on another end",
            group,
            "Add --again if it is meant",
        )
    if known.person in sight.books.leavers.everywhere():
        yield Problem("it is a leaver's, who may be in no group", group)


def _end(_counter: Counter, sight: Sight, wish: End) -> Weighed:
    known = _known(sight, wish.key)
    name = on_one_line(known.key)

    def write(by: By) -> Made:
        subscriptions.end(sight.books, known, by.told, sight.now)
        return _made(known, "is ended", new=True, ended_at=sight.now)

    over = _made(known, "is over already, so nothing is new", new=False)
    return Weighed(
        said=(f"The subscription {name} in {known.group} ends now, and whoever has it leaves.",),
        write=write,
        rows=(Row(name, f"until {instant(known.until)}", "ends now", (known.group,)),),
        groups=(known.group,),
        people=(known.person,),
        already=None if known.covers(sight.now) else over,
        agreed=(known,),
    )


def _known(sight: Sight, key: str) -> Subscription:
    found = sight.books.subscriptions.get(key.strip())
    if found is None:
        unknown("subscription", key, sight.books.subscriptions.all(), "")
    return found


def _made(one: Subscription, how: str, *, new: bool, ended_at: datetime | None = None) -> Made:
    ended = ended_at or one.ended_at
    return Made(
        one.key,
        (f"The subscription {on_one_line(one.key)} {how}.",),
        new=new,
        groups=(one.group,),
        people=(one.person,),
        data={"key": one.key, "group": one.group, "until": one.until, "ended_at": ended,
              "said": how},
    )  # fmt: skip


EXTEND = Order("extend", "Extend a subscription", Rights.OPERATOR, Extend, _extend)
END = Order("end", "End a subscription", Rights.OPERATOR, End, _end)
