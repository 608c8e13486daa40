"""What a PostgreSQL server says of itself that matters to a ledger."""

from contextlib import closing
from dataclasses import dataclass

OLDEST = 14
"""The oldest server that is still looked after by those who make it."""


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """`is_safe`: what was committed survives a power cut. `is_private`: nobody can read along."""

    version: str
    major: int
    size: int
    encoding: str
    user: str
    is_safe: bool
    is_private: bool
    may_create: bool


_FACTS = """
    SELECT current_setting('server_version'),
        current_setting('server_version_num')::int / 10000,
        pg_database_size(current_database()),
        current_setting('server_encoding'),
        current_user,
        current_setting('fsync')::bool AND current_setting('full_page_writes')::bool,
        coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)
            OR inet_client_addr() IS NULL OR inet_client_addr() = inet_server_addr(),
        coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)
"""


def server_facts(url: str) -> ServerFacts:
    """Ask the server of the ledger at `url`; nothing is changed. Raises LedgerUnavailable."""
    from rotation.ledger.session import connect, plainly

    with plainly(url), closing(connect(url)) as found:
        row = found.execute(_FACTS).fetchone() or ()
    return ServerFacts(*row)
