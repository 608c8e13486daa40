"""Rotas of other services, made into the text of a roster file: exactly, or not at all.

A service's shapes are known in its own module alone; it makes layers of them, and from there on
all is ours. What the service itself rendered is compared with the timeline of what was made.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType

from rotation.core.roster import Shift, ShiftId
from rotation.importing import opsgenie, pagerduty
from rotation.importing.directory import Directory
from rotation.importing.found import MisfitError, read
from rotation.importing.part import Part, Rendered, on_top, shifts_of
from rotation.importing.proof import Difference, Proof, compared
from rotation.importing.table import tabled
from rotation.importing.text import written
from rotation.roster_file.naming import free, slug
from rotation.roster_file.problems import Problem, RosterErrors, UnreadableError

__all__ = [
    "SERVICES",
    "Asked",
    "Converted",
    "Difference",
    "Proof",
    "converted",
    "from_table",
    "said",
]

SERVICES: dict[str, ModuleType] = {"PagerDuty": pagerduty, "Opsgenie": opsgenie}
_NEITHER = "Say which layer is on top by `--top first` or `--top last`, and look at the roster"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be converted, and how.

    `users` is a second file, JSON or CSV. With `partly` what cannot be carried over is left out.
    `last_on_top` says which of two layers wins, where the service does not show it.
    """

    service: str
    name: str
    content: bytes
    users: tuple[str, bytes] | None = None
    partly: bool = False
    last_on_top: bool | None = None


@dataclass(frozen=True, slots=True)
class Converted:
    """A roster file's text, what was left out of it, and how it compares; names by their keys."""

    text: str
    people: int
    shifts: int
    left_out: tuple[Problem, ...]
    proofs: tuple[Proof, ...]
    unproven: tuple[str, ...] = ()
    """What was carried over with nothing to compare it with."""


class RefusedErrors(RosterErrors):
    """Parts of a file cannot be carried over; the others could be."""


def converted(asked: Asked, now: datetime) -> Converted:
    """The roster file. Raises RosterErrors with everything that cannot be carried over."""
    source, directory = SERVICES[asked.service], Directory()
    try:
        _add_users(asked, directory, source)
        parts = list(source.parts(read(asked.name, asked.content), directory, now))
    except MisfitError as wrong:
        raise RosterErrors([wrong.problem(asked.name)]) from None
    made = _Made(asked, directory)
    for part in parts:
        made.take(part)
    if made.problems and not asked.partly:
        raise RefusedErrors(made.problems)
    if not made.shifts:
        nothing = Problem(asked.name, 0, 0, "nothing in it can be carried over", "")
        raise RosterErrors([*made.problems, nothing])
    return made.converted(now)


def _add_users(asked: Asked, directory: Directory, source: ModuleType) -> None:
    if asked.users is None:
        return
    name, content = asked.users
    if name.casefold().endswith(".csv"):
        directory.add_csv(name, content)
    else:
        try:
            source.add_users(read(name, content), directory)
        except MisfitError as wrong:
            raise RosterErrors([wrong.problem(name)]) from None


def from_table(asked: Asked, now: datetime) -> Converted:
    """The roster file of a CSV with a row for each person and date. Raises RosterErrors."""
    directory = Directory()
    if asked.users is not None:
        directory.add_csv(*asked.users)
    found = tabled(asked.name, asked.content, directory)
    proofs = () if found.proof is None else (found.proof,)
    groups = {"group": [shift.id for shift in found.shifts]}
    head = _head(asked, (), (), proofs, now)
    text = written(head, directory.people.values(), found.shifts, groups)
    return Converted(text, len(directory.people), len(found.shifts), (), proofs)


class _Made:
    def __init__(self, asked: Asked, directory: Directory) -> None:
        self._asked, self._directory = asked, directory
        self._taken: set[str] = set()
        self._groups: dict[str, list[ShiftId]] = {}
        self._notes: list[str] = []
        self._proofs: list[Proof] = []
        self._unproven: list[str] = []
        self.problems: list[Problem] = []
        self.shifts: list[Shift] = []

    def take(self, part: Part) -> None:
        """Carry a part over, or note why not."""
        self._notes += [f"{part.title}: {note}" for note in part.notes]
        wrong = part.problems
        if not wrong and part.layers:
            try:
                self._carry(part)
            except UnreadableError as why:
                wrong = [MisfitError(part.where, why.message, why.fix)]
        for one in (*wrong, *part.dated):
            self.problems.append(one.problem(self._asked.name))

    def _carry(self, part: Part) -> None:
        last_on_top, proof = self._order(part)
        found = shifts_of(part, self._key, last_on_top=last_on_top)
        self.shifts += found
        self._groups.setdefault(part.schedule, []).extend(shift.id for shift in found)
        ordered = part.layers if last_on_top else part.layers[::-1]
        if part.ranked and (hidden := [x.name for x in on_top(ordered) if not x.minutes]):
            self._notes.append(f"{part.title}: others hide all of {', '.join(hidden)}")
        if proof is None:
            self._unproven.append(part.title)
        else:
            self._proofs.append(proof)

    def _order(self, part: Part) -> tuple[bool, Proof | None]:
        """Whether the last layer is on top, as asked or as the service's own rendering shows."""
        asked = self._asked.last_on_top
        if asked is not None or not part.overlaps:
            last = asked is not False
            return last, self._compared(part, last_on_top=last)
        proofs = {last: self._compared(part, last_on_top=last) for last in (True, False)}
        fitting = [last for last, proof in proofs.items() if proof and not proof.differences]
        if len(fitting) != 1:
            raise UnreadableError(
                "layers share time, and what is rendered here does not show which of them wins",
                _NEITHER,
            )
        return fitting[0], proofs[fitting[0]]

    def _compared(self, part: Part, *, last_on_top: bool) -> Proof | None:
        key = self._directory.key
        rendered = [Rendered(one.starts, one.ends, key(one.user)) for one in part.rendered]
        shifts = shifts_of(part, _namer(set()), last_on_top=last_on_top)
        return compared(part.title, shifts, rendered, part.hidden, part.since)

    @property
    def _key(self) -> Callable[[str], str]:
        return _namer(self._taken)

    def converted(self, now: datetime) -> Converted:
        used = {person for shift in self.shifts for person in shift.people}
        people = [one for key, one in self._directory.people.items() if key in used]
        if self._unproven:
            what = ", ".join(self._unproven)
            self._notes.append(f"nothing was rendered to compare with for {what}")
        head = _head(self._asked, self._notes, self.problems, self._proofs, now)
        groups = {slug(name) or "group": shifts for name, shifts in self._groups.items()}
        text = written(head, people, self.shifts, groups)
        left_out, proofs = tuple(sorted(set(self.problems))), tuple(self._proofs)
        unproven = tuple(self._unproven)
        return Converted(text, len(people), len(self.shifts), left_out, proofs, unproven)


def _namer(taken: set[str]) -> Callable[[str], str]:
    def name(title: str) -> str:
        made = slug(title)
        return free(made if made[:1].isalpha() else f"shift-{made}".strip("-"), taken)

    return name


def _head(
    asked: Asked,
    notes: Sequence[str],
    left_out: Sequence[Problem],
    proofs: Sequence[Proof],
    now: datetime,
) -> list[str]:
    lines = [f"Made of {asked.name} ({asked.service}) on {now:%Y-%m-%d}."]
    lines += [said(proof, asked.service) for proof in proofs]
    lines += [f"Note: {note}." for note in notes]
    if left_out:
        lines += ["", "LEFT OUT, because it cannot be carried over exactly:"]
        lines += [f"- {one.message}. {one.fix}" for one in sorted(set(left_out))]
    return [*lines, ""]


def said(proof: Proof, service: str) -> str:
    """How a schedule compares, in a line."""
    window = f"from {proof.starts:%Y-%m-%d %H:%M}Z to {proof.ends:%Y-%m-%d %H:%M}Z"
    differing = len(proof.differences)
    how = (
        f"differs from what {service} has in {differing} span{'s' * (differing > 1)}"
        if differing
        else f"is on duty as {service} has it"
    )
    return f"{proof.title} {how}, {window}"
