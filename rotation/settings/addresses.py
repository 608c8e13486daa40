"""How far an address as it is written reaches: this machine, a private network, the internet.

Looks at what is written and asks no resolver: a name that leads elsewhere by DNS is the business
of whoever connects.
"""

import ipaddress
import socket
from enum import Enum, auto


class Reach(Enum):
    LOOPBACK = auto()
    PRIVATE = auto()
    OPEN = auto()


def reach_of(host: str) -> Reach:
    """Where `host`, a name or an IP address in any notation a resolver takes, leads."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return Reach.LOOPBACK
    address = address_of(name)
    if address is None:
        return Reach.OPEN if "." in name else Reach.PRIVATE
    if address.is_loopback:
        return Reach.LOOPBACK
    return Reach.OPEN if address.is_global and not address.is_multicast else Reach.PRIVATE


def address_of(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address `name` writes, if it writes one.

    Old notations (`127.1`, `0x7f.1`, `2130706433`) count: what connects would follow them.
    """
    try:
        found = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        pass
    else:
        mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
        return mapped or found
    try:
        return ipaddress.IPv4Address(socket.inet_aton(name))
    except OSError:
        return None
