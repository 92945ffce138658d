"""The whole playbook as one value: what decides, and the rest, each with its version."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from penstock.playbook.definition import Definition
from penstock.playbook.operations import Operations, canonical
from penstock.playbook.part import Part
from penstock.playbook.vocabulary import Vocabulary


class Deciding(Part):
    """What decides: vocabulary and definitions, in the order written."""

    vocabulary: Vocabulary = Vocabulary()
    definitions: dict[str, Definition]

    def asks_people(self, subject: str) -> bool:
        """Whether some definition of leads (or of accounts) asks what the people of an account did."""
        asking = (one for one in self.definitions.values() if one.subject == subject)
        return any(one.intent.people or one.intent.whose == "people" for one in asking)


class Playbook(Part):
    """A playbook: both halves."""

    deciding: Deciding
    operations: Operations


def body(part: Part) -> str:
    """Return the canonical JSON of one half. Order counts: tiers and routes are read from the top."""
    return json.dumps(canonical(part), ensure_ascii=False, separators=(",", ":"))


def version(part: Part) -> str:
    """Return the version of one half: the hash of its canonical JSON, so that a comment changes nothing."""
    return sha256(body(part).encode()).hexdigest()[:12]


def read_body(model: type[Part], text: str) -> Any:  # noqa: ANN401 - the model's instance
    """Return the half that was stored as canonical JSON."""
    return model.model_validate_json(text)
