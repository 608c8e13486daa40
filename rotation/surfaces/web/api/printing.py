"""What a command that only looks prints, made by that very command, for somebody elsewhere."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from typer import Exit
from typer._click import ClickException

from rotation.ledger import Books, Ledger
from rotation.surfaces.answers.ahead import MOST_PLANNED, sharing
from rotation.surfaces.answers.answer import Answer, Told
from rotation.surfaces.cli.desk import Desk
from rotation.surfaces.cli.frame import app
from rotation.surfaces.cli.output import Ends, printed_elsewhere
from rotation.surfaces.orders import Counter, Kind
from rotation.surfaces.orders.asking import asks
from rotation.surfaces.printing import PRINTED, SEATED, Seated
from rotation.surfaces.sight import Sight
from rotation.surfaces.wrong import Wrong
from rotation.zone_data import use_newest

_OF_ALL = frozenset({"status", "who", "next", "plan", "review", "timeline", "gaps", "workload"})
"""Commands that look at every group where none is named."""
_NAMELESS = frozenset({"undo", "subscriptions", "events", "hooks", "calendars"})
"""Commands that do more than look where anything is named."""
_VALUED = frozenset({"--group"})
"""Options of those that take a value."""
_MOST_LINES = 1000


@dataclass(frozen=True, slots=True)
class Printed:
    command: str = asks("The command", Kind.CHOICE, choices=tuple(PRINTED))
    argument: tuple[str, ...] = asks("What stands behind it, word by word", Kind.NAME, ())


@dataclass(frozen=True, slots=True)
class _Within:
    """The ledger, in a transaction that is open."""

    books: Books

    @contextmanager
    def reading(self) -> Iterator[Books]:
        yield self.books


def _printed(counter: Counter, sight: Sight, wish: Printed) -> Told:
    _require_harmless(wish.command, wish.argument)
    _require_little(sight, wish.command, wish.argument)
    desk = Desk(
        counter.settings, cast("Ledger", _Within(sight.books)), counter.clock, sight.now,
        use_newest().version, sight.digest, sight.roster, sight.timeline,
    )  # fmt: skip
    seated = SEATED.set(Seated(sight.roster, sight.now, counter.settings))
    try:
        with printed_elsewhere() as to:
            ends = _run(desk, [wish.command, *wish.argument], to.err.write)
    finally:
        SEATED.reset(seated)
    return {"ends": ends, "out": to.out.getvalue(), "err": to.err.getvalue()}


def _run(desk: Desk, given: list[str], complain: Callable[[str], object]) -> int:
    try:
        ended = app(given[0])(args=given, prog_name="rotation", obj=desk, standalone_mode=False)
    except Exit as ends:
        return int(ends.exit_code)
    except ClickException as wrong:
        complain(f"{wrong.format_message()}\n")
        return Ends.USAGE
    return int(ended) if isinstance(ended, int) else Ends.WELL


def _require_harmless(command: str, arguments: Sequence[str]) -> None:
    allowed, before = PRINTED[command], ""
    for one in arguments:
        name = one.partition("=")[0]
        if one.startswith("-") and name not in allowed:
            raise Wrong(f"`{name[:80]}` cannot be said of {command} from elsewhere")
        if command in _NAMELESS and not one.startswith("-") and before not in _VALUED:
            raise Wrong(f"{command} does more than look where something is named")
        if before == "--limit" or name == "--limit":
            _require_few(one.rpartition("=")[2])
        before = one


def _require_few(limit: str) -> None:
    if limit.isascii() and limit.isdecimal() and int(limit[:18]) > _MOST_LINES:
        raise Wrong(f"`--limit` is {_MOST_LINES} at most from elsewhere", "Ask part by part")


def _require_little(sight: Sight, command: str, arguments: Sequence[str]) -> None:
    if len(sight.roster.groups) <= MOST_PLANNED or command not in _OF_ALL:
        return
    named = {one.rpartition("=")[2] for one in arguments}
    known = [group for group in sight.roster.groups if group in named]
    shared = max((len(sharing(sight, group)) for group in known), default=MOST_PLANNED + 1)
    if command == "plan" and shared <= MOST_PLANNED:
        return
    is_of_all = command in {"plan", "workload"}  # whichever is named
    if is_of_all or not known:
        raise Wrong(
            f"{command} of more than {MOST_PLANNED} groups takes too long from elsewhere",
            "Ask on the machine" if is_of_all else "Name a group, or ask on the machine",
        )


PRINT = Answer(
    "command", "What a command that only looks prints", "/commands/{command}", Printed,
    {"ends": int, "out": str, "err": str}, _printed,
)  # fmt: skip
