"""Migrates in one transaction, one instance after the other: Alembic itself has no lock."""
from alembic import context
from sqlalchemy import text

from database import engine

# Any number will do, as long as all instances have the same.
MIGRATION_LOCK = 16180

with engine().connect() as connection:
    context.configure(connection=connection, transactional_ddl=True)
    with context.begin_transaction():
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        context.run_migrations()
