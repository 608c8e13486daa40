"""Who and what is meant, also of what no roster names any more. Raises Unknown, Wrong."""

from rotation.core.roster import GroupId, PersonId
from rotation.ledger import Unreadable
from rotation.surfaces.naming import group_called, number_written, person_called
from rotation.surfaces.sight import Sight
from rotation.surfaces.wrong import Unknown


def anyone_called(sight: Sight, name: str) -> PersonId:
    """Who is meant, also somebody of no roster: by number, or by the name that let them in."""
    if name.lstrip().startswith("+"):
        found = sight.books.people.find(number_written(name))
        if found is None:
            raise Unknown("nobody is known by this number")
        return found
    meant = name.casefold()
    known = sight.books.people.all().values()
    guests = [k.person for k in known if meant in (k.person, k.name.casefold())]
    guests = [p for p in guests if p not in sight.roster.people]
    people = sight.roster.people.values()
    named = any(meant in (p.id.casefold(), p.name.casefold()) for p in people)
    return guests[0] if len(guests) == 1 and not named else person_called(sight.roster, name)


def group_once(sight: Sight, name: str) -> GroupId:
    """A group of the roster, or one that was in an earlier one."""
    try:
        is_known = sight.books.groups.state(GroupId(name)) is not None
    except Unreadable:
        is_known = True
    return GroupId(name) if is_known else group_called(sight.roster, name)


def person_once(sight: Sight, name: str) -> PersonId:
    """Somebody of the roster, or anybody the ledger has met."""
    return PersonId(name) if name in sight.books.people.all() else anyone_called(sight, name)
