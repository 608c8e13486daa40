"""Runs migrations on the connection the ledger hands over, or on alembic.ini's for a developer."""

from typing import Literal

from sqlalchemy import Connection, TypeDecorator, create_engine

from alembic import context
from rotation.ledger.columns import Name, UtcDateTime, Word
from rotation.ledger.tables import metadata


def plain_type(kind: str, item: object, _writer: object) -> str | Literal[False]:
    """How a new migration names our column types: by what they are in the database for good."""
    if kind != "type" or not isinstance(item, TypeDecorator):
        return False
    if isinstance(item, Name | Word):
        return f"Name({item.length})"
    return "UtcDateTime()" if isinstance(item, UtcDateTime) else f"sa.{item.impl!r}"


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,  # SQLite cannot alter a constraint in place
        transactional_ddl=True,  # with BEGIN said by ourselves, SQLite can
        compare_type=True,
        render_item=plain_type,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    url = context.config.get_main_option("sqlalchemy.url")
    with create_engine(str(url)).begin() as own:
        migrate(own)
