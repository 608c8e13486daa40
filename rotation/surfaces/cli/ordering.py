"""Orders at the command line: weighed, shown, asked about, performed, and shown again.

Whoever reaches the ledger may do everything: there is nobody else to ask.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn, Protocol

import typer

from rotation.core.timeline import Timeline
from rotation.ledger import Books, Rights
from rotation.surfaces.cli.desk import (
    Desk,
    agreed,
    author_or_user,
    no_nonsense,
    say_who_carries_it_out,
    typed,
)
from rotation.surfaces.cli.far import Far
from rotation.surfaces.cli.output import Ends, as_json, fail, say
from rotation.surfaces.orders import (
    By,
    Channel,
    Counter,
    Made,
    Order,
    Refused,
    Weighed,
    perform,
    refuse,
    weighed,
)
from rotation.surfaces.orders.order import W
from rotation.surfaces.orders.performing import keep_refusal


@dataclass(frozen=True, slots=True)
class How:
    """How a command was given: whether to ask, to do anything, and to print JSON.

    `asks` is the question; empty, none is asked. `word` is typed in place of a yes.
    """

    yes: bool = True
    as_data: bool = False
    dry_run: bool = False
    asks: str = "Do it?"
    word: str = ""


def by_hand(author: str | None, reason: str) -> By:
    """On whose word a command is given; ends it where it has no reason."""
    with no_nonsense():
        return By(author_or_user(author), reason, Rights.ADMIN, Channel.COMMAND)


def counter_of(desk: Desk) -> Counter:
    def timeline(books: Books) -> tuple[str, Timeline]:
        digest = books.rosters.digest() or ""
        if digest == desk.digest:
            return digest, desk.timeline
        found = books.rosters.in_force()
        return (digest, Timeline(found[1])) if found is not None else (digest, desk.timeline)

    return Counter(desk.ledger, desk.clock, desk.settings, timeline)


class Way(Protocol):
    """Where an order goes: to the ledger here, or to a rotation elsewhere. All raise Wrong."""

    def weigh(self, order: Order[W], wish: W, by: By) -> Weighed: ...

    def refuse(self, order: Order[W], wish: W, by: By, found: Weighed) -> NoReturn: ...

    def perform(self, order: Order[W], wish: W, by: By, agreed: str) -> Made: ...


@dataclass(frozen=True, slots=True)
class _Here:
    """The ledger of this machine."""

    counter: Counter

    def weigh(self, order: Order[W], wish: W, _by: By) -> Weighed:
        return weighed(self.counter, order, wish)

    def refuse(self, order: Order[W], _wish: W, by: By, found: Weighed) -> NoReturn:
        refuse(self.counter, order, by, found)

    def perform(self, order: Order[W], wish: W, by: By, agreed: str) -> Made:
        return perform(self.counter, order, wish, by, agreed)


def way_to(desk: Desk | Far) -> Way:
    return desk if isinstance(desk, Far) else _Here(counter_of(desk))


def ordered(  # noqa: PLR0913, PLR0917 - what a command is made of
    desk: Desk | Far,
    order: Order[W],
    wish: W,
    by: By,
    how: How,
    shown: Callable[[Weighed], None] | None = None,
    problems: Callable[[Weighed], object] | None = None,
) -> Made | None:
    """Weigh it, show it, ask, and do it; None after a dry run. Ends the command where it can't be.

    `shown` says what it would do, else each of its sentences is said; `problems` are what JSON says
    speaks against it, a list or an object with it, else its words.
    """
    way = way_to(desk)
    with no_nonsense():
        try:
            found = way.weigh(order, wish, by)
        except Refused as no:
            if not how.dry_run and isinstance(way, _Here):
                keep_refusal(way.counter, order.name, by, no, ())
            raise
        told = problems(found) if problems else [one.what for one in found.problems]
        told = told if isinstance(told, dict) else {"problems": told}
        if how.dry_run:
            _only_shown(found, shown or say_effects, told, how)
            return None
        if found.problems:
            if how.as_data:
                as_json({"done": False, **told})
            way.refuse(order, wish, by, found)
        if found.already is not None:
            return found.already
        if not how.as_data or not how.yes:
            (shown or say_effects)(found)
        _require_yes(how)
        return way.perform(order, wish, by, found.gist)


def _only_shown(
    found: Weighed, shown: Callable[[Weighed], None], told: dict[str, object], how: How
) -> None:
    """What it would do, and that nothing was done; ends the command where it would be refused."""
    if how.as_data:
        as_json({"done": False, **found.data, **told})
    else:
        shown(found)
        for problem in found.problems:
            say(f"This would be refused: {problem.what}.")
        say("Nothing was done: this is a dry run.")
    if found.problems:
        raise typer.Exit(Ends.PROBLEMS)


def _require_yes(how: How) -> None:
    if how.word:
        typed(how.word, yes=how.yes)
    elif how.asks and not agreed(how.asks, yes=how.yes):
        fail("nothing was done", ends=Ends.PROBLEMS)


def say_effects(found: Weighed) -> None:
    for sentence in found.said:
        typer.echo(sentence, err=True)


def silently(_found: Weighed) -> None:
    """For what needs no yes: what it does is said once, afterwards."""


def show(desk: Desk | Far, made: Made, how: How, told: dict[str, object]) -> None:
    """What was made of it, and who carries it out; `told` is how JSON says it."""
    holder = desk.holder
    if how.as_data:
        as_json({**told, "daemon": holder})
        return
    for sentence in made.said:
        say(sentence)
    if made.new:
        say_who_carries_it_out(holder, made.groups)
