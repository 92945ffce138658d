"""Where the two databases say one thing in two ways: text pieces joined in an aggregate, text ordered by its bytes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class JoinedPieces(GenericFunction[str]):
    """Text pieces joined by commas: in order of the second argument on PostgreSQL, as read on SQLite (before 3.44)."""

    type = Text()
    inherit_cache = True
    name = "joined_pieces"


@compiles(JoinedPieces)
def _postgres_pieces(element: JoinedPieces, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - its signature
    piece, order = (compiler.process(clause, **options) for clause in element.clauses)
    return f"string_agg({piece}, ',' ORDER BY {order})"


@compiles(JoinedPieces, "sqlite")
def _sqlite_pieces(element: JoinedPieces, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - its signature
    piece, _ = (compiler.process(clause, **options) for clause in element.clauses)
    return f"group_concat({piece}, ',')"


class Smallest(GenericFunction[int]):
    """The smallest of several numbers, none of them NULL (which LEAST passes over, and SQLite's MIN does not)."""

    type = BigInteger()
    inherit_cache = True
    name = "smallest"


class Largest(GenericFunction[int]):
    """The largest of several numbers, none of them NULL, as with ``Smallest``."""

    type = BigInteger()
    inherit_cache = True
    name = "largest"


def _called(of: type[GenericFunction[int]], name: str, dialect: str) -> None:
    """Have a function go by another name on one of the databases."""

    @compiles(of, dialect)
    def _call(element: GenericFunction[int], compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - its signature
        return f"{name}({compiler.process(element.clauses, **options)})"


_called(Smallest, "least", "postgresql")
_called(Smallest, "min", "sqlite")
_called(Largest, "greatest", "postgresql")
_called(Largest, "max", "sqlite")


class ByBytes(GenericFunction[str]):
    """A text to be ordered by its bytes, whatever the database's collation."""

    type = Text()
    inherit_cache = True
    name = "by_bytes"


@compiles(ByBytes)
def _postgres_bytes(element: ByBytes, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - its signature
    return f'{compiler.process(next(iter(element.clauses)), **options)} COLLATE "C"'


@compiles(ByBytes, "sqlite")
def _sqlite_bytes(element: ByBytes, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - its signature
    return compiler.process(next(iter(element.clauses)), **options)
