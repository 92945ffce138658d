"""Column types shared by all tables: instants, keys, and the helpers that declare them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, MetaData
from sqlalchemy.orm import declared_attr
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

# INTEGER PRIMARY KEY is SQLite's row id and costs no second index; PostgreSQL gets BIGINT.
BigKey = BigInteger().with_variant(Integer(), "sqlite")


def to_micros(moment: datetime) -> int:
    """Return microseconds since 1970 UTC of an aware datetime (exact: no float on the way)."""
    return (moment - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the aware UTC datetime of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=micros)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as BIGINT microseconds since 1970 UTC.

    Half the index of text and exact arithmetic in both databases. Integers pass through, so that sums of instants and
    durations (microseconds) can be compared in SQL.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | int | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Refuse naive datetimes: a local time without zone is a bug at its source."""
        if value is None or isinstance(value, int):
            return value
        if value.tzinfo is None:
            msg = f"naive datetime {value!r}: instants are aware"
            raise ValueError(msg)
        return to_micros(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002 - SQLAlchemy's signature
        """Return an aware UTC datetime."""
        return None if value is None else from_micros(int(value))

    def coerce_compared_value(self, op: Any, value: Any) -> Any:  # noqa: ANN401, ARG002 - SQLAlchemy's signature
        """Compare and add plain integers as BIGINT, everything else as an instant."""
        return BigInteger() if isinstance(value, int) else self


class Row(SQLModel):
    """Base of every table: names in snake case, constraints named by convention, so that migrations can name them."""

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805 - SQLAlchemy calls it on the class
        """Return the class name in snake case."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def own_id() -> Any:  # noqa: ANN401 - SQLModel's Field is untyped too
    """Declare the table's own BIGINT key."""
    return Field(default=None, primary_key=True, sa_type=BigKey)


def big(**options: Any) -> Any:  # noqa: ANN401 - SQLModel's Field is untyped too
    """Declare a BIGINT column (a reference, a count, thousandths)."""
    return Field(sa_type=BigInteger, **options)


def instant(**options: Any) -> Any:  # noqa: ANN401 - SQLModel's Field is untyped too
    """Declare an instant."""
    return Field(sa_type=Instant, **options)
