"""Where other systems' webhooks come in: judged, read, carried out in one write, and answered.

Whoever would send it again for days hears 200 also where nothing can be done: an event that is
authentic and well formed is dealt with, and the answer says how. Anything else is a clear 4xx.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from rotation.core.roster import AccountId
from rotation.engine import hook_held
from rotation.engine.in_force import InForce
from rotation.ledger import Books, Ledger, LedgerTrouble
from rotation.settings import Hook
from rotation.surfaces.incoming import mapping as mappings
from rotation.surfaces.incoming.deeds import NOTHING, REFUSED, Deeds, TooManyError, Verdict
from rotation.surfaces.incoming.payload import MalformedError, Told, read
from rotation.surfaces.incoming.signatures import ADDRESS, Sent, is_authentic
from rotation.surfaces.sight import Sight

log = structlog.get_logger("rotation.hooks")

LARGEST = 256 * 1024
"""Bytes of a body; a longer one is not looked at."""
OK, MALFORMED, NOT_AUTHENTIC, NO_SUCH_HOOK = 200, 400, 401, 404
CANNOT, TOO_MANY, LATER = 422, 429, 503
_NO_LEDGER = "the ledger does not answer"
_NAMED_BY = {"standard": "webhook-id"}
"""By which header a signature names its event."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a sender is answered: an HTTP status, and why or what was done."""

    status: int
    said: Mapping[str, object]

    @classmethod
    def no(cls, status: int, why: str) -> "Answer":
        return cls(status, {"error": why})


class _TakenBack(Exception):  # noqa: N818 - no error: a trial ends with it
    """Nothing of the transaction is to stay."""


@dataclass(frozen=True, slots=True)
class _Door:
    hook: Hook
    mapping: mappings.Mapping

    @property
    def scheme(self) -> str:
        return scheme_of(self.hook, self.mapping)


def scheme_of(hook: Hook, mapping: mappings.Mapping) -> str:
    """How it is known whether a webhook is authentic."""
    return ADDRESS if hook.by == ADDRESS or not mapping.signature else mapping.signature


@dataclass(slots=True)
class Entrance:
    """Takes webhooks of the `hooks` there are, from any thread.

    `wake` is told which accounts have something new to do. `url` is how the world calls this
    server. Raises SettingsErrors where a mapping cannot be.
    """

    ledger: Ledger
    hooks: Mapping[str, Hook]
    clock: Callable[[], datetime]
    wake: Callable[[Iterable[AccountId]], None]
    url: str = ""
    _doors: tuple[_Door, ...] = field(init=False)
    _in_force: InForce = field(default_factory=InForce, init=False)

    def __post_init__(self) -> None:
        self._doors = tuple(_Door(h, mappings.load(h.mapping)) for h in self.hooks.values())

    def take(
        self, kind: str, headers: Mapping[str, str], body: bytes, key: str | None = None
    ) -> Answer:
        """Take one request for hooks of this kind; `headers` have names in small letters."""
        doors = [door for door in self._doors if door.hook.kind == kind]
        if not doors:
            return Answer.no(NO_SUCH_HOOK, f"no hook for {kind} is set up here")
        url = f"{self.url}/hooks/{kind}" + (f"/{key}" if key else "")
        sent, now = Sent(headers, body, key, url), self.clock()
        door = next((d for d in doors if is_authentic(d.hook, d.scheme, sent, now)), None)
        if door is None:
            return Answer.no(NOT_AUTHENTIC, "not signed as it should be, or more than 5 min ago")
        try:
            signed_id = sent.header(_NAMED_BY.get(door.scheme, ""))
            told = read(door.mapping, kind, body, signed_id)
        except MalformedError as why:
            return self._said(door, Answer.no(MALFORMED, str(why)))
        return self._said(door, self._dealt_with(door, told))

    def _said(self, door: _Door, answer: Answer) -> Answer:
        if answer.status != OK:
            log.warning("a delivery was not taken", hook=door.hook.name, status=answer.status,
                        why=str(answer.said.get("error", "")))  # fmt: skip
        return answer

    def _dealt_with(self, door: _Door, told: list[Told | None]) -> Answer:
        asked = [one for one in told if one is not None]
        if not asked:
            if door.mapping.says_no:
                return Answer.no(CANNOT, "its type asks for nothing that is known here")
            return Answer(OK, {"did": []})
        try:
            verdicts = self._carried_out(door.hook, asked)
        except TooManyError as why:
            return self._held(door.hook, why)
        except LedgerTrouble:
            return Answer.no(LATER, _NO_LEDGER)
        for one in verdicts:
            log.info("a delivery was taken", hook=door.hook.name, done=one.done, why=one.why)
        did = [verdict.told for verdict in verdicts]
        if door.mapping.says_no and any(verdict.done == REFUSED for verdict in verdicts):
            return Answer(CANNOT, {"error": verdicts[0].why, "did": did})
        return Answer(OK, {"did": did})

    def _carried_out(self, hook: Hook, asked: list[Told]) -> list[Verdict]:
        """All of it in one write. Raises TooManyError, and LedgerTrouble."""
        with self.ledger.writing() as books:
            verdicts, accounts = self._written(books, hook, asked)
        if any(verdict.is_new for verdict in verdicts):
            self.wake(accounts)
        return verdicts

    def _written(
        self, books: Books, hook: Hook, asked: list[Told]
    ) -> tuple[list[Verdict], set[AccountId]]:
        """What was done, and the accounts that may have something to do for it."""
        in_force = self._in_force.read(books)
        if in_force is None:
            return [Verdict(NOTHING, "", "no roster is in force yet") for _ in asked], set()
        deeds = Deeds(hook, Sight(books, *in_force, self.clock()))
        accounts = {group.account for group in in_force[1].groups.values()}
        return [deeds.carry_out(one) for one in asked], accounts

    def trial(self, body: bytes) -> list[Verdict]:
        """What a body would do now, of the only hook there is; nothing of it is kept.

        Raises MalformedError, TooManyError, and LedgerTrouble.
        """
        (door,) = self._doors
        told = read(door.mapping, door.hook.kind, body)
        found: list[Verdict] = []
        with suppress(_TakenBack), self.ledger.writing() as books:
            found, _ = self._written(books, door.hook, [one for one in told if one is not None])
            raise _TakenBack
        return found

    def _held(self, hook: Hook, why: TooManyError) -> Answer:
        """Nothing of the body was kept; that it waits is, and people hear of it."""
        try:
            with self.ledger.writing() as books:
                hook_held.hold(books, hook.name, str(why), self.clock())
        except LedgerTrouble:
            return Answer.no(LATER, _NO_LEDGER)
        return Answer.no(TOO_MANY, f"{why}; a person has to say that it is meant")
