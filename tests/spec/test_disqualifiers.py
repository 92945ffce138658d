"""Points against somebody are weighed; a disqualifier is not: it says no, whatever the points.

Negative points lower fit or intent, and enough interest outweighs them. A disqualifier stands apart: it is a condition
over the profile (role, industry, geography, source, product scope, authority, the kind of e-mail address, or a flag
that a form or an enrichment sets), and whoever meets it is out, with its name on record. An address is ``free`` at a
provider where anybody gets one, else ``business``, unless the vocabulary says of its domain what it is. A person can
lift a disqualifier for one lead, with the reason (``penstock lead lift``); the decision then says so.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.store.engine import Sessions
from tests.spec.tables import Case, decided

PLAYBOOK = """
vocabulary:
  sources: {web: [Website], job-portal: []}
  email_types: {university: ["*.edu"], free: [mail.valley.example]}
  fields:  {product_scope: text, authority: text, flag: text}
  assets:  {careers: ["*careers*"]}
definition: hydraulics
fit:
  rules:
    industry: {points: 25, industry: machinery}
    small:    {points: -10, employees: {to: 9}}
intent:
  rules:
    rfq:      {points: 60, strength: high, did: rfq_submitted}
    careers:  {points: -10, did: page_viewed, asset: careers, at_most: -20}
tiers:
  A: {needs: {fit: 0, intent: 50}, branch: sales}
  C: {needs: {intent: 1}, branch: nurture}
disqualify:
  student:      {function: student, title: Student or trainee}
  mining:       {industry: mining}
  not-there:    {region: benelux}
  job-seeker:   {source: job-portal}
  not-sold:     {product_scope: [bicycle brakes, toys]}
  no-authority: {authority: private use}
  competitor:   {flag: competitor}
  private:      {email_type: free}
  for-study:    {email_type: university}
"""
RFQ, OUT = ["2d rfq_submitted"], {"tier": "A", "stage": "disqualified", "branch": "out"}
CASES = [
    Case("a student who asks for a quote", OUT | {"intent": 60, "reason": "disqualified: student"}, RFQ,
         {"title": "Student of physics"}),
    Case("points against a small firm are weighed", {"fit": 15, "tier": "A", "branch": "sales"}, RFQ,
         {"industry": "machinery", "employees": 5}),
    Case("points against somebody who looks for a job", {"intent": 50, "tier": "A"},
         [*RFQ, "1d page_viewed, asset Careers"], {}),
    Case("and how far they go", {"intent": 40, "tier": "C"}, [*RFQ, *["1d page_viewed, asset Careers"] * 5]),
    Case("an industry", {**OUT, "tier": "A"}, RFQ, {"industry": "mining"}),
    Case("a region", OUT, RFQ, {"country": "NL"}),
    Case("a source", OUT, RFQ, {"source": "job-portal"}),
    Case("something that is not sold", OUT, RFQ, {"product_scope": "Toys"}),
    Case("nobody to decide", OUT, RFQ, {"authority": "private use"}),
    Case("a flag", OUT, RFQ, {"flag": "competitor"}),
    Case("an address at a free provider", OUT | {"reason": "disqualified: private"}, RFQ, {"email_type": "gmail.com"}),
    Case("at one that only the vocabulary knows", OUT, RFQ, {"email_type": "mail.valley.example"}),
    Case("of a kind of the vocabulary's own", OUT | {"reason": "disqualified: for-study"}, RFQ,
         {"email_type": "physics.example.edu"}),
    Case("an address at work", {"branch": "sales"}, RFQ, {"email_type": "brunner.example"}),
    Case("two of them", {"reason": "disqualified: student, competitor"}, RFQ, {
        "title": "Student", "flag": "competitor"}),
    Case("lifted by hand", {"branch": "sales", "reason": "tier A: fit 0, intent 60; lifted by hand: student"},
         [*RFQ, "1d lifted student, reason Buys for her institute"], {"title": "Student of physics"}),
    Case("lifted, but there is another", OUT,
         [*RFQ, "1d lifted student, reason Buys for her institute"],
         {"title": "Student of physics", "flag": "competitor"}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_disqualifier_comes_before_any_points(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides
