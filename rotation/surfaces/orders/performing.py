"""The one choke point of orders: whatever the way in, it is weighed, checked and written here.

What is refused is kept in the trail with who asked, why they asked, and why not.
"""

from dataclasses import replace
from typing import Any, NoReturn

from rotation.core.roster import GroupId, PersonId, Roster
from rotation.ledger import Anchor, Rights
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.orders.order import By, Channel, Counter, Made, Order, W, Weighed
from rotation.surfaces.wrong import Changed, NotAllowed, Problem, Refused, Wrong

REFUSED = "refused"
"""The kind of the record."""
_LONGEST = 1000
"""Characters of why something was refused that are kept: a list may have hundreds of mistakes."""


def weighed(counter: Counter, order: Order[W], wish: W) -> Weighed:
    """What `order` would do now; nothing is written. Raises Wrong, Unknown."""
    with counter.ledger.reading() as books:
        return order.weigh(counter, counter.sight(books), wish)


def perform(counter: Counter, order: Order[W], wish: W, by: By, agreed: str | None = None) -> Made:
    """Do it, if whoever asks may, nothing speaks against it, and it is what was `agreed` to.

    `agreed` is the gist of what was shown; None where nobody was asked. Raises Wrong, Unknown;
    NotAllowed, Refused and Changed, which are kept in the trail.
    """
    people: tuple[PersonId, ...] = ()
    made, is_written = None, False
    try:
        _require_rights(order, order.needs, by)
        with counter.ledger.writing() as books:
            sight = counter.sight(books)
            found = order.weigh(counter, sight, wish)
            people = found.people
            require_allowed(order, found, by, sight.roster)
            before = books.audit.head()
            made = _made(found, by, agreed)
            made = replace(made, records=_left(before, books.audit.head()))
        is_written = True
    except (NotAllowed, Refused, Changed) as no:
        keep_refusal(counter, order.name, by, no, people)
        raise
    finally:
        if made is not None and made.ends is not None:
            made.ends(is_written)
    if by.channel is not Channel.COMMAND:
        told = {"name": made.name, "new": made.new, "groups": ", ".join(made.groups)}
        _log().info("an order was carried out", **_of(order.name, by), **told)
    return made


def _left(before: Anchor | None, after: Anchor | None) -> tuple[int, int] | None:
    """The records between two ends of the trail."""
    first = 1 if before is None else before.seq + 1
    return None if after is None or after.seq < first else (first, after.seq)


def _made(found: Weighed, by: By, agreed: str | None) -> Made:
    if found.problems:
        raise Refused(found.problems)
    if agreed is not None and found.gist != agreed:
        raise Changed("the facts changed in the meantime, so nothing was done", "Ask again")
    return found.write(by) if found.already is None else found.already


def require_allowed(order: Order[W], found: Weighed, by: By, roster: Roster) -> None:
    """Raises NotAllowed where `by` may not do what was found to be asked for."""
    _require_rights(order, found.needs or order.needs, by)
    if not by.teams:
        return
    if found.everywhere:
        raise NotAllowed(
            f"{order.name} is about more than the groups of {_listed(by.teams)} here",
            "Ask somebody who may do it for all teams",
        )
    others = [g for g in found.groups if _team_of(roster, g) not in by.teams]
    if others:
        raise NotAllowed(
            f"{', '.join(others[:_MOST])}{', ...' if len(others) > _MOST else ''}"
            f" {'is' if len(others) == 1 else 'are'} not of {_listed(by.teams)}",
            "Ask somebody of that team",
        )


_MOST = 5


def _team_of(roster: Roster, group: GroupId) -> str | None:
    found = roster.groups.get(group)
    return None if found is None else found.team


def _listed(teams: frozenset[str]) -> str:
    return f"{'team' if len(teams) == 1 else 'teams'} {', '.join(sorted(teams))}"


def _require_rights(order: Order[W], needs: Rights, by: By) -> None:
    if not by.rights.include(needs):
        raise NotAllowed(
            f"{order.name} takes the rights of {_AN[needs]}, and {by.author} has those of"
            f" {_AN[by.rights]}",
            "Sign in with another token, which whoever runs rotation makes",
        )


_AN = {
    Rights.VIEWER: "a viewer",
    Rights.OPERATOR: "an operator",
    Rights.ADMIN: "an admin",
    Rights.CALENDAR: "a calendar",
}


def refuse(counter: Counter, order: Order[W], by: By, found: Weighed) -> NoReturn:
    """Refuse what has problems, before anybody is asked whether it is meant. Raises Refused."""
    no = Refused(found.problems)
    keep_refusal(counter, order.name, by, no, found.people)
    raise no


def keep_refusal(
    counter: Counter, name: str, by: By, no: Wrong, people: tuple[PersonId, ...]
) -> None:
    """A record that it was refused, for each of the groups that something was said about."""
    problems = no.problems if isinstance(no, Refused) else (Problem(no.what),)
    now, person = counter.clock(), people[0] if len(people) == 1 else None
    with counter.ledger.writing() as books:
        for group in dict.fromkeys(one.group for one in problems):
            why = "; ".join(dict.fromkeys(p.what for p in problems if p.group == group))
            why = why if len(why) <= _LONGEST else f"{why[:_LONGEST]} ..."
            books.audit.append(
                at=now, kind=REFUSED, group=group, person=person, reason=None,
                origin=f"{by.signed} by hand",
                detail={
                    "command": name, "why": masked(on_one_line(why)), "asked": by.reason,
                },
            )  # fmt: skip
    if by.channel is not Channel.COMMAND:
        _log().warning("an order was refused", **_of(name, by), why=masked(on_one_line(no.what)))


def _of(order: str, by: By) -> dict[str, str]:
    return {"order": order, "by": by.author, "through": by.channel.value}


def _log() -> Any:  # noqa: ANN401 - structlog's own
    """Loaded when there is something to say: commands at the ledger say it themselves."""
    import structlog

    return structlog.get_logger("rotation.orders")
