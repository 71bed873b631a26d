"""A shelf of books with SQLAlchemy."""
import json
import sys

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from database import engine

ENGINE = engine()


def application(environ, start_response):
    status, body = answer(environ["PATH_INFO"])
    start_response(status, [("content-type", "application/json")])
    return [json.dumps(body).encode()]


def answer(path):
    if path == "/health":
        return "200 OK", {"alive": True}
    if path != "/":
        return "404 Not Found", {"error": "not found"}
    try:
        with ENGINE.connect() as connection:
            books = connection.execute(text("select count(*) from books")).scalar_one()
    except SQLAlchemyError as error:
        # The driver has no SQLSTATE for a login that was refused, only this text.
        print("request failed:", getattr(error, "orig", None) or error, file=sys.stderr)
        return "503 Service Unavailable", {"error": "try again"}
    return "200 OK", {"books": books}
