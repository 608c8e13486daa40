"""Having a group read: the daemon looks at who is in it, as it does when it is told of it.

But a person who asks waits for nothing but the account's calls: not for more of the kind, and not
behind all the groups that are read after a start.
"""

from dataclasses import dataclass

from rotation.engine.look import LONG_AGO
from rotation.ledger import Rights
from rotation.surfaces.naming import group_called
from rotation.surfaces.orders.asking import Kind, asks
from rotation.surfaces.orders.order import By, Counter, Made, Order, Row, Weighed
from rotation.surfaces.sight import Sight


@dataclass(frozen=True, slots=True)
class Wish:
    group: str = asks("Group", Kind.GROUP)


def weigh(_counter: Counter, sight: Sight, wish: Wish) -> Weighed:
    books, group = sight.books, group_called(sight.roster, wish.group)
    account, known = sight.roster.groups[group].account, sight.books.groups.state(group)
    data = {"group": group, "asked_at": sight.now}

    def write(_by: By) -> Made:
        new = books.webhooks.asked(account, group, sight.now - LONG_AGO)
        books.groups.wake(sight.now, (group,))
        said = f"{group} is read as soon as its account may make the call."
        return Made("", (said,), new=new, groups=(group,), data=data)

    read_at = None if known is None else known.read_ended_at
    before = "never" if read_at is None else f"{read_at:%H:%M:%S} UTC"
    return Weighed(
        said=(f"{group} is read now; nobody is added or removed for it that would not be anyway.",),
        write=write,
        rows=(Row(f"{group}, last read", before, "now", (group,)),),
        groups=(group,),
        data=data,
    )


READ = Order("read", "Read a group now", Rights.OPERATOR, Wish, weigh)
