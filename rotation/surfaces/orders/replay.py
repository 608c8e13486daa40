"""One of the systems that hear of events is sent them again, from a record of the trail on."""

from dataclasses import dataclass, replace

from rotation.ledger import Rights
from rotation.surfaces import events
from rotation.surfaces.counting import counted
from rotation.surfaces.naming import unknown
from rotation.surfaces.orders.asking import Kind, asks
from rotation.surfaces.orders.order import By, Counter, Made, Order, Row, Weighed
from rotation.surfaces.sight import Sight
from rotation.surfaces.wrong import Wrong


@dataclass(frozen=True, slots=True)
class Wish:
    receiver: str = asks("Receiver, as it is named in the settings", Kind.NAME)
    after: int = asks("Everything behind this record", Kind.NUMBER)


def weigh(counter: Counter, sight: Sight, wish: Wish) -> Weighed:
    books, name, after = sight.books, wish.receiver.strip(), wish.after
    if name not in counter.settings.events:
        unknown("receiver", name, counter.settings.events, "Write [events.NAME] into rotation.toml")
    head, cut = books.audit.head(), books.audit.cut()
    last, first = head.seq if head is not None else 0, cut.seq if cut is not None else 0
    if not first <= after <= last:
        raise Wrong(
            f"the trail has records {first + 1} to {last}", "Name one of them, or the one before"
        )
    again = counted(last - after, "event")
    data = {"receiver": name, "after": after, "events": last - after}

    def write(_by: By) -> Made:
        known = events.standing(books, name) or events.begun(books, sight.now)
        events.save(
            books, name,
            replace(known, taken=after, tries=0, failing_since=None, again_at=None, why=""),
        )  # fmt: skip
        return Made(name, (f"{again} will be sent to {name} again.",), new=True, data=data)

    return Weighed(
        said=(f"Everything behind record {after} is sent to {name} again, {again} by now.",),
        write=write,
        rows=(Row(name, "goes on where it is", f"begins again behind record {after}"),),
        everywhere=True,
        agreed=(name, after),
        data=data,
    )


REPLAY = Order("replay", "Send events again", Rights.ADMIN, Wish, weigh)
