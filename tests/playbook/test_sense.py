"""Rules beside each other, and who is covered: each oddity is said in its line, and what looks alike is not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from penstock.errors import Problem
from penstock.playbook.check import check_playbook
from penstock.playbook.load_files import read_playbook

GOOD = Path(__file__).parent / "cases" / "good"
PUMPS, OPERATIONS = "definitions/pumps.yaml", "operations.yaml"
ROLE = "    role:     {points: 15, function: engineering}\n"
ELSE = "  else:   {to: inside}\n"
OWNED = "  owned:  {account: has-owner, to: owner}\n"
AT_HOME = "  at-home: {tier: A, line: pumps, region: dach, to: specialists}\n"


VOCABULARY = "vocabulary.yaml"
STUDENT = '    student: {titles: ["*student*"]}\n'
BUYING = (VOCABULARY, STUDENT, f"{STUDENT}    buying: [Einkauf]\n")
Edit = tuple[str, str, str]
CARL = "  carl: {name"
EVE = (OPERATIONS, CARL, f"  eve: {{name: Eve, email: e@pumps.example, calendar: kiel}}\n{CARL}")


def warnings(tmp_path: Path, *edits: Edit) -> list[Problem]:
    """The warnings of the good playbook after some edits (file, old, new)."""
    shutil.copytree(GOOD, tmp_path / "playbook")
    for file, old, new in edits:
        path = tmp_path / "playbook" / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
    checked = check_playbook(read_playbook(tmp_path / "playbook"))
    assert checked.errors == ()
    return list(checked.warnings)


def warned(tmp_path: Path, *edits: Edit) -> list[str]:
    """The same as "line: what"."""
    return [f"{problem.line}: {problem.what}" for problem in warnings(tmp_path, *edits)]


def fit(rule: str) -> Edit:
    """One more fit rule, in line 10."""
    return PUMPS, ROLE, f"{ROLE}    more: {{{rule}}}\n"


def intent(rule: str) -> Edit:
    """One more intent rule, first."""
    return PUMPS, "    rfq:", f"    more: {{{rule}}}\n    rfq:"


def related(rule: str) -> Edit:
    """One more related rule, last."""
    return PUMPS, "  people:\n", f"    once-more: {{points: 5, {rule}}}\n  people:\n"


def people(rule: str) -> Edit:
    """One more rule over people, last."""
    return PUMPS, "tiers:\n", f"    two: {{points: 5, {rule}}}\ntiers:\n"


def routes(*lines: str) -> Edit:
    return OPERATIONS, OWNED + AT_HOME + ELSE, "".join(f"  {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ([fit("points: -15, function: [engineering]")], "10: more takes what role gives (15 points for the same)"),
        ([fit("points: 5, function: [engineering]")], "10: more asks the same as role"),
        ([fit("points: 5, employees: {to: 5000, from: 50}")], "10: more asks the same as size"),
        ([intent("points: 5, did: page_viewed, group: small")], "pages asks the same as more"),
        ([fit("points: -5, function: student, country: DE")],
         "10: more matters to nobody: whoever meets it is disqualified by student"),
        ([(PUMPS, "triage:\n", "triage:\n  young: {function: student}\n")], "young matters to nobody"),
        ([fit("points: 5, function: [engineering, student, buying]"), BUYING], "10: function names every one"),
        ([intent("points: 5, channel: event"), (PUMPS, "event: 1.2", "event: 0")], "more can never count: the channel"),
        ([related("at_least: 2, of: [datasheet, rfq], within: 30d, over: 1d")], "once-more asks the same as again"),
        ([related("of: [rfq], within: 91d")], "within 91 days says nothing: what is older than 90 days"),
        ([people("did: [rfq_submitted, content_downloaded], roles: [engineering], within: 60d")], "two asks the same"),
        ([people("did: rfq_submitted, at_least: 1")], "two holds for whoever did it alone"),
        ([people("did: rfq_submitted, at_least: 2, roles: [engineering, student, buying]"), BUYING],
         "at_least 2 says nothing: 3 roles take 3 people"),
        ([routes("young: {function: student, to: specialists}", "else: {to: inside}")], "2: nobody comes here"),
        ([routes("young: {function: student, line: pumps, to: specialists}", "else: {to: inside}")], "2: nobody comes"),
        ([routes("home: {region: dach, to: specialists}", "swiss: {country: CH, tier: A, to: inside}")],
         "no route takes leads from nordics: they wait in triage"),
        ([routes("home: {region: dach, to: specialists}", "early: {tier: A, to: inside}")],
         "no route but early takes leads from nordics: the others wait in triage"),
        ([routes("home: {region: dach, to: specialists}", "agents: {source: trade-show, to: inside}")],
         "no route but agents takes leads from nordics"),
        ([routes("home: {country: DE, to: specialists}", "big: {employees: {from: 500}, to: inside}")],
         "no route but big takes leads from nordics"),
        ([routes("home: {region: dach, to: specialists}", "a: {tier: A, to: inside}", "b: {line: valves, to: inside}")],
         "no route but a or b takes leads from nordics"),
        ([routes("home: {region: dach, to: specialists}", "dealers: {relationship: reseller, to: inside}")],
         "no route but dealers takes leads from nordics"),
        ([routes("home: {region: dach, to: specialists}", "rivals: {on_list: rivals, to: inside}")],
         "no route but rivals takes leads from nordics"),
        ([routes("mine: {account: has-owner, to: inside}", "home: {region: dach, to: specialists}")],
         "no route but mine takes leads from nordics"),
        ([routes("home: {tier: A, region: dach, to: specialists}", "few: {tier: A, employees: {to: 50}, to: inside}")],
         "no route but few takes leads from nordics"),
        ([routes("home: {line: pumps, to: specialists}", "else: {to: inside}"),
          EVE],
         "eve is in no queue and manages nobody"),
        ([(VOCABULARY, 'nordics: {countries: [SE, "NO", FI]}', "nordics: [Sweden, SE, fi]")],
         '13: "SE" is a spelling of nordics here, so nobody is in it by their country'),
        ([(VOCABULARY, "dach: {countries: [DE, AT, CH]}", "dach: [Deutschland]"),
          (VOCABULARY, "{DE: [Germany, Deutschland]}", "{DE: [Germany], Deutschland: }")],
         '"Deutschland" is a spelling of dach here'),
        ([(VOCABULARY, 'student: {titles: ["*student*"]}', 'student: ["*student*"]')],
         '"*student*" is read where something names the function itself, not in titles'),
        ([(VOCABULARY, 'pumps: {title: Pumps, assets: ["P-*"]}', 'pumps: ["P-*"]')],
         '"P-*" is read where something names the line itself, not in assets'),
    ],
)  # fmt: skip
def test_oddity_is_said_in_its_line(tmp_path: Path, edits: list[Edit], said: str) -> None:
    found = warned(tmp_path, *edits)
    assert any(said in line for line in found), found


@pytest.mark.parametrize(
    "edits",
    [
        [(VOCABULARY, "nordics: {countries: [SE,", "nordics: {spelt: [SE], countries: [SE,")],
        [(VOCABULARY, "valves: {title: Valves}", "valves: [V series]")],
        [(VOCABULARY, 'student: {titles: ["*student*"]}', 'student: {spelt: ["stud*"], titles: ["*student*"]}')],
        [fit("points: -15, function: [engineering], country: DE")],
        [fit("points: -14, employees: {from: 51, to: 5000}")],
        [fit("points: 15, function: {not: student}")],
        [intent("points: 60, did: [rfq_submitted, sample_requested], fades: {7d: 100 %}")],
        [(PUMPS, "triage:\n", "triage:\n  young: {industry: water}\n")],
        [fit("points: 5, function: [engineering, student]")],
        [fit("points: 5, function: [engineering, buying]"), BUYING],
        [intent("points: 5, channel: [event, web]"), (PUMPS, "event: 1.2", "event: 0")],
        [related("at_least: 3, of: [datasheet, rfq], within: 30d, over: 1d")],
        [related("of: [rfq], within: 90d")],
        [people("did: [rfq_submitted, content_downloaded], roles: [engineering], within: 61d")],
        [people("did: rfq_submitted, at_least: 1, roles: [engineering]")],
        [people("did: rfq_submitted, at_least: 4, roles: [engineering, student, buying]"), BUYING],
        [people("did: rfq_submitted, roles: [engineering, student, buying]"), BUYING],
        [routes("young: {function: [student, engineering], to: specialists}", "else: {to: inside}")],
        [routes("young: {function: student, line: valves, to: specialists}", "else: {to: inside}")],
        [routes("home: {region: dach, to: specialists}", "north: {country: [SE, FI], to: inside}")],
        [routes("home: {region: dach, to: specialists}", "rest: {region: {not: dach}, to: inside}")],
        [routes("home: {region: dach, to: specialists}", "a: {tier: A, to: inside}", "b: {tier: B, to: inside}")],
        [routes("home: {region: dach, to: specialists}", "ours: {line: pumps, to: inside}")],
        [routes("home: {region: dach, to: specialists}", "ours: {definition: pumps, to: inside}")],
        [routes("home: {tier: A, region: dach, to: specialists}", "early: {tier: A, to: inside}")],
        [routes("home: {region: dach, to: specialists}", "known: {industry: {is: known}, to: inside}",
                "other: {industry: {is: unknown}, to: inside}", "none: {industry: {is: missing}, to: inside}")],
        [routes("home: {region: dach, to: specialists}", "web: {source: website, to: inside}",
                "fair: {source: trade-show, to: inside}")],
        [routes("home: {region: dach, to: specialists}", "north: {region: nordics, to: inside}",
                "early: {tier: A, line: pumps, to: inside}")],
        [routes("home: {region: dach, to: specialists}", "listed: {on_list: rivals, to: inside}",
                "others: {on_list: {not: rivals}, to: inside}")],
        [routes("early: {tier: A, to: inside}", "big: {employees: {from: 500}, to: specialists}")],
        [EVE],
    ],
)  # fmt: skip
def test_what_looks_alike_is_not_said(tmp_path: Path, edits: list[Edit]) -> None:
    assert warned(tmp_path, *edits) == []


@pytest.mark.parametrize(
    ("motion", "said"),
    [
        ("[inbond]", 'there is no motion "inbond"; did you mean inbound?'),
        ("[inbound, Partner]", 'there is no motion "Partner"; did you mean partner?'),
        ("[outbond]", 'there is no motion "outbond"; did you mean outbound?'),
        ("[amb]", 'there is no motion "amb"; did you mean abm?'),
        ("[account-based]", 'there is no motion "account-based"; write one of inbound, outbound, partner, abm'),
    ],
)
def test_motion_that_nobody_knows_is_said(tmp_path: Path, motion: str, said: str) -> None:
    (problem,) = warnings(tmp_path, (PUMPS, "motion: [inbound]", f"motion: {motion}"))
    assert str(problem).startswith(f"playbook/{PUMPS}:3: {said}")


@pytest.mark.parametrize("motion", ["[inbound]", "[outbound]", "[partner, abm]", "[abm, inbound, outbound]", "[]"])
def test_motions_that_both_teams_know_are_not_said(tmp_path: Path, motion: str) -> None:
    assert warned(tmp_path, (PUMPS, "motion: [inbound]", f"motion: {motion}")) == []
