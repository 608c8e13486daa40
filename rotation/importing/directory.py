"""Who is meant by an id of a foreign service, and the number that is theirs; none is guessed."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from rotation.core.roster import Person, PersonId, Phone
from rotation.importing.found import Found, MisfitError
from rotation.roster_file import forms
from rotation.roster_file.csv_text import UncountableError, cells, plain_phone, unspread
from rotation.roster_file.naming import free, slug
from rotation.roster_file.problems import Problem, RosterErrors, UnreadableError
from rotation.roster_file.rows import Rows

HOW = "Give their numbers by `--users FILE`: the service's users with contacts, or a CSV"
_NOT_A_KEY = {"", "true", "false", "null"}


@dataclass(slots=True)
class Known:
    """What a service tells of a user. `numbers` are as written, with the country's code."""

    id: str
    name: str | None = None
    email: str | None = None
    zone: str | None = None
    numbers: list[Found] = field(default_factory=list)

    @property
    def title(self) -> str:
        return self.name or self.email or self.id


class Directory:
    """Everybody a service tells of; those who are asked for become people of the roster."""

    def __init__(self) -> None:
        self.people: dict[PersonId, Person] = {}
        self._known: dict[str, Known] = {}
        self._by_hand: dict[str, Phone] = {}
        self._keys: dict[str, PersonId | MisfitError] = {}
        self._phones: dict[Phone, str] = {}
        self._taken = set(_NOT_A_KEY)

    def add(self, told: Known) -> Known:
        """Join what is told here of a user with what is known."""
        known = self._known.setdefault(told.id, told)
        if known is not told:
            known.name, known.email = known.name or told.name, known.email or told.email
            known.zone = known.zone or told.zone
            known.numbers += told.numbers
        return known

    def add_csv(self, name: str, content: bytes) -> None:
        """The numbers in a CSV with the columns person (id, address or name) and phone."""
        try:
            header, *lines = cells(name, content).lines
        except UncountableError as wrong:
            raise RosterErrors([wrong.problem]) from None
        titles = [unspread(cell).casefold() for cell in header.cells]
        if not {"person", "phone"} <= set(titles):
            text, fix = (
                "the first line does not name `person` and `phone`",
                "Begin with person,phone",
            )
            raise RosterErrors([Problem(name, header.number, 1, text, fix)])
        rows = Rows(name, {title: n for n, title in enumerate(titles)}, len(titles))
        for line in filter(rows.fits, lines):
            who = rows.cell(line, "person", forms.line, as_is=True)
            phone = rows.cell(line, "phone", plain_phone)
            if who is not None and phone is not None:
                self._by_hand[who.casefold()] = phone
        if rows.problems:
            raise RosterErrors(rows.problems)

    def title(self, identity: str) -> str:
        known = self._known.get(identity)
        return known.title if known else identity

    def key(self, identity: str) -> str:
        """The person's key where they are in the roster, else what the service calls them."""
        found = self._keys.get(identity)
        return self.title(identity) if found is None or isinstance(found, MisfitError) else found

    def person(self, identity: str) -> PersonId | MisfitError:
        """The person behind an id that was added, or why there can be none."""
        if identity not in self._keys:
            try:
                self._keys[identity] = self._made(self._known[identity])
            except MisfitError as wrong:
                self._keys[identity] = wrong
        return self._keys[identity]

    def _made(self, known: Known) -> PersonId:
        if known.name is None or "@" in known.name:
            raise MisfitError(_where(known), "there is an address and no name", HOW)
        try:
            name = forms.line(" ".join(known.name.split()))
        except UnreadableError as wrong:
            raise MisfitError(_where(known), f"the name: {wrong.message}", wrong.fix) from None
        phone = self._number(known)
        other = self._phones.setdefault(phone, known.id)
        if other != known.id:
            why = f"has the same number as {self.title(other)}"
            raise MisfitError(_where(known), why, "Give each person their own number")
        key = PersonId(free(_key(name), self._taken))
        self.people[key] = Person(key, name, phone, _zone(known.zone))
        return key

    def _number(self, known: Known) -> Phone:
        for called in (known.id, known.email, known.name):
            if called and called.casefold() in self._by_hand:
                return self._by_hand[called.casefold()]
        numbers = {number.read(plain_phone): None for number in known.numbers}
        if not numbers:
            raise MisfitError(_where(known), "there is no phone number", HOW)
        if len(numbers) > 1:
            endings = " and ".join(f"...{number[-3:]}" for number in sorted(numbers))
            why = f"there are several numbers, {endings}, and only one is on WhatsApp"
            raise MisfitError(_where(known), why, "Say which by `--users FILE.csv`: person,phone")
        return next(iter(numbers))


def _where(known: Known) -> str:
    return known.title if known.title == known.id else f"{known.title} ({known.id})"


def _key(name: str) -> str:
    made = slug(name)
    return made if made[:1].isalpha() else f"person-{made}".strip("-")


def _zone(text: str | None) -> str | None:
    """A zone is a comfort, and services have names of their own for some; those are left out."""
    try:
        return forms.zone(text) if text else None
    except UnreadableError:
        return None


def text_of(found: Found, *keys: str) -> str | None:
    """The first of these that is there and is not empty."""
    for key in keys:
        if found.has(key) and str(found.value[key]).strip():
            return found.at(key).text()
    return None


def collected(
    directory: Directory, identities: Iterable[str]
) -> tuple[tuple[PersonId, ...], list[MisfitError]]:
    """The people behind ids, and why some can be none."""
    found = [directory.person(identity) for identity in identities]
    people = tuple(one for one in found if not isinstance(one, MisfitError))
    return people, [one for one in found if isinstance(one, MisfitError)]
