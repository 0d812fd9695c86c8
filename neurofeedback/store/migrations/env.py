"""What alembic runs to apply the steps, inside the transaction of `store.schema`.

Responsible for handing alembic the connection. Not responsible for choosing the steps.
"""

from __future__ import annotations

from alembic import context

from neurofeedback.store.models import Base
from neurofeedback.store.schema import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
)
context.run_migrations()
