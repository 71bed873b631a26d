#!/bin/sh
set -e
cd "$(dirname "$0")"
python -m alembic upgrade head
exec python -m gunicorn app:application
