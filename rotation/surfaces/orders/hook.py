"""A hook that is held means what it tells, by a person's word: so many more may end."""

from dataclasses import dataclass

from rotation.engine import hook_held
from rotation.ledger import Rights
from rotation.surfaces.counting import counted
from rotation.surfaces.naming import unknown
from rotation.surfaces.orders.asking import Kind, asks
from rotation.surfaces.orders.order import By, Counter, Made, Order, Row, Weighed
from rotation.surfaces.sight import Sight
from rotation.surfaces.wrong import Wrong


@dataclass(frozen=True, slots=True)
class Wish:
    hook: str = asks("Hook, as it is named in the settings", Kind.NAME)
    most: int = asks("So many more may lose their place", Kind.NUMBER)


def weigh(counter: Counter, sight: Sight, wish: Wish) -> Weighed:
    books, name, most = sight.books, wish.hook.strip(), wish.most
    if name not in counter.settings.hooks:
        unknown("hook", name, counter.settings.hooks, "Write [hooks.NAME] into rotation.toml")
    if most < 1:
        raise Wrong("nobody is let through by fewer than one", "Say how many more are meant")
    is_held = name in hook_held.held(books)
    data = {"hook": name, "most": most}

    def write(by: By) -> Made:
        hook_held.let_through(books, name, most, by.told, sight.now)
        return Made(name, (f"{most} more may end.",), new=True, data=data)

    again = Made(name, (f"{name} is not held, so nothing is new.",), new=False, data=data)
    more = counted(most, "more subscription")
    return Weighed(
        said=(f"{more} may end by what {name} tells; its sender tries again by itself.",),
        write=write,
        rows=(Row(name, "waits", f"{most} more may end"),),
        already=None if is_held else again,
        everywhere=True,
        agreed=(name, most),
        data=data,
    )


LET_THROUGH = Order("let-through", "Let a held hook through", Rights.ADMIN, Wish, weigh)
