"""Runs Kusto queries on given rows. Reads and writes JSON; see kusto.ts."""

import json
import sys

import duckdb_kql

TYPES = {
    "datetime": "timestamp",
    "dynamic": "json",
    "real": "double",
    "int": "integer",
    "string": "varchar",
}


def answer(tables, rows, query):
    connection = duckdb_kql.connect()
    for table, columns in tables.items():
        definitions = ", ".join(f'"{name}" {TYPES[type]}' for name, type in columns.items())
        connection.sql(f'create table "{table}" ({definitions})')
        for row in rows.get(table, []):
            names = ", ".join(f'"{name}"' for name in row)
            marks = ", ".join("?" for _ in row)
            connection.execute(f'insert into "{table}" ({names}) values ({marks})', list(row.values()))
    relation = duckdb_kql.query(connection, query)
    return [dict(zip(relation.columns, row)) for row in relation.fetchall()]


asked = json.load(sys.stdin)
answers = [answer(asked["tables"], each["rows"], each["query"]) for each in asked["cases"]]
json.dump(answers, sys.stdout, default=str)
