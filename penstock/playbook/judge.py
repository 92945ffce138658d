"""Runs the compiled statement over the batch that was picked; called by qualify, compare, explain and their tests.

SQLite takes the statement with its values apart. PostgreSQL would have nine hundred of them sent and bound, and plan
anew, which for one lead takes twenty times as long as judging it: there they are written into the text, and for few
subjects the server keeps text and plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

from sqlalchemy import BigInteger, Connection, Dialect, literal_column

from penstock.playbook.compile import statement, verdicts
from penstock.playbook.definition import Definition
from penstock.store.batch import is_of_few

PREPARED = "penstock.prepared"
# Statements that a connection's server keeps: each is one or two megabytes there.
MOST_KEPT = 64
# Where the version goes in the text; no text of PostgreSQL has this letter.
GAP = "\x00"


def judge(tx: Connection, definition: Definition, trust: Sequence[str], version: int) -> None:
    """Write the verdicts of the batch under a definition of a version into their scratch table."""
    if tx.dialect.name == "sqlite":
        tx.execute(verdicts(definition, trust, "sqlite"), {"version": version})
        return
    key = definition.model_dump_json(by_alias=True, exclude_defaults=True)
    text = str(version).join(_pieces(key, tuple(trust), tx.dialect))
    tx.exec_driver_sql(_kept(tx, text) if is_of_few(tx) else text)


def _kept(tx: Connection, text: str) -> str:
    """Return what runs a statement that this connection's server has parsed and planned, after giving it to it once."""
    name = f"verdict_{blake2b(text.encode(), digest_size=16).hexdigest()}"
    known = tx.info.setdefault(PREPARED, set())
    if name not in known:
        if len(known) == MOST_KEPT:
            tx.exec_driver_sql("DEALLOCATE ALL")
            known.clear()
        tx.exec_driver_sql(f"PREPARE {name} AS {text}")
        known.add(name)
    return f"EXECUTE {name}"


@lru_cache(maxsize=256)
def _pieces(key: str, trust: tuple[str, ...], dialect: Dialect) -> tuple[str, ...]:
    """Return the statement as text for the driver, in pieces between which its version goes."""
    made = statement(Definition.model_validate_json(key), trust, "postgresql", literal_column(GAP, BigInteger))
    return tuple(str(made.compile(dialect=dialect, compile_kwargs={"literal_binds": True})).split(GAP))
