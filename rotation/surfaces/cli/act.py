"""What a person does by hand: handover, undo, release. Each says its effect before it acts.

They write to the ledger and to nothing else; the engine sees it and carries it out.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Annotated

import typer

from rotation.core.facts import Effect, Grant
from rotation.core.holds import MEANING
from rotation.core.reason import Reason
from rotation.core.roster import GroupId
from rotation.engine.intents import RELEASE
from rotation.ledger import Books
from rotation.surfaces.by_hand import Weighed, Wish, undo_name, undone, weigh
from rotation.surfaces.cli.change import NAME, undo_change
from rotation.surfaces.cli.change_shown import undoable
from rotation.surfaces.cli.desk import (
    Author,
    Desk,
    Json,
    Yes,
    agreed,
    at_desk,
    author_or_user,
    say_who_carries_it_out,
    stated,
    together,
)
from rotation.surfaces.cli.moment import moment
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import Ends, as_json, fail, say, table
from rotation.surfaces.cli.refusing import Order
from rotation.surfaces.saying import listed, words_for

_Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept with what was done.")]


def register(app: typer.Typer) -> None:
    app.command()(handover)
    app.command()(undo)
    app.command()(release)


# -- handover -----------------------------------------------------------------------------


def handover(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    groups: Annotated[list[str], typer.Argument(help="The group, or several.", metavar="GROUP")],
    *,
    reason: _Reason,
    incoming: Annotated[
        list[str] | None,
        typer.Option("--in", help="Who comes and counts as on duty.", metavar="PERSON"),
    ] = None,
    outgoing: Annotated[
        list[str] | None,
        typer.Option("--out", help="Who goes, once others are seen.", metavar="PERSON"),
    ] = None,
    at: Annotated[
        str | None, typer.Option(help='From when: "2027-03-14 02:30 Europe/Lisbon"; else now.')
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Until when; else until the group's next handover.")
    ] = None,
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Hand a group over by hand, now or at an instant.

    Says what will happen and asks before anything is written. It ends by itself, or by
    `rotation undo`. Asking for the same twice changes nothing. Ends with 1, and changes nothing,
    when something speaks against it: a leaver, a pin or another grant that would keep the person.

    Example: rotation handover acme-vip --in ben --out ana --reason "Ana is ill"
    """
    why, who = stated(reason), author_or_user(author)
    with at_desk(context, config) as desk:
        names = tuple(dict.fromkeys(map(desk.group, groups)))
        wish = Wish(
            incoming=tuple(dict.fromkeys(map(desk.person, incoming or ()))),
            outgoing=tuple(dict.fromkeys(map(desk.person, outgoing or ()))),
            starts=moment(at, desk.now) if at else None,
            until=moment(until, desk.now) if until else None,
        )
        with desk.ledger.reading() as books:
            weighed = _weighed(desk, books, names, wish)
        people = (*wish.incoming, *wish.outgoing)
        order = Order(desk, "handover", (who, why), people[0] if len(people) == 1 else None)
        _refuse_problems(order, weighed, as_data=as_data)
        if all(one.already for one in weighed):
            _show_made(
                desk, weighed, [g for w in weighed for g in w.already], as_data=as_data, new=False
            )
            return
        if not as_data or not yes:
            _say_effects(weighed)
        if not agreed("Do it?", yes=yes):
            fail("nothing was done", ends=Ends.PROBLEMS)
        desk = desk.later()  # noqa: PLW2901 - the answer took its time
        made = _made(desk, names, wish, weighed, (who, why))
        _show_made(desk, weighed, made, as_data=as_data, new=True)


def _weighed(
    desk: Desk, books: Books, groups: Sequence[GroupId], wish: Wish
) -> tuple[Weighed, ...]:
    return tuple(weigh(desk.view(books, group), wish, desk.now) for group in groups)


def _refuse_problems(order: Order, weighed: Collection[Weighed], *, as_data: bool) -> None:
    problems = [(one.group, problem) for one in weighed for problem in one.problems]
    told = [{"group": g, "problem": p} for g, p in problems]
    order.refuse_if(problems, told if as_data else ())


def _say_effects(weighed: Collection[Weighed]) -> None:
    for one in weighed:
        typer.echo(one.effect, err=True)


def _made(
    desk: Desk,
    groups: Sequence[GroupId],
    wish: Wish,
    agreed_to: Sequence[Weighed],
    by: tuple[str, str],
) -> list[Grant]:
    """Write the grants down, if what was agreed to is still what would happen."""
    with desk.ledger.writing() as books:
        weighed = _weighed(desk, books, groups, wish)
        if [_gist(one) for one in weighed] != [_gist(one) for one in agreed_to]:
            fail(
                "the facts changed in the meantime, so nothing was done", "Ask again", Ends.PROBLEMS
            )
        newest = max((grant.id for grant in books.grants.all()), default=0)
        name = f"h{newest + 1}"
        books.groups.wake(desk.now, groups)
        return [g for one in weighed for g in one.already or _granted(desk, books, one, name, by)]


def _gist(weighed: Weighed) -> tuple[object, ...]:
    """What somebody agreed to; a later "now" is still the same."""
    return weighed.drafts, weighed.until, weighed.problems, weighed.already


def _granted(
    desk: Desk, books: Books, weighed: Weighed, name: str, by: tuple[str, str]
) -> list[Grant]:
    author, reason = by
    made = [
        books.grants.make(
            group=weighed.group,
            person=draft.person,
            effect=draft.effect,
            starts=weighed.starts,
            until=weighed.until,
            duty=draft.duty,
            reason=reason,
            author=author,
            now=desk.now,
            together=name,
        )
        for draft in weighed.drafts
    ]
    for grant in made:
        _record(books, "granted", grant, author, reason, desk.now)
    return made


def _record(books: Books, kind: str, grant: Grant, author: str, reason: str, at: datetime) -> None:
    books.audit.append(
        at=at, kind=kind, group=grant.group, person=grant.person, reason=Reason.MANUAL,
        origin=f"{author} by hand",
        detail={"effect": grant.effect.value, "grant": grant.id, "why": reason},
    )  # fmt: skip


def _show_made(
    desk: Desk, weighed: Sequence[Weighed], made: Sequence[Grant], *, as_data: bool, new: bool
) -> None:
    names = list(dict.fromkeys(map(undo_name, made)))
    holder = desk.holder
    if as_data:
        as_json(
            {
                "done": True,
                "new": new,
                "handover": names[0],
                "effects": [one.effect for one in weighed],
                "grants": made,
                "daemon": holder,
            }
        )
        return
    if not new:
        say(f"The same was asked for already by {made[0].author}, so nothing is new: {names[0]}.")
    else:
        say(f"Written down as {names[0]}; `rotation undo {names[0]}` ends it.")
    say_who_carries_it_out(holder, tuple(one.group for one in weighed))


# -- undo ---------------------------------------------------------------------------------


def undo(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="What to end, like h12; without it, what there is.")
    ] = None,
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept with what was done.")] = "",
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """End a handover, a grant or a change of duty by hand now, all of it.

    Without a name, lists what can be ended.

    Example: rotation undo h12
    """
    with at_desk(context, config) as desk:
        if name is None:
            _list_undoable(desk, as_data=as_data)
            return
        who = author_or_user(author)
        if NAME.fullmatch(name):
            why = stated(reason or "undone")
            undo_change(desk, name, (who, why), yes=yes, as_data=as_data)
            return
        with desk.ledger.reading() as books:
            found = together(books.grants.all(), name)
            live = [g for g in found if not _is_over(g, desk.now)]
            effects = _effects(desk, books, live)
        if subscribed := next((g.subscription for g in found if g.subscription), ""):
            fail(f"{name} is of the subscription {subscribed}",
                 f"End it: `rotation subscriptions end {subscribed}`", Ends.USAGE)  # fmt: skip
        if not found:
            fail(f"there is nothing called `{name}` to undo", "See `rotation undo`", Ends.USAGE)
        if live:
            for effect in effects:
                typer.echo(effect, err=True)
            if not agreed(f"End {name} now?", yes=yes):
                fail("nothing was done", ends=Ends.PROBLEMS)
            _end(desk, live, who, stated(reason or "undone"))
        _show_ended(desk, name, live, effects, as_data=as_data)


def _is_over(grant: Grant, now: datetime) -> bool:
    return grant.ended_at is not None or (grant.until is not None and grant.until <= now)


def _effects(desk: Desk, books: Books, ending: Sequence[Grant]) -> list[str]:
    groups = [g for g in dict.fromkeys(grant.group for grant in ending) if g in desk.roster.groups]
    return [
        undone(desk.view(books, group), [g for g in ending if g.group == group], desk.now)
        for group in groups
    ]


def _end(desk: Desk, ending: Sequence[Grant], author: str, reason: str) -> None:
    with desk.ledger.writing() as books:
        books.groups.wake(desk.now, {grant.group for grant in ending})
        for grant in ending:
            if books.grants.end(grant.id, desk.now):
                _record(books, "undone", grant, author, reason, desk.now)


def _show_ended(
    desk: Desk, name: str, ended: Sequence[Grant], effects: Sequence[str], *, as_data: bool
) -> None:
    holder = desk.holder
    if as_data:
        ids = [grant.id for grant in ended]
        as_json({"undone": name, "new": bool(ended), "grants": ids, "effects": effects})
        return
    if not ended:
        say(f"{name} has ended already, so nothing is new.")
        return
    say(f"{name} is ended.")
    say_who_carries_it_out(holder, tuple(dict.fromkeys(g.group for g in ended)))


def _list_undoable(desk: Desk, *, as_data: bool) -> None:
    with desk.ledger.reading() as books:
        every = books.grants.all()
    live = [g for g in every if not _is_over(g, desk.now) and not g.subscription]
    by_name: dict[str, list[Grant]] = {}
    for grant in live:
        by_name.setdefault(undo_name(grant), []).append(grant)
    changes = undoable(desk)
    if as_data:
        told: list[object] = [{"id": n, "grants": g} for n, g in by_name.items()]
        told += [{"id": row[0], "change": row[1:]} for row in changes]
        as_json({"at": desk.now, "can_be_undone": told})
        return
    rows = [_undoable(desk, name, grants) for name, grants in by_name.items()]
    if rows or not changes:
        table(("ID", "GROUP", "IN", "OUT", "UNTIL", "BY", "WHY"), rows)
    if changes:
        say("" if rows else "Changes of duty")
        table(("ID", "GROUP", "WHAT", "WHO", "WHEN", "BY", "WHY"), changes)


def _undoable(desk: Desk, name: str, grants: Sequence[Grant]) -> tuple[str, ...]:
    def people(effect: Effect) -> str:
        who = dict.fromkeys(g.person for g in grants if g.effect is effect)
        return listed(map(desk.name, who), "-")

    first = grants[0]
    until = "open" if first.until is None else _when(desk, first.group, first.until)
    groups = ", ".join(dict.fromkeys(g.group for g in grants))
    return (name, groups, people(Effect.IN), people(Effect.OUT), until, first.author, first.reason)


def _when(desk: Desk, group: GroupId, at: datetime) -> str:
    if group not in desk.roster.groups:
        return f"{at:%Y-%m-%d %H:%M} UTC"
    with desk.ledger.reading() as books:
        return words_for(desk.view(books, group), desk.now).when(at)


# -- release ------------------------------------------------------------------------------


def release(
    context: typer.Context,
    hold: Annotated[int, typer.Argument(help="Its number, as `rotation holds` shows it.")],
    *,
    reason: _Reason,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """End a hold by a person's word.

    Ends with 1 when the hold is not a person's to end; it says whose.

    Example: rotation release 7 --reason "the new roster is meant"
    """
    why, who = stated(reason), author_or_user(author)
    with at_desk(context, config) as desk:
        new = _asked_for(Order(desk, "release", (who, why)), hold)
        holder = desk.holder
        if as_data:
            as_json({"hold": hold, "asked": True, "new": new, "daemon": holder})
            return
        say(f"Hold {hold} will be released." if new else f"Hold {hold} is being released already.")
        say_who_carries_it_out(holder, ())


def _asked_for(order: Order, number: int) -> bool:
    """Ask the engine to release the hold, once; ends the command where it cannot be released."""
    with order.desk.ledger.reading() as books:
        found = books.holds.get(number)
    if found is None:
        fail(f"there is no hold {number}", "See `rotation holds`", Ends.USAGE)
    hold, meaning = found.item.hold, MEANING[found.item.hold]
    if found.closed_at is not None:
        order.refuse(f"hold {number} ({hold}) is over already")
    if not meaning.releasable:
        why = f"hold {number} ({hold}) is lifted by {meaning.lifted_by}"
        order.refuse(why, f"To do: {meaning.what_to_do}")
    asked = {"hold": str(number)}
    with order.desk.ledger.writing() as books:
        if any(i.kind == RELEASE and i.payload == asked for i in books.intents.pending()):
            return False
        books.intents.ask(RELEASE, asked, *order.by, order.desk.now)
        return True
