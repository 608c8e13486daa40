"""Orders by request: weighed or performed, once for each idempotency key."""

from collections.abc import Mapping
from dataclasses import replace

from rotation.ledger import Reply, Token
from rotation.surfaces.data import bytes_of
from rotation.surfaces.masking import masked
from rotation.surfaces.orders import (
    AnyOrder,
    By,
    Channel,
    Made,
    Row,
    Weighed,
    perform,
    require_allowed,
    wish_of,
)
from rotation.surfaces.orders.order import LONGEST_REASON
from rotation.surfaces.web.api import problems, replies
from rotation.surfaces.web.api.body import parsed
from rotation.surfaces.web.api.problems import Said, Trouble
from rotation.surfaces.web.board.desk import Desk
from rotation.surfaces.web.pace import TOO_OFTEN
from rotation.surfaces.wrong import Wrong

OK, CREATED = 200, 201
OURS = ("reason", "dry_run", "agreed")
"""What a body may say beside what the order asks for."""


class Ordering:
    """Takes orders at the desk's counter."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def reply(
        self, token: Token, order: AnyOrder, body: bytes, key: tuple[str, str] | None
    ) -> tuple[int, bytes]:
        """The status and the body of the answer. Raises Said, LedgerTrouble, Unreadable.

        `key` is the idempotency key, and the digest of what is asked for with it.
        """
        told = parsed(body)
        if wait := self._desk.pace.wait(token.id):
            raise Said(Trouble.TOO_MANY, TOO_OFTEN, headers={"retry-after": str(wait)})
        if key is None:
            return self._done(token, order, told)
        name, digest = key
        known = self._begun(token, name, digest)
        if known is not None:
            return known.status or OK, known.body.encode()
        try:
            status, answer = self._done(token, order, told)
        except BaseException:
            with self._desk.parts.ledger.writing() as books:
                books.replies.drop(token.id, name)
            raise
        with self._desk.parts.ledger.writing() as books:
            books.heard(by_others=False)
            books.replies.end(token.id, name, status, answer.decode())
        return status, answer

    def _begun(self, token: Token, name: str, digest: str) -> Reply | None:
        now = self._desk.parts.clock().at
        with self._desk.parts.ledger.writing() as books:
            books.heard(by_others=False)
            return replies.begin(books, token, name, digest, now)

    def _done(self, token: Token, order: AnyOrder, told: Mapping[str, object]) -> tuple[int, bytes]:
        """What comes of it; also of an order that is refused, which is answered as well."""
        try:
            return self._performed(token, order, told)
        except Wrong as wrong:
            said = problems.of(wrong, asked=False)
            return said.trouble.status, bytes_of(problems.told(said))

    def _performed(
        self, token: Token, order: AnyOrder, told: Mapping[str, object]
    ) -> tuple[int, bytes]:
        asked = {name: value for name, value in told.items() if name not in OURS}
        by = By(
            token.name, _text(told, "reason"), token.rights, Channel.API, frozenset(token.teams)
        )
        dry, agreed = told.get("dry_run", False), told.get("agreed")
        if not isinstance(dry, bool):
            raise Wrong("`dry_run` is not true or false")
        wish = wish_of(order, asked)
        counter = self._desk.counter
        if dry:
            with self._desk.look() as sight:
                found = order.weigh(counter, sight, wish)
                require_allowed(order, found, by, sight.roster)
            return OK, bytes_of(weighed_told(found))
        made = perform(counter, order, wish, by, None if agreed is None else _text(told, "agreed"))
        return CREATED if made.new else OK, bytes_of(made_told(made))


def _text(told: Mapping[str, object], name: str) -> str:
    value = told.get(name, "")
    if not isinstance(value, str) or len(value) > LONGEST_REASON or "\x00" in value:
        raise Wrong(f"`{name}` is not text of at most {LONGEST_REASON} characters")
    return value


def made_told(made: Made) -> dict[str, object]:
    return {
        "done": True, "new": made.new, "name": made.name, "said": list(map(masked, made.said)),
        "groups": made.groups, "people": made.people, "undo": made.undo, "data": made.data,
    }  # fmt: skip


def weighed_told(found: Weighed) -> dict[str, object]:
    already = None if found.already is None else made_told(found.already)
    return {
        "done": False, "said": list(map(masked, found.said)), "rows": list(map(_row, found.rows)),
        "problems": list(problems.each(found.problems)),
        "groups": found.groups, "people": found.people, "already": already, "gist": found.gist,
        "data": found.data,
    }  # fmt: skip


def _row(row: Row) -> Row:
    """Without the number that somebody may have asked with."""
    return replace(row, what=masked(row.what), before=masked(row.before), after=masked(row.after))
