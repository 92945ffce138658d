"""The benchmark's definition, and the SELECT that somebody would write by hand for it alone; used by bench_scale.

It is in the shape of masks, knows the ids of all spellings, that each lead has one fact a field, and that nothing lies
ahead; so it does less than the compiled statement, which must know nothing of the kind.
"""

from __future__ import annotations

from typing import Any

from penstock.playbook.compiled import CompiledIntent, compile_definition
from penstock.playbook.definition import Definition
from tests.benchmarks.crowd import KINDS, WORDS, spelling_ids

DAY = 86_400_000_000
EXTRA: list[dict[str, str]] = [
    {"asset": "datasheet"}, {"channel": "webinar"}, {"says": "urgent"}, {"line": "hydraulics"},
    {"content_stage": "early"}, {"source": "web"}, {},
]  # fmt: skip
STRENGTHS = ["high", "medium", "low"]
SINGLE = 26
# What each condition means in spellings, by field of the activity.
SPELT = {
    ("asset", "datasheet"): ("asset", ["hx-200 datasheet", "seal-7 datasheet"]),
    ("channel", "webinar"): ("channel", ["webinar"]),
    ("says", "urgent"): ("text", ["urgent, please"]),
    ("line", "hydraulics"): ("asset", ["hx-200 datasheet", "hx-200 guide", "hx-200 page"]),
    ("content_stage", "early"): ("asset", ["hx-200 guide", "seal-7 guide"]),
    ("source", "web"): ("source", ["Website"]),
}


def definition(window: int = 90) -> dict[str, Any]:
    """Return 30 intent rules of every kind, in three bands that end after a window of so many days."""
    rules = {f"rule-{number}": _rule(number) for number in range(SINGLE)}
    fit = {
        "industry": {"points": 25, "industry": "machinery"},
        "size": {"points": 15, "employees": {"from": 50, "to": 5000}},
        "role": {"points": 15, "function": "engineering"},
    }
    intent = {
        "rules": rules, "channels": {"webinar": 1.2}, "groups": {"papers": {"at_most": 50}},
        "opens": {"at_most": 5, "human": ["web"]},
        "fades": {f"{window // 3}d": "100 %", f"{window // 3 * 2}d": "60 %", f"{window}d": "30 %"},
        "related": {
            "soon": {"points": 12, "of": ["rule-1", "rule-6", "rule-12"], "same": "line", "within": "14d"},
            "deep": {
                "points": 20, "of": [f"rule-{n}" for n in range(12)], "same": "asset", "at_least": 3, "over": "9d",
            },
        },
        "people": {
            "two": {"points": 8, "at_least": 2, "did": ["rfq_submitted", "tool_used"], "within": "30d"},
            "team": {"points": 9, "at_least": 3, "roles": ["engineering"], "asset": "datasheet", "within": "60d"},
        },
    }  # fmt: skip
    tiers = {
        "A": {"needs": {"fit": 40, "intent": 60}, "branch": "sales"},
        "B": {"needs": {"intent": 20}, "branch": "nurture"},
    }
    return {"definition": "bench", "fit": {"rules": fit}, "intent": intent, "tiers": tiers}


def _rule(number: int) -> dict[str, Any]:
    if number == SINGLE - 1:
        return {"points": 2, "did": "email_opened"}
    rule = {"points": 3 + number, "strength": STRENGTHS[number % 3], "did": KINDS[number % 6], "at_most": 40}
    if number == SINGLE - 2:
        rule["points"] = -6
    return {**rule, **EXTRA[number % 7], **({"group": "papers"} if number < 5 else {})}


def select(is_sqlite: bool, window: int = 90) -> str:
    """Return the SELECT of (lead, fit, intent, evidence); its parameters are now, the first and last lead, and
    from_account, to_account.
    """
    least, most = ("min", "max") if is_sqlite else ("least", "greatest")
    compiled = compile_definition(Definition.model_validate(definition(window)))
    own = {rule.id: f"coalesce(s.r{n}, 0)" for n, rule in enumerate(compiled.single)}
    own |= {"soon": "coalesce(soon.points, 0)", "deep": "coalesce(deep.points, 0)"}
    own |= {
        "two": "CASE WHEN c.held & 1 <> 0 THEN 8000 ELSE 0 END",
        "team": "CASE WHEN c.held & 2 <> 0 THEN 9000 ELSE 0 END",
    }
    papers = f"{least}(50000, {most}(-50000, {' + '.join(own[f'rule-{n}'] for n in range(5))}))"
    apart = {*(f"rule-{n}" for n in range(5)), f"rule-{SINGLE - 1}"}
    rest = " + ".join([papers, *(points for name, points in own.items() if name not in apart)])
    opened = f"{least}(5000, {own[f'rule-{SINGLE - 1}']})"
    fit = "(CASE WHEN h.mask & 1 <> 0 THEN 25000 ELSE 0 END + CASE WHEN h.mask & 2 <> 0 THEN 15000 ELSE 0 END + CASE WHEN h.mask & 4 <> 0 THEN 15000 ELSE 0 END)"  # noqa: E501
    return f"""
WITH {_hits(is_sqlite, compiled.single)},
{_sums(is_sqlite, compiled.single)},
{_related(compiled.related[0], "line")},
{_related(compiled.related[1], "asset")},
{_crowd(is_sqlite)},
{_fit()},
rest AS (
  SELECT l.id, h.mask, {rest} AS rest, {opened} AS opened, {fit} AS fit, coalesce(s.evidence, '') AS pairs,
    coalesce(c.held, 0) AS held, coalesce(c.people, '') AS people
  FROM lead l JOIN fit h ON h.lead = l.id LEFT JOIN sums s ON s.lead_id = l.id LEFT JOIN soon ON soon.lead_id = l.id
    LEFT JOIN deep ON deep.lead_id = l.id LEFT JOIN crowd c ON c.account_id = l.account_id
  WHERE l.id BETWEEN :first AND :last)
SELECT id, fit, {least}(100000, {most}(-100000, rest + CASE WHEN rest > 0 THEN opened ELSE 0 END)) AS intent,
  '[' || mask || ',[' || pairs || '],[' || held || ',[' || people || ']]]' AS evidence
FROM rest"""


def _in(field: str, words: list[str]) -> str:
    ids = spelling_ids()
    return f"a.{field}_id IN ({', '.join(str(ids[field, word]) for word in words)})"


def _asks(number: int) -> str:
    rule = _rule(number)
    asked = [_in("kind", [str(rule["did"])])]
    asked += [_in(*SPELT[name, str(rule[name])]) for name in rule if (name, rule[name]) in SPELT]
    asked += [_in("channel", ["web"])] if rule["did"] == "email_opened" else []
    return " AND ".join(asked)


def _hits(is_sqlite: bool, rules: tuple[CompiledIntent, ...]) -> str:
    masks = " + ".join(f"CASE WHEN {_asks(n)} THEN {rule.bit} ELSE 0 END" for n, rule in enumerate(rules))
    ids, assets = spelling_ids(), WORDS["asset"]
    about = " ".join(
        f"WHEN {ids['asset', one]} THEN {1 + ('seal' in one)}" for one in assets
    )  # fmt: skip
    kinds = " ".join(
        f"WHEN {ids['asset', one]} THEN {1 + ('guide' in one)}" for one in assets if "page" not in one
    )  # fmt: skip
    edges = [band.edge for band in rules[0].bands]
    return f"""hit AS MATERIALIZED (
  SELECT a.lead_id, a.id, a.occurred_at, CASE WHEN a.occurred_at > :now - {edges[0]} THEN 0 WHEN a.occurred_at > :now - {edges[1]} THEN 1
    ELSE 2 END + CASE WHEN {_in("channel", ["webinar"])} THEN 3 ELSE 0 END AS band,
    CASE a.asset_id {about} END AS line, CASE a.asset_id {kinds} END AS asset, {masks} AS mask
  FROM activity a
  WHERE a.lead_id BETWEEN :first AND :last AND a.occurred_at > :now - {edges[2]} AND a.received_at <= :now)"""  # noqa: E501


def _points(rule: CompiledIntent, of: str = "") -> str:
    points = [band.points[channel] for channel in (0, 1) for band in rule.bands]
    return f"CASE {of}band {' '.join(f'WHEN {n} THEN {one}' for n, one in enumerate(points))} END"


def _sums(is_sqlite: bool, rules: tuple[CompiledIntent, ...]) -> str:
    least, most = ("min", "max") if is_sqlite else ("least", "greatest")
    columns = []
    for number, rule in enumerate(rules):
        summed = f"sum(CASE WHEN mask & {rule.bit} <> 0 THEN {_points(rule)} ELSE 0 END)"
        bound = "" if rule.cap is None else (f"{most}(-{rule.cap}, " if rule.points < 0 else f"{least}({rule.cap}, ")
        columns.append(f"{bound}{summed}{')' if bound else ''} AS r{number}")
    pair = "'[' || id || ',' || mask || ']'"
    pieces = f"group_concat({pair}, ',')" if is_sqlite else f"string_agg({pair}, ',')"
    return f"sums AS (SELECT lead_id, {', '.join(columns)}, {pieces} AS evidence FROM hit WHERE mask <> 0 GROUP BY lead_id)"  # noqa: E501


def _related(rule: CompiledIntent, same: str) -> str:
    how = rule.together
    assert how is not None
    asked = [f"place >= {how.at_least}"]
    asked += [f"occurred_at - earlier <= {how.within}"] if how.within else []
    asked += [f"occurred_at - begun >= {how.over}"] if how.over else []
    over = f"PARTITION BY lead_id, {same}"
    return f"""{rule.id} AS (SELECT lead_id, max(points) AS points FROM (
  SELECT lead_id, occurred_at, {_points(rule)} AS points, row_number() OVER ({over} ORDER BY occurred_at, id) AS place,
    lag(occurred_at, {how.at_least - 1}) OVER ({over} ORDER BY occurred_at, id) AS earlier,
    min(occurred_at) OVER ({over}) AS begun
  FROM hit WHERE {same} IS NOT NULL AND mask & {rule.bit} <> 0) x WHERE {" AND ".join(asked)} GROUP BY lead_id)"""


def _crowd(is_sqlite: bool) -> str:
    pair = "'[' || id || ',' || (two + team) || ']'"
    pieces = f"group_concat({pair}, ',')" if is_sqlite else f"string_agg({pair}, ',')"
    engineer = spelling_ids()["title", "Engineer"]
    is_engineer = f"EXISTS (SELECT 1 FROM fact f WHERE f.subject = 'lead' AND f.subject_id = p.id AND f.field = 'title' AND f.spelling_id = {engineer})"  # noqa: E501
    return f"""crowd AS (SELECT account_id, CASE WHEN sum(two) >= 2 THEN 1 ELSE 0 END
    + CASE WHEN sum(team) / 2 >= 3 AND max(CASE WHEN team = 2 AND {is_engineer} THEN 1 ELSE 0 END) = 1 THEN 2 ELSE 0 END AS held, {pieces} AS people
  FROM (SELECT l.account_id, l.id,
      max(CASE WHEN {_in("kind", ["rfq_submitted", "tool_used"])} AND a.occurred_at > :now - {30 * DAY} THEN 1 ELSE 0 END) AS two,
      max(CASE WHEN {_in("asset", ["hx-200 datasheet", "seal-7 datasheet"])} AND NOT {_in("kind", ["email_opened"])} THEN 2 ELSE 0 END) AS team
    FROM lead l JOIN activity a ON a.lead_id = l.id AND a.occurred_at > :now - {60 * DAY} AND a.received_at <= :now
    WHERE l.account_id BETWEEN :from_account AND :to_account GROUP BY l.account_id, l.id) p
  WHERE two + team > 0 GROUP BY account_id)"""  # noqa: E501


def _fit() -> str:
    ids = spelling_ids()
    return f"""fit AS (SELECT i.subject_id AS lead, CASE WHEN i.spelling_id = {ids["industry", "Maschinenbau"]} THEN 1 ELSE 0 END
    + CASE WHEN e.number BETWEEN 50000 AND 5000000 THEN 2 ELSE 0 END
    + CASE WHEN t.spelling_id = {ids["title", "Engineer"]} THEN 4 ELSE 0 END AS mask
  FROM fact i JOIN fact e ON e.subject = 'lead' AND e.subject_id = i.subject_id AND e.field = 'employees'
    JOIN fact t ON t.subject = 'lead' AND t.subject_id = i.subject_id AND t.field = 'title'
  WHERE i.subject = 'lead' AND i.field = 'industry' AND i.subject_id BETWEEN :first AND :last)"""  # noqa: E501
