"""The forms of orders: what each asks for, with a proposal for most of it.

They are data, drawn by one template. What a query says and what a form brings fill them in the same
way, so nothing is lost between a form, its plan and a second look at the form.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from rotation.core.holds import MEANING
from rotation.core.roster import PersonId, WhileOff
from rotation.core.timeline import MOMENT
from rotation.ledger import OpenHold
from rotation.surfaces import coming
from rotation.surfaces.masking import masked
from rotation.surfaces.naming import group_called, person_called
from rotation.surfaces.orders import AnyOrder, Field, Kind, fields_of
from rotation.surfaces.orders.grant import OPEN
from rotation.surfaces.saying import words_for
from rotation.surfaces.sight import Sight
from rotation.surfaces.web.board.controls import (
    APART,
    Control,
    Form,
    Option,
    at_said,
    days,
    duties,
    fixed,
    stretches,
    when,
    who,
)
from rotation.surfaces.web.board.filled import Filled, one
from rotation.surfaces.web.board.proposals import duties_of, shifts_of, stand_ins

_MOST_DUTIES, _MOST_NEAR = 8, 12


def form_of(sight: Sight, order: AnyOrder, given: Filled) -> Form:
    """The form of an order, filled in with what is `given`. Raises Unknown."""
    own = _OWN.get(order.name)
    made = _any(sight, order, given) if own is None else own(sight, given)
    reason = one(given, "reason")
    return Form(made.title, made.about, made.controls, reason or made.reason, made.reasons)


# -- those with proposals of their own ---------------------------------------------------------


def _cover(sight: Sight, given: Filled) -> Form:
    person = person_called(sight.roster, one(given, "person"))
    name = sight.namer()(person)
    theirs = duties_of(sight, [person], _MOST_DUTIES)[person]
    others = stand_ins(sight, person, shifts_of(sight, person))
    controls = (
        fixed("person", "Who is covered", person, name),
        *who(sight, ("by", "Who stands in"), others, given),
        when(given, duties(theirs, sight.now), "When"),
        *days(given),
    )
    return Form(f"Cover for {name}", "", controls, reasons=("ill", "family", "agreed"))


def _off(sight: Sight, given: Filled) -> Form:
    person = person_called(sight.roster, one(given, "person"))
    name = sight.namer()(person)
    turns = {
        WhileOff.SKIP: "the next in order", WhileOff.SWAP: "the next, traded for a later one",
        WhileOff.HOLD: "nobody",
    }  # fmt: skip
    chosen = one(given, "turn", WhileOff.SKIP.value)
    controls = (
        fixed("person", "Who is off", person, name),
        when(given, stretches(sight, person), "When"),
        *days(given),
        Control(
            "turn", "Whose their turn is", "choice",
            options=tuple(Option(k.value, said, k.value == chosen) for k, said in turns.items()),
        ),
    )  # fmt: skip
    return Form(f"Time off for {name}", "", controls, "holiday", ("holiday", "ill", "training"))


def _swap(sight: Sight, given: Filled) -> Form:
    person = person_called(sight.roster, one(given, "person"))
    name = sight.namer()
    near = stand_ins(sight, person, shifts_of(sight, person))[:_MOST_NEAR]
    known = duties_of(sight, [person, *near], _MOST_DUTIES)
    mine, chosen = known[person], one(given, "mine")
    own = tuple(Option(v, d.said, v == chosen) for d in mine for v in (f"{d.day}{APART}{d.shift}",))
    offers = [(p, d, APART.join((p, d.day, d.shift))) for p in near for d in known[p]]
    theirs = one(given, "theirs") or next((value for _, _, value in offers), "")
    other = tuple(
        Option(value, f"{name(p)}: {d.said}", value == theirs, of=name(p)) for p, d, value in offers
    )
    about = "" if own else f"{name(person)} has no duty in the coming four weeks."
    controls = (
        fixed("person", "Who gives a shift away", person, name(person)),
        Control("mine", "Their shift", "choice", options=own, needed=True),
        Control("theirs", "In exchange for", "choice", options=other, needed=True),
    )
    return Form(f"Swap a shift of {name(person)}", about, controls, reasons=("agreed",))


def _handover(sight: Sight, given: Filled) -> Form:
    group = group_called(sight.roster, one(given, "groups"))
    view = sight.view(group)
    words = words_for(view, sight.now)
    now_on = coming.on_duty(view.timeline, group, view.grants, view.leavers, sight.now)
    following = view.timeline.next_handover(group, sight.now)
    after = () if following is None else sorted(following.incoming)
    near = stand_ins(sight, next(iter(sorted(now_on)), None), view.group.shifts)
    comes = [p for p in (*after, *near) if p not in now_on]
    goes = given.get("outgoing", () if "incoming" in given else sorted(now_on))
    inside = {p for p, seat in view.facts.seats.items() if seat.seen == "in"}
    leave = [
        p for p in dict.fromkeys((*sorted(now_on), *sorted(inside))) if p in sight.roster.people
    ]
    leave = [p for p in leave if p not in view.facts.kept]
    ends = max((s.ends for s in view.timeline.spans(group, sight.now, sight.now + MOMENT)),
               default=None)  # fmt: skip
    untils = [] if following is None else [("", f"the next handover, {words.when(following.at)}")]
    if ends is not None and (following is None or ends != following.at):
        whose = words.names(now_on)
        untils.insert(0, (at_said(ends), f"the end of the duty of {whose}, {words.when(ends)}"))
    until = one(given, "until", untils[0][0] if untils else "")
    controls = (
        fixed("groups", "Group", group, group),
        *who(sight, ("incoming", "Who comes, and counts as on duty"), comes, given, "nobody"),
        Control(
            "outgoing", "Who goes, once others are seen", "ticks",
            options=tuple(Option(p, words.name(p), p in goes) for p in leave),
        ),
        Control("until", "Until", "picks",
                options=tuple(Option(v, said, v == until) for v, said in untils)),
        Control("until_at", "Or until", "line", one(given, "until_at"),
                "like 2027-03-14 18:00 Europe/Lisbon"),
    )  # fmt: skip
    return Form(f"Hand {group} over now", "", controls, reasons=("ill", "knows the case", "agreed"))


def _grant(sight: Sight, given: Filled) -> Form:
    group = group_called(sight.roster, one(given, "group"))
    view = sight.view(group)
    words, following = words_for(view, sight.now), view.timeline.next_handover(group, sight.now)
    inside = {p for p, seat in view.facts.seats.items() if seat.seen == "in"}
    known = [p for p in stand_ins(sight, None, view.group.shifts) if p not in inside]
    until, proposed = one(given, "until"), {**given, "someone": [one(given, "someone")]}
    after = "" if following is None else f" ({words.when(following.at)})"
    ends = (
        Option("", f"the next handover{after}", until == ""),
        Option(OPEN, "until somebody ends it", until == OPEN),
    )
    controls = (
        fixed("group", "Group", group, group),
        *who(sight, ("someone", "Who"), known, proposed, "-"),
        Control("number", "Or a number", "line", one(given, "number"), "+351 91 234 5678"),
        Control("name", "Whose number it is", "line", one(given, "name"), "if nobody knows it yet"),
        Control("until", "Until", "picks", options=ends),
        Control("ticket", "Ticket", "line", one(given, "ticket"), "resolved, they go"),
    )
    about = "They are not on duty, and nobody leaves for it."
    return Form(f"Let somebody into {group}", about, controls, reasons=("knows the case",))


def _close(sight: Sight, given: Filled) -> Form:
    group = group_called(sight.roster, one(given, "group"))
    everyone = one(given, "everyone") == "yes"
    controls = (
        fixed("group", "Group", group, group),
        Control("message", "What is said there before all leave", "area", one(given, "message"),
                needed=True),
        Control("everyone", "Customers leave too: everyone whom nobody wrote down", "tick",
                "yes" if everyone else ""),
    )  # fmt: skip
    about = "The message is said once; then everyone leaves but for those who are kept."
    return Form(f"Close {group}", about, controls, reasons=("project over",))


def _wipe(sight: Sight, given: Filled) -> Form:
    typed = one(given, "person")
    teams = sorted({g.team for g in sight.roster.groups.values() if g.team})
    chosen = one(given, "team")
    name = sight.namer()(PersonId(typed)) if typed else ""
    who = (
        fixed("person", "Who", typed, name)
        if typed
        else Control("person", "Who", "line", hint="by name, or by number", needed=True)
    )
    controls = [who]
    if teams:
        options = [Option("", "all groups, in a roster or not", not chosen)]
        options += [Option(t, f"those of team {t}", t == chosen) for t in teams]
        controls.append(Control("team", "Out of", "choice", options=tuple(options)))
    about = "They are removed from every group and never added again, until they are reinstated."
    return Form(
        f"{name or 'Somebody'} has left", about, tuple(controls), "left the company",
        ("left the company", "moved to another team"),
    )  # fmt: skip


def _undo(_sight: Sight, given: Filled) -> Form:
    name = one(given, "name")
    controls = (fixed("name", "What is undone", name, name),)
    return Form(f"Undo {name}", "", controls, "undone", ("undone", "a mistake", "well again"))


def _release(sight: Sight, given: Filled) -> Form:
    number = one(given, "hold")
    is_one = number.isascii() and number.isdecimal() and len(number) < _MOST_DIGITS
    found = sight.books.holds.get(int(number)) if is_one else None
    about = "" if found is None else _held_because(found)
    controls = (fixed("hold", "Hold", number, f"number {number}"),)
    return Form(f"Release hold {number}", about, controls, reasons=("it is meant", "put right"))


def _held_because(found: OpenHold) -> str:
    item, meaning = found.item, MEANING[found.item.hold]
    where = item.group or (f"account {item.account}" if item.account else "everything")
    return masked(f"{where} waits: {meaning.cause}. To do first: {meaning.what_to_do}.")


_MOST_DIGITS = 18


_Make = Callable[[Sight, Filled], Form]


# -- all the others, by their fields -----------------------------------------------------------


def _any(sight: Sight, order: AnyOrder, given: Filled) -> Form:
    controls = [made for field in fields_of(order) for made in _controls(sight, field, given)]
    return Form(order.title, "", tuple(controls))


def _controls(sight: Sight, field: Field, given: Filled) -> tuple[Control, ...]:
    if field.kind is Kind.PERSON:
        proposed = {**given, field.name: [one(given, field.name)]}
        anybody = stand_ins(sight, None, ())
        return who(sight, (field.name, field.label), anybody, proposed, "-")
    return (_control(sight, field, given),)


def _control(sight: Sight, field: Field, given: Filled) -> Control:
    value = one(given, field.name, "" if field.many or field.is_needed else str(field.default))
    known: Mapping[Kind, Iterable[str]] = {
        Kind.GROUP: sight.roster.groups, Kind.SHIFT: sight.roster.shifts,
        Kind.CHOICE: field.choices,
    }  # fmt: skip
    made = partial(Control, field.name, field.label, hint=field.hint, needed=field.is_needed)
    match field.kind:
        case Kind.GROUP | Kind.SHIFT | Kind.CHOICE:
            names = [*([] if field.is_needed else [""]), *known[field.kind]]
            options = tuple(Option(name, name or "-", name == value) for name in names)
            return made(kind="choice", options=options)
        case Kind.FLAG:
            is_on = value in {"yes", "True"}
            return made(kind="tick", value="yes" if is_on else "")
        case Kind.TEXT | Kind.EDIT | Kind.LIST:
            return made(kind="area", value=value)
        case Kind.DAY:
            return made(kind="day", value=value)
        case _:
            return made(kind="line", value=value)


_OWN: Mapping[str, _Make] = {
    "cover": _cover, "off": _off, "swap": _swap, "handover": _handover, "grant": _grant,
    "close": _close, "wipe": _wipe, "undo": _undo, "release": _release,
}  # fmt: skip
