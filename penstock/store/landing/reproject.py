"""Profile columns of a few leads, read again from all their facts; used where facts moved, by merge and unmerge."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from penstock.mail.keyring import Keyring
from penstock.store.bulk import bulk_update
from penstock.store.landing.profile import LEAD_SHAPE, changed, project
from penstock.store.landing.subjects import hashes
from penstock.store.playbooks import Live
from penstock.store.statements import among, plain_rows
from penstock.store.types import to_micros


def project_again(
    tx: Connection, live: Live, keyring: Keyring, emails: Mapping[int, str | None], *, now: datetime
) -> None:
    """Write what the facts of some leads say into their columns, where that differs.

    ``emails`` are lead → the address that it has where no fact speaks of one.
    """
    lead, names = LEAD_SHAPE.rows.c, list(LEAD_SHAPE.columns)
    rows = plain_rows(tx, select(lead.id, *(lead[name] for name in names)).where(among(tx, lead.id, emails)))
    told = project(tx, live, LEAD_SHAPE, list(emails))
    for one, email in emails.items():
        told[one].setdefault("email", email)
    after = changed(LEAD_SHAPE, {row[0]: row[1:] for row in rows}, told)
    if not after:
        return
    cells = map(list, zip(*after.values(), strict=True))
    columns: dict[str, list[Any]] = dict(zip(names, cells, strict=True))
    columns |= {"email_hash": hashes(keyring, columns["email"]), "updated_at": [to_micros(now)] * len(after)}
    bulk_update(tx, LEAD_SHAPE.rows, {"id": list(after)}, columns)
