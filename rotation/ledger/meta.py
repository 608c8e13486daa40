"""Small facts about the ledger itself, by name."""

from sqlalchemy import bindparam, select

from rotation.ledger import tables
from rotation.ledger.rows import upsert
from rotation.ledger.transaction import Query, Transaction

_VALUE: Query[str | None] = Query(
    select(tables.meta.c.value).where(tables.meta.c.key == bindparam("key")),
    lambda rows: rows[0][0] if rows else None,
)


_UNDER: Query[dict[str, str]] = Query(
    select(tables.meta.c.key, tables.meta.c.value).where(
        tables.meta.c.key >= bindparam("first"), tables.meta.c.key < bindparam("last")
    ),
    lambda rows: {row[0]: row[1] for row in rows},
)


class Meta:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def get(self, key: str) -> str | None:
        return self._conn.ask(_VALUE, key=key)

    def under(self, prefix: str) -> dict[str, str]:
        """All whose names begin so, in plain ASCII."""
        return self._conn.ask(_UNDER, first=prefix, last=f"{prefix}~")

    def put(self, key: str, value: str) -> None:
        upsert(self._conn, tables.meta, [{"key": key, "value": value}])

    def drop(self, key: str) -> None:
        self._conn.execute(tables.meta.delete().where(tables.meta.c.key == key))
