"""Every kind of order, by its name."""

from collections.abc import Mapping

from rotation.surfaces.orders.change import COVER, EXTRA, OFF, SWAP
from rotation.surfaces.orders.close import CLOSE
from rotation.surfaces.orders.forget import FORGET
from rotation.surfaces.orders.grant import GRANT, PIN
from rotation.surfaces.orders.handover import HANDOVER
from rotation.surfaces.orders.hook import LET_THROUGH
from rotation.surfaces.orders.leavers import LEAVERS
from rotation.surfaces.orders.member_list import IMPORT
from rotation.surfaces.orders.order import AnyOrder
from rotation.surfaces.orders.read import READ
from rotation.surfaces.orders.release import RELEASE
from rotation.surfaces.orders.replay import REPLAY
from rotation.surfaces.orders.roster import ROSTER
from rotation.surfaces.orders.subscription import END, EXTEND
from rotation.surfaces.orders.ticket import REOPEN, RESOLVE
from rotation.surfaces.orders.undo import UNDO
from rotation.surfaces.orders.wipe import REINSTATE, WIPE

_ALL: tuple[AnyOrder, ...] = (
    HANDOVER, COVER, OFF, SWAP, EXTRA, GRANT, PIN, UNDO, RELEASE, RESOLVE, REOPEN, CLOSE, EXTEND,
    END, IMPORT, WIPE, REINSTATE, LEAVERS, FORGET, ROSTER, READ, REPLAY, LET_THROUGH,
)  # fmt: skip
PAGELESS = frozenset(
    one.name for one in (IMPORT, LEAVERS, FORGET, ROSTER, READ, REPLAY, LET_THROUGH)
)
"""Those that have a page of their own, and those that programs and the command line give."""
ORDERS: Mapping[str, AnyOrder] = {order.name: order for order in _ALL}
"""Every kind of order, by its name."""
