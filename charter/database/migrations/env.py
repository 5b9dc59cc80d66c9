"""Run by Alembic. The connection comes from charter/database/upgrade.py."""

from alembic import context
from sqlalchemy import text

from charter.database import Base
from charter.database.row_security import EVERYTHING, set_scope

connection = context.config.attributes["connection"]
is_sqlite = connection.dialect.name == "sqlite"

if is_sqlite:
    # Tables are rebuilt in batches, which references from other tables must survive. Not possible in a transaction.
    connection.connection.execute("PRAGMA foreign_keys=OFF")
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=is_sqlite,
    transactional_ddl=True,
    compare_type=True,
)
try:
    with context.begin_transaction():
        set_scope(connection, EVERYTHING)  # a migration may change rows
        context.run_migrations()
        if is_sqlite and connection.execute(text("PRAGMA foreign_key_check")).first():
            raise RuntimeError("the migration would leave rows that refer to nothing")
finally:
    if is_sqlite:
        connection.connection.execute("PRAGMA foreign_keys=ON")
