"""Who somebody is goes from the ledger and from what is kept of the roster files, for good."""

from dataclasses import asdict, dataclass

from rotation.core.roster import PersonId
from rotation.ledger import Rights
from rotation.roster_file import saving
from rotation.surfaces.forgetting import in_the_way
from rotation.surfaces.meant import UnclearError, meant
from rotation.surfaces.orders.asking import Kind, asks
from rotation.surfaces.orders.order import By, Counter, Made, Order, Row, Weighed
from rotation.surfaces.sight import Sight
from rotation.surfaces.wrong import Problem, Refused, Unknown

_EFFECT = (
    "What the ledger knows of {key} is erased but for what was done: numbers, hidden ids, name and"
    " subscriptions, and when they were last heard. This can't be undone."
)


@dataclass(frozen=True, slots=True)
class Wish:
    person: str = asks("Person", Kind.ANYONE)


def weigh(counter: Counter, sight: Sight, wish: Wish) -> Weighed:
    books, key = sight.books, _known(sight, wish.person)

    def write(by: By) -> Made:
        found = books.forgetting.forget(key, sight.now, *by.told)

        def erased(is_written: bool) -> None:  # noqa: FBT001 - as every order is told how it ended
            if is_written:
                counter.ledger.scrub()
                saving.forget(counter.settings.schedules, [key])

        data = {"person": key, "forgotten": True, "keep_days": counter.settings.keep.days}
        said = (f"{key} is forgotten.",)
        return Made("", said, new=True, people=(key,), data={**data, **asdict(found)}, ends=erased)

    return Weighed(
        said=(_EFFECT.format(key=key),),
        write=write,
        rows=(Row(str(key), "is known", "is forgotten"),),
        problems=tuple(Problem(text, fix=fix) for text, fix in in_the_way(sight, key)),
        people=(key,),
        everywhere=True,
        data={"person": key},
    )


def _known(sight: Sight, person: str) -> PersonId:
    try:
        who = PersonId(meant(sight.books, sight.roster, person))
    except UnclearError as why:
        raise Unknown(str(why), why.fix) from None
    if who not in sight.books.people.all():
        raise Refused([Problem(f"nobody is known as {who}, so there is nothing to forget")])
    return who


FORGET = Order("forget", "Forget who somebody is", Rights.ADMIN, Wish, weigh)
