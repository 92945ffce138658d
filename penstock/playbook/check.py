"""The playbook checked as a whole: what fits the schema and still cannot work; called by every loading.

Each check is a file ``check_*.py`` with one function; it takes the playbook and adds to the findings.
"""

from __future__ import annotations

from dataclasses import dataclass

from penstock.errors import Problem
from penstock.playbook.check_alone import check_alone
from penstock.playbook.check_calendars import check_calendars
from penstock.playbook.check_conditions import check_conditions
from penstock.playbook.check_cover import check_cover
from penstock.playbook.check_definitions import check_definitions
from penstock.playbook.check_findings import Findings
from penstock.playbook.check_grades import check_grades
from penstock.playbook.check_groups import check_groups
from penstock.playbook.check_mails import check_mails
from penstock.playbook.check_opens import check_opens
from penstock.playbook.check_people import check_people
from penstock.playbook.check_people_rules import check_people_rules
from penstock.playbook.check_points import check_points
from penstock.playbook.check_queues import check_queues
from penstock.playbook.check_related import check_related
from penstock.playbook.check_routes import check_routes
from penstock.playbook.check_sense import check_sense
from penstock.playbook.check_sequences import check_sequences
from penstock.playbook.check_spelt import check_spelt
from penstock.playbook.check_stages import check_stages
from penstock.playbook.check_vocabulary import check_vocabulary
from penstock.playbook.load_files import Loaded

CHECKS = (
    check_vocabulary,
    check_spelt,
    check_conditions,
    check_definitions,
    check_groups,
    check_related,
    check_people_rules,
    check_opens,
    check_points,
    check_grades,
    check_alone,
    check_stages,
    check_sense,
    check_routes,
    check_cover,
    check_queues,
    check_people,
    check_calendars,
    check_sequences,
    check_mails,
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What is wrong (no run adopts it), and what is odd and may be meant, both in the order of their places."""

    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def check_playbook(loaded: Loaded) -> Checked:
    """Check a playbook that fits its schema, as a whole."""
    found = Findings(loaded.places)
    for check in CHECKS:
        check(loaded.playbook, found)
    return Checked(tuple(sorted(set(found.errors))), tuple(sorted(set(found.warnings))))
