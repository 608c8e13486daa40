"""Closing a group that is over: it says so, and empties but for those who are kept."""

from dataclasses import dataclass

from rotation.core.facts import Closing, Seen
from rotation.core.roster import GroupId, Mode
from rotation.engine import GroupView, farewell
from rotation.engine.closing import going, kept
from rotation.ledger import Rights
from rotation.surfaces.board import others_in
from rotation.surfaces.naming import group_called
from rotation.surfaces.orders.asking import LONGEST_TEXT, Kind, asks
from rotation.surfaces.orders.order import By, Counter, Made, Order, Row, Undo, Weighed
from rotation.surfaces.saying import words_for
from rotation.surfaces.sight import Sight
from rotation.surfaces.wrong import Problem, Wrong


@dataclass(frozen=True, slots=True)
class Wish:
    group: str = asks("Group", Kind.GROUP)
    message: str = asks("What is said in the group before all leave", Kind.TEXT)
    everyone: bool = asks("Also whom nobody wrote down: customers", Kind.FLAG, default=False)


def weigh(_counter: Counter, sight: Sight, wish: Wish) -> Weighed:
    text, group = wish.message.strip(), group_called(sight.roster, wish.group)
    if not text or len(text) > LONGEST_TEXT:
        raise Wrong(f"the message has {len(text)} characters", f"Write 1 to {LONGEST_TEXT}")
    view, known = sight.view(group), sight.books.closings.of(group)
    asked = Closing(group, text, wish.everyone, "", "", sight.now)
    effect, rows = _effect(view, asked, sight)

    def write(by: By) -> Made:
        author, reason = by.told
        closing = Closing(group, text, wish.everyone, author, reason, sight.now)
        farewell.close(sight.books, closing)
        return _made(group, f"{group} is closed.", effect, new=True)

    again = _made(group, f"{group} was closed already, so nothing is new.", "", new=False)
    watched = Problem(
        f"{group} is only watched, so nobody would be removed", group,
        f"Look at `rotation adopt {group}`",
    )  # fmt: skip
    return Weighed(
        said=(effect,),
        write=write,
        rows=rows,
        problems=(watched,) if known is None and view.group.mode is Mode.WATCH else (),
        groups=(group,),
        already=again if known is not None else None,
        needs=Rights.ADMIN if wish.everyone else None,
        agreed=(text, wish.everyone, tuple(row.what for row in rows)),
        data={"effect": effect},
    )


def _made(group: GroupId, said: str, effect: str, *, new: bool) -> Made:
    undo = Undo("reopen", {"ticket": group}, f"rotation reopen {group}")
    told = {"group": group, "effect": effect}
    return Made(group, (said,), new=new, undo=undo, groups=(group,), data=told)


def _effect(view: GroupView, asked: Closing, sight: Sight) -> tuple[str, tuple[Row, ...]]:
    """Who would leave and who would stay, as far as the last read shows it."""
    words, seats = words_for(view, sight.now), view.facts.seats
    inside = frozenset(p for p, seat in seats.items() if seat.seen is Seen.IN)
    stays = (view.facts.kept | kept(view.group, seats)) & inside
    leaves = going(asked, seats, view.identities) - stays
    others = others_in(view)
    leave = "leaves" if len(leaves) <= 1 else "leave, one after the other"
    told = [f"The message is said in {asked.group}; then {words.names(leaves)} {leave}."]
    if stays:
        told.append(f"{words.names(stays)} stay{'s' if len(stays) == 1 else ''}.")
    if others and asked.everyone:
        too = "leaves" if others == 1 else "leave"
        told.append(f"{others} whom nobody wrote down {too} too, but for the creator and admins.")
    elif others:
        told.append(f"{others} whom nobody wrote down stay{'s' if others == 1 else ''}.")
    told.append("Nobody is added any more.")
    rows = [Row(name, "in", "out", (asked.group,)) for name in sorted(map(words.name, leaves))]
    rows += [Row(name, "in", "stays", (asked.group,)) for name in sorted(map(words.name, stays))]
    return " ".join(told), tuple(rows)


CLOSE = Order("close", "Close the group", Rights.OPERATOR, Wish, weigh)
