"""Orders: everything a person may ask for that changes something, whatever way they come in.

Each is weighed first, which says what it would do now, and then performed by one choke point that
checks who asks, weighs again and writes. There is nothing of a command line or of HTTP in here.
"""

from collections.abc import Mapping

from rotation.surfaces.orders.asking import Field, Kind, fields_of, named_fields_of, wish_of
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
    "named_fields_of",
    "perform",
    "refuse",
    "require_allowed",
    "weighed",
    "wish_of",
]

ORDERS: Mapping[str, AnyOrder]
"""Every kind of order, by its name; loaded when somebody asks for it."""


def __getattr__(name: str) -> object:
    if name != "ORDERS":
        raise AttributeError(name)
    from rotation.surfaces.orders.registry import ORDERS

    return ORDERS
