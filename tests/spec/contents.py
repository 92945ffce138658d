"""What the manual holds, in its order: each idea with the files of examples that tell it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import NamedTuple

from tests.spec import (
    test_both_over_their_thresholds,
    test_components_supplier,
    test_cooldown,
    test_decay_and_the_last_day,
    test_depth_over_breadth,
    test_disqualifiers,
    test_equipment_maker,
    test_exceptions,
    test_fast_track_and_triage,
    test_grades,
    test_groups_under_one_cap,
    test_motions_side_by_side,
    test_opened_mails,
    test_partner_lead,
    test_people_of_an_account,
    test_product_lines,
    test_programs_and_standards,
    test_roles_and_influence,
    test_rule_based,
    test_score_based,
    test_second_related_signal,
    test_signals_of_different_kinds,
    test_source_and_campaign,
    test_stage_of_content,
    test_stages_of_ones_own,
    test_staying_in_a_tier,
    test_target_lists,
    test_webinar_and_role,
    test_weighted_signals,
    test_words_nobody_knows,
    test_words_of_the_service_desk,
)
from tests.spec.tables import Case

CONTENTS: dict[str, tuple[ModuleType, ...]] = {
    "Rule-based: every gate must hold": (test_rule_based,),
    "Score-based: a total over a threshold, and a fit minimum": (test_score_based,),
    "Two steps: one signal engages, a second related one qualifies": (test_second_related_signal,),
    "Gates that count signals": (test_signals_of_different_kinds,),
    "A webinar, and a role that matches": (test_webinar_and_role,),
    "Partner leads, and target lists": (test_partner_lead, test_target_lists),
    "A components supplier, and an equipment maker": (test_components_supplier, test_equipment_maker),
    "A maintenance provider: words that mean urgency": (test_words_of_the_service_desk,),
    "Parts for medical equipment: fit and intent both": (test_both_over_their_thresholds,),
    "Weighted signals, caps and channels": (
        test_weighted_signals,
        test_groups_under_one_cap,
        test_stage_of_content,
        test_source_and_campaign,
    ),
    "By motion: inbound, outbound, partner, account-based": (test_motions_side_by_side, test_opened_mails),
    "Decay bands, windows, and the last day": (test_decay_and_the_last_day,),
    "Negative points and hard disqualifiers": (test_disqualifiers,),
    "Depth over breadth": (test_depth_over_breadth,),
    "By product line": (test_product_lines,),
    "Accounts and their people": (test_people_of_an_account,),
    "Roles, their influence, and the technical profile": (test_roles_and_influence, test_programs_and_standards),
    "Fast track and triage": (test_fast_track_and_triage, test_words_nobody_knows),
    "Tiers, grades, and leads on the edge": (test_grades, test_staying_in_a_tier, test_cooldown),
    "Exceptions, and stages of your own": (test_exceptions, test_stages_of_ones_own),
}


class Example(NamedTuple):
    """A playbook in YAML, and what it decides."""

    playbook: str
    cases: Sequence[Case]


def examples(told_by: ModuleType) -> Iterator[Example]:
    """Yield the examples of a file; further ones stand in ``MORE``."""
    yield Example(told_by.PLAYBOOK, told_by.CASES)
    yield from (Example(*more) for more in getattr(told_by, "MORE", ()))
