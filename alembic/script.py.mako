"""${message}

Say here what it changes and why, and add "${up_revision}" to REVISIONS in rotation/ledger/schema.py.
There is no way down: an older rotation gets the backup taken before.
"""

import sqlalchemy as sa
from alembic import op

from rotation.ledger.columns import UtcDateTime
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}

