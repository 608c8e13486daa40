"""Who is meant by what somebody typed: a key, a name, or a number however it is written."""

import re
import unicodedata
from collections.abc import Iterable

from rotation.core.roster import PersonId, Phone, Roster
from rotation.ledger import Books
from rotation.roster_file import did_you_mean
from rotation.roster_file.forms import phone
from rotation.roster_file.problems import UnreadableError
from rotation.surfaces.masking import on_one_line

_AROUND = re.compile(
    r"(?:tel|whatsapp|sms)\s*:|https?://|(?:www\.)?wa\.me/|@(?:c\.us|s\.whatsapp\.net)$"
)
_BETWEEN = re.compile(r"[\s().,;/_\u2010-\u2015\u2212-]+")
_LIKE_A_NUMBER = re.compile(r"\+?[\d\s()./-]*\d[\d\s()./-]*")
_FEWEST = 7
"""Digits that a number has at least, as anybody would write it."""


class UnclearError(Exception):
    """Nobody is meant, or more than one; `fix` says what to type."""

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


def meant(books: Books, roster: Roster, typed: str) -> PersonId | Phone:
    """The person, or a number that nobody is known by. Raises UnclearError.

    A former number means whose it was.
    """
    known, text = books.people.all(), typed.strip()
    if text in roster.people:
        return PersonId(text)
    if PersonId(text) in known:
        return known[PersonId(text)].former_of or PersonId(text)
    number = _bare(text)
    if number is not None:
        whole = _whole(number, (one.phone for one in known.values() if one.phone))
        found = books.people.find(whole)
        return whole if found is None else known[found].former_of or found
    names = {p: who.name for p, who in known.items() if who.former_of is None}
    names |= {p: who.name for p, who in roster.people.items()}
    folded = text.casefold()
    same = sorted(p for p, name in names.items() if folded in {name.casefold(), p.casefold()})
    if len(same) == 1:
        return same[0]
    shown = on_one_line(text)
    if same:
        raise UnclearError(f"`{shown}` is {' and '.join(same)}", "Say which, by that name")
    raise UnclearError(f"nobody is called `{shown}`", did_you_mean(text, [*names, *names.values()]))


def _bare(text: str) -> str | None:
    """A number without what is written around it and between; None where it is no number."""
    plain = unicodedata.normalize("NFKC", text)
    plain = "".join(c for c in plain if unicodedata.category(c) not in {"Cf", "Cc"})
    implied = plain.strip().casefold().endswith(("@c.us", "@s.whatsapp.net")) or "wa.me/" in plain
    plain = _BETWEEN.sub(" ", _AROUND.sub("", plain.strip().casefold())).strip()
    digits = sum(c.isdecimal() for c in plain)
    if digits < _FEWEST or not _LIKE_A_NUMBER.fullmatch(plain):
        return None
    plain = re.sub(r"^\+?\s*00\s*", "+", plain)
    return f"+{plain}" if implied and not plain.startswith("+") else plain


def _whole(number: str, known: Iterable[Phone]) -> Phone:
    """The number in E.164; one without a plus is taken only for somebody who goes by it."""
    if not number.startswith("+"):
        digits = f"+{number.replace(' ', '')}"
        found = next((one for one in known if one == digits), None)
        if found is not None:
            return found
    try:
        return phone(number)
    except UnreadableError as why:
        raise UnclearError(str(why), why.fix) from None
