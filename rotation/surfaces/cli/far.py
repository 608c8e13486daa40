"""Commands that are meant for a rotation elsewhere: `--server URL`, or ROTATION_SERVER.

What a command that only looks prints is made there, by the same command. An order is weighed and
performed there; it is shown, and somebody is asked, here.
"""

import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, NoReturn, Protocol

import typer

from rotation.core.roster import GroupId, PersonId
from rotation.surfaces.cli.desk import Desk, at_desk
from rotation.surfaces.cli.output import Ends, fail
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.orders import (
    By,
    Changed,
    Made,
    NotAllowed,
    Order,
    Problem,
    Refused,
    Row,
    Undo,
    Unknown,
    Weighed,
    Wrong,
)
from rotation.surfaces.orders.order import W
from rotation.surfaces.printing import PRINTED

TOKEN, TOKEN_FILE = "ROTATION_TOKEN", "ROTATION_TOKEN_FILE"
ORDERED = frozenset({
    "handover", "undo", "release", "cover", "off", "swap", "extra", "grant", "pin", "resolve",
    "reopen", "close", "subscriptions", "wipe", "reinstate", "edit", "forget", "leavers",
})  # fmt: skip
"""Commands that order something, and can do so elsewhere."""
_OLDER = "It may be an older rotation, or no rotation at all"


class Heard(Protocol):
    """What came of an exchange: `why` nothing, or a status and a JSON object."""

    @property
    def status(self) -> int: ...

    @property
    def told(self) -> Mapping[str, Any]: ...

    @property
    def why(self) -> str: ...


class Server(Protocol):
    """How a rotation elsewhere is asked; the one there is takes long to load."""

    def get(self, path: str, query: Sequence[tuple[str, str]]) -> Heard: ...

    def post(self, path: str, body: Mapping[str, object], key: str) -> Heard: ...


@dataclass(frozen=True, slots=True)
class FarWeighed(Weighed):
    """Weighed elsewhere; `told` is the gist that was told there."""

    told: str = ""

    @property
    def gist(self) -> str:
        return self.told


@dataclass(slots=True)
class Far:
    """A rotation elsewhere, as commands know it."""

    is_far: ClassVar[bool] = True
    url: str
    server: Server
    key: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def holder(self) -> str:
        return self.url

    # -- what is asked --------------------------------------------------------------------

    def printed(self, command: str, arguments: Sequence[str]) -> Mapping[str, Any]:
        """What a command prints there. Raises Wrong; ends this one where nothing is heard."""
        return self.told(f"/v1/commands/{command}", [("argument", one) for one in arguments])

    def told(self, path: str, query: Sequence[tuple[str, str]]) -> Mapping[str, Any]:
        """The answer to a question. Raises Wrong; ends this command where nothing is heard."""
        return self._told(self.server.get(path, query))

    # -- what is ordered ------------------------------------------------------------------

    def weigh(self, order: Order[W], wish: W, by: By) -> Weighed:
        """What it would do there. Raises Wrong."""
        told = self._ordered(order, wish, by, "", dry_run=True)
        already = told.get("already")
        return FarWeighed(
            said=tuple(told["said"]),
            write=_nobody_writes,
            rows=tuple(_row(one) for one in told["rows"]),
            problems=tuple(_problem(one) for one in told["problems"]),
            groups=tuple(map(GroupId, told["groups"])),
            people=tuple(map(PersonId, told["people"])),
            already=None if already is None else _made(already),
            data=told["data"],
            told=told["gist"],
        )

    def refuse(self, order: Order[W], wish: W, by: By, found: Weighed) -> NoReturn:
        """It is kept there that this was refused. Raises Wrong."""
        self._ordered(order, wish, by, "", agreed=found.gist)
        raise Changed("the facts changed in the meantime, and it was done after all")

    def perform(self, order: Order[W], wish: W, by: By, agreed: str) -> Made:
        """Do it there. Raises Wrong."""
        return _made(self._ordered(order, wish, by, self.key, agreed=agreed))

    def _ordered(
        self, order: Order[W], wish: W, by: By, key: str, **more: object
    ) -> Mapping[str, Any]:
        asked: dict[str, object] = asdict(wish)  # type: ignore[call-overload]  # it is a dataclass
        asked = {name: value for name, value in asked.items() if value not in ("", (), None)}
        body = {**asked, "reason": by.reason, **more}
        return self._told(self.server.post(f"/v1/orders/{order.name}", body, key))

    # -- what is heard --------------------------------------------------------------------

    def _told(self, heard: Heard) -> Mapping[str, Any]:
        if heard.why:
            fail(f"{self.url} does not answer: {heard.why}", "Is the daemon running there?")
        if heard.status < 300 and heard.told:  # noqa: PLR2004 - whatever is well
            return heard.told
        kind = str(heard.told.get("type", "")).rpartition(":")[2]
        if not kind or (kind == "unknown" and "this address" in str(heard.told.get("detail"))):
            fail(f"{self.url} answered {heard.status}, and not as this rotation would", _OLDER)
        what, fix = (str(heard.told.get(name, "")) for name in ("detail", "fix"))
        if kind == "refused":
            problems = heard.told.get("problems") or [{"what": what}]
            raise Refused(_problem(one) for one in problems)
        if kind not in _RAISED:
            fail(f"{self.url}: {what}", fix)
        raise _RAISED[kind](what, fix)


_RAISED: Mapping[str, type[Wrong]] = {
    "wrong": Wrong, "unknown": Unknown, "malformed": Wrong, "not-allowed": NotAllowed,
    "changed": Changed,
}  # fmt: skip


def _nobody_writes(_by: By) -> NoReturn:
    raise TypeError("it is written elsewhere")


def _row(told: Mapping[str, Any]) -> Row:
    groups = tuple(map(GroupId, told["groups"]))
    return Row(str(told["what"]), str(told["before"]), str(told["after"]), groups)


def _problem(told: Mapping[str, Any]) -> Problem:
    group = told.get("group")
    return Problem(
        str(told["what"]), None if group is None else GroupId(group), str(told.get("fix", ""))
    )


def _made(told: Mapping[str, Any]) -> Made:
    undo = told.get("undo")
    return Made(
        name=str(told["name"]),
        said=tuple(told["said"]),
        new=bool(told["new"]),
        undo=None if undo is None else Undo(**undo),
        groups=tuple(map(GroupId, told["groups"])),
        people=tuple(map(PersonId, told["people"])),
        data=told["data"],
    )


@contextmanager
def at_counter(context: typer.Context, config: Path | None) -> Iterator[Desk | Far]:
    """Where an order is given: elsewhere if that was said, else at the ledger here."""
    far = context.find_object(Far)
    if far is not None:
        yield far
        return
    with at_desk(context, config) as desk:
        yield desk


# -- by the command line ------------------------------------------------------------------


def run(far: Far | str, given: Sequence[str]) -> NoReturn:
    """Run the command line for a rotation elsewhere, or the one at a URL; end as it ends there."""
    try:
        _require_there(given[0])
        _run(_far(far) if isinstance(far, str) else far, given)
    except typer.Exit as ends:
        raise SystemExit(ends.exit_code) from None
    raise SystemExit(0)


def _run(far: Far, given: Sequence[str]) -> None:
    from rotation.surfaces.cli.frame import app

    command, arguments = given[0], list(given[1:])
    if {"-h", "--help"} & set(arguments):
        app(command)(args=list(given), prog_name="rotation")
    if any(one.partition("=")[0] == "--config" for one in arguments):
        fail("--config and --server exclude each other", "Say one of them", Ends.USAGE)
    if any(one.partition("=")[0] == "--author" for one in arguments):
        fail("the token says who asks", "Leave out --author", Ends.USAGE)
    if _orders(command, arguments):
        app(command)(args=list(given), prog_name="rotation", obj=far)
    try:
        if command == "plan" and "--fresh" in arguments:
            from rotation.surfaces.cli.fresh import read_there

            arguments.remove("--fresh")
            read_there(far, arguments)
        told = far.printed(command, arguments)
    except Wrong as wrong:
        fail(wrong.what, wrong.fix, Ends.USAGE)
    typer.echo(told["out"], nl=False)
    typer.echo(told["err"], nl=False, err=True)
    raise typer.Exit(int(told["ends"]))


_ITS_FILES = "it reads files and settings of this machine"
_ITS_LEDGER = "it needs the ledger itself"
_ITS_SECRETS = "it needs the secrets of that machine"
_LOCAL: Mapping[str, Sequence[str]] = {
    _ITS_FILES: ("check", "diff", "import", "init", "link", "schema", "simulate", "demo", "export",
                 "sandbox", "run"),
    _ITS_LEDGER: ("backup", "restore", "db"),
    _ITS_SECRETS: ("doctor", "webhooks", "token"),
}  # fmt: skip
"""Why a command cannot be had from elsewhere."""


def _require_there(command: str) -> None:
    """Ends the command where it can be had from nowhere else."""
    if command in PRINTED or command in ORDERED:
        return
    why = next((f", for {why}" for why, some in _LOCAL.items() if command in some), "")
    what = f"rotation {on_one_line(command)} works on the machine itself only{why}"
    fail(what, "Leave out --server, or name the settings here with --config", Ends.USAGE)


def can(given: Sequence[str]) -> bool:
    """Whether the command line is about a rotation elsewhere, where one is named for all of them.

    What is about files of this machine is not, and works here.
    """
    command, arguments = given[0], given[1:]
    here = any(one.partition("=")[0] in {"--config", "-h", "--help"} for one in arguments)
    about = {*PRINTED, *ORDERED, *_LOCAL[_ITS_LEDGER], *_LOCAL[_ITS_SECRETS]}
    return not here and command in about


_PARTS = {
    "subscriptions": {"extend", "end", "import"}, "events": {"replay"}, "hooks": {"let-through"},
}  # fmt: skip
"""Of commands that list, the parts that order something."""


def _orders(command: str, arguments: Sequence[str]) -> bool:
    """Whether it orders something; some commands list what there is where nothing is named."""
    if command in _PARTS:
        return bool(_PARTS[command] & set(arguments[:1]))
    if command == "undo":
        return any(not one.startswith("-") for one in arguments)
    return command in ORDERED


def _far(url: str) -> Far:
    from rotation.providers.far import Server as Asked

    token = _token()
    try:
        return Far(url, Asked(url, token))
    except ValueError as why:
        fail(str(why), "Name it as https://rotation.example.com", Ends.USAGE)


def _token() -> str:
    """What opens it: of the environment, or of a file that it names."""
    told = os.environ.get(TOKEN, "")
    file = os.environ.get(TOKEN_FILE)
    if file and not told:
        try:
            told = Path(file).read_text(encoding="ascii")
        except (OSError, ValueError) as why:
            fail(f"{TOKEN_FILE} cannot be read: {masked(str(why))}", ends=Ends.USAGE)
    token = told.strip()
    if not token.isascii() or not token.isprintable() or not token:
        fail("no token is set for the server",
             f"Set {TOKEN}, or {TOKEN_FILE}; `rotation token create` makes one there",
             Ends.USAGE)  # fmt: skip
    return token
