"""Where the database is, and as whom: PGHOST, PGPORT, PGDATABASE and PGUSER, with the password in PASSWORD_FILE or as
PGPASSWORD."""
import os
import pathlib

from sqlalchemy import URL, Engine, create_engine

CONNECT_SECONDS = 5


def engine() -> Engine:
    """A pool whose sessions are asked before they are used: one that was ended is replaced without a lost request."""
    file = os.environ.get("PASSWORD_FILE")
    url = URL.create(
        "postgresql+psycopg",
        username=os.environ["PGUSER"],
        password=pathlib.Path(file).read_text() if file else os.environ["PGPASSWORD"],
        host=os.environ["PGHOST"],
        port=int(os.environ["PGPORT"]),
        database=os.environ["PGDATABASE"],
        # The authorities are those of PGSSLROOTCERT.
        query={"sslmode": "verify-full", "connect_timeout": str(CONNECT_SECONDS)},
    )
    size = int(os.environ.get("POOL_SIZE", "5"))
    return create_engine(
        url, pool_size=size, max_overflow=0, pool_timeout=CONNECT_SECONDS, pool_pre_ping=True
    )
