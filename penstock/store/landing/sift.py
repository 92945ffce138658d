"""Which records of a page can be landed: those with a subject, readable addresses, and texts that can be stored."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.identity.emails import normalise
from penstock.records import Record
from penstock.store.landing.page import Rejected, Rows


def sift(records: Sequence[Record]) -> tuple[Rows, list[Rejected]]:
    """Return the records that can be landed, and the others with their reasons."""
    records, rejected = _storable(records)
    known = {text: normalise(text) for text in {record.email for record in records} if text}
    known[""] = ""
    emails = [known[record.email] for record in records]
    if not all(emails):
        found = [None if email else _problem(record) for record, email in zip(records, emails, strict=True)]
        rejected += [problem for problem in found if problem]
        emails = [email for email, problem in zip(emails, found, strict=True) if not problem]
        records = [record for record, problem in zip(records, found, strict=True) if not problem]
    return Rows(records, emails), rejected


def _problem(record: Record) -> Rejected | None:
    """Return why a record without a good address cannot be landed, None where something else says whom it is about."""
    if record.person_id or record.company_id:
        return None
    if record.email:
        return Rejected(record, "bad_email", f'"{record.email}" is no e-mail address, and nothing else says who it is')
    if record.answer is not None or record.fields.get("domain") or record.fields.get("company"):
        return None
    return Rejected(record, "no_subject", "neither a person (e-mail, id) nor a company (id, domain, name) is named")


def _storable(records: Sequence[Record]) -> tuple[Sequence[Record], list[Rejected]]:
    """Leave out records whose ids hold what no database stores; asked of all at once, for it hardly ever happens."""
    columns = (
        [r.external_id for r in records],
        [r.person_id for r in records],
        [r.company_id for r in records],
        [r.raw for r in records],
    )
    if all(is_storable("".join(column)) for column in columns):
        return records, []
    good = [r for r in records if is_storable(f"{r.external_id}{r.person_id}{r.company_id}{r.raw}")]
    kept = set(map(id, good))
    why = "holds bytes that are no text; save the file in its true encoding"
    return good, [Rejected(record, "bad_text", why) for record in records if id(record) not in kept]


def is_storable(text: str) -> bool:
    """Return whether both databases take a text: no NUL (PostgreSQL), no lone surrogates (undecodable bytes)."""
    return "\0" not in text and (text.isascii() or _encodes(text))


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def storable(text: str) -> str:
    """Return a text with what cannot be stored replaced, for quarantine and for words."""
    return text if is_storable(text) else text.replace("\0", "�").encode("utf-8", "replace").decode()
