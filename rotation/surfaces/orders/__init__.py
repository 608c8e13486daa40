"""Orders: everything a person may ask for that changes something, whatever way they come in.

Each is weighed first, which says what it would do now, and then performed by one choke point that
checks who asks, weighs again and writes. There is nothing of a command line or of HTTP in here.
"""

from collections.abc import Mapping

from rotation.surfaces.orders.asking import Field, Kind, fields_of, wish_of
from rotation.surfaces.orders.change import COVER, EXTRA, OFF, SWAP
from rotation.surfaces.orders.close import CLOSE
from rotation.surfaces.orders.grant import GRANT, PIN
from rotation.surfaces.orders.handover import HANDOVER
from rotation.surfaces.orders.order import (
    AnyOrder,
    By,
    Channel,
    Counter,
    Made,
    Order,
    Row,
    Undo,
    Weighed,
)
from rotation.surfaces.orders.performing import perform, refuse, require_allowed, weighed
from rotation.surfaces.orders.release import RELEASE
from rotation.surfaces.orders.roster import ROSTER
from rotation.surfaces.orders.subscription import END, EXTEND
from rotation.surfaces.orders.ticket import REOPEN, RESOLVE
from rotation.surfaces.orders.undo import UNDO
from rotation.surfaces.orders.wipe import REINSTATE, WIPE
from rotation.surfaces.wrong import Changed, NotAllowed, Problem, Refused, Unknown, Wrong

__all__ = [
    "ORDERS",
    "AnyOrder",
    "By",
    "Changed",
    "Channel",
    "Counter",
    "Field",
    "Kind",
    "Made",
    "NotAllowed",
    "Order",
    "Problem",
    "Refused",
    "Row",
    "Undo",
    "Unknown",
    "Weighed",
    "Wrong",
    "fields_of",
    "perform",
    "refuse",
    "require_allowed",
    "weighed",
    "wish_of",
]

_ALL: tuple[AnyOrder, ...] = (
    HANDOVER, COVER, OFF, SWAP, EXTRA, GRANT, PIN, UNDO, RELEASE, RESOLVE, REOPEN, CLOSE, EXTEND,
    END, WIPE, REINSTATE, ROSTER,
)  # fmt: skip
ORDERS: Mapping[str, AnyOrder] = {order.name: order for order in _ALL}
"""Every kind of order, by its name."""
