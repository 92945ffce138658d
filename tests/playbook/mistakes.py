"""Every mistake that a playbook can hold, one a line: made in a copy of cases/good, said with its place and remedy."""

from __future__ import annotations

from dataclasses import dataclass

VOCABULARY, PUMPS, OPERATIONS = "vocabulary.yaml", "definitions/pumps.yaml", "operations.yaml"
FIRST = "mails/pumps/first.md"
BUT = """\
exceptions:
  but: {function: {is: missing}, any: [rfq], branch: ask, sequence: general}
triage:"""
GRADES = """\
grades: {fit: {A: 40, B: 20}, intent: {1: 60, 2: 30}}
tiers:
  G: {needs: {grades: [A1, B1]}, branch: sales}
"""
# With those that are there one more than a mask of 62 bits takes.
MANY = "".join(f"    more-{n}: {{points: 1, employees: {{from: {n}}}}}\n" for n in range(59))


@dataclass(frozen=True)
class Mistake:
    """``old`` becomes ``new`` in the file; the problem stands in the line that holds ``at``, by default ``new``."""

    file: str
    old: str
    new: str
    what: str
    remedy: str
    at: str = ""

    @property
    def name(self) -> str:
        return f"{self.file}: {self.what}"


# What is no playbook at all: refused while reading.
OF_FORM = [
    # YAML itself
    Mistake(PUMPS, "  at_most: 60", "\tat_most: 60", "a tab stands where spaces belong", "indent with spaces"),
    Mistake(PUMPS, "title: Pumps, inbound", "title: Pumps: inbound", 'the ":" in Pumps: in', 'title: "Pumps: inbound"'),
    Mistake(OPERATIONS, "title: P-12 datasheet", "title: P-12: datasheet", 'the ":" in P-12: d', '"P-12: datasheet"'),
    Mistake(PUMPS, "title: Pumps, inbound", "title: &pumps", "& at the beginning of a value", '"&pumps"'),
    Mistake(PUMPS, "title: Pumps, inbound", "title: true", "title: true is no text", "put it in quotes"),
    Mistake(VOCABULARY, "[waterworks,", "[waterworks: city,", 'the ":" in waterworks: city', '"waterworks: city"'),
    Mistake(OPERATIONS, "agreed: [Every A", "agreed: -A #", '"-A" is no list', "write a space after each dash"),
    Mistake(PUMPS, "cooldown: 60d", "cooldown: [60d", "a bracket [ is not closed", "write [one, two]", "cooldown"),
    Mistake(PUMPS, "cooldown: 60d", 'cooldown: "60d', "a quote is opened and never closed", "close it", "cooldown"),
    Mistake(PUMPS, "cooldown: 60d", "cooldown: *short", "the alias (*) stands for nothing", "put it in quotes"),
    Mistake(PUMPS, "cooldown: 60d", "cooldown: @60d", "means something to YAML", "put the value in quotes"),
    Mistake(PUMPS, "cooldown: 60d", "cooldown: \x0760d", "no text should hold", "delete it"),
    Mistake(PUMPS, "cooldown: 60d", "---\ncooldown: 60d", "a second document", "a file of its own", "---"),
    Mistake(
        PUMPS, "cooldown: 60d", "cooldown: 60d\ncooldown: 90d", "cooldown stands twice", "keep one", "cooldown: 90d"
    ),
    Mistake(PUMPS, "cooldown: 60d", "<<: {cooldown: 60d}", "<< is not read here", "write the lines out"),
    Mistake(PUMPS, "cooldown: 60d", "? [a]\n: b", "where a name belongs", "write name: value", "? [a]"),
    # files and sections
    Mistake(VOCABULARY, "vocabulary:", "goals: {}\nvocabulary:", "goals stands in", "one file", "goals: {}"),
    Mistake(OPERATIONS, "queues:", "queue:", "the section queue is unknown", "did you mean queues?"),
    Mistake(OPERATIONS, "goals:", "tiers: {}\ngoals:", "tiers is unknown", "definition: some-id", "tiers: {}"),
    Mistake(OPERATIONS, "goals:", "mails: {}\ngoals:", "mails is unknown", "mails/NAME.md", "mails: {}"),
    Mistake(
        "more.yaml", "", "definition: pumps\ntiers: {A: {branch: none}}\n", "defined in", "another id", "definition: p"
    ),
    Mistake("list.yaml", "", "- one\n", "the file holds no section", "begin with one of", "- one"),
    Mistake(PUMPS, "definition: pumps", "definitoin: pumps", "definitoin is unknown", "did you mean definition?"),
    # unknown and missing fields
    Mistake(PUMPS, "tiers:", "tires:", "tires is unknown here", "did you mean tiers?"),
    Mistake(PUMPS, "branch: nurture", "brunch: nurture", "brunch is unknown here", "did you mean branch?"),
    Mistake(
        PUMPS, "points: 15, employees", "points: 15, employes", "employes is unknown here", "did you mean employees?"
    ),
    Mistake(PUMPS, "points: 25", "pionts: 25", "pionts is unknown here", "did you mean points?"),
    Mistake(PUMPS, "points: 60,", "", "points is missing", "add points", "rfq: "),
    Mistake(PUMPS, "says:", "text:", "text is unknown here", "a condition speaks of did,"),
    Mistake(PUMPS, "branch: nurture", "xyz: nurture", "xyz is unknown here", "leave it out"),
    Mistake(
        OPERATIONS, "{name: Anna Vogt,", "{xyz: 1, name: Anna Vogt,", "xyz is unknown here", "known here: name, email"
    ),
    Mistake(OPERATIONS, "to: specialists}", "two: specialists}", "two is unknown here", "did you mean to?"),
    Mistake(OPERATIONS, "email: dora@pumps.example, ", "", "email is missing", "add email", "dora:"),
    Mistake(VOCABULARY, "  sources:", "  source:", "source is unknown here", "did you mean sources?"),
    # values
    Mistake(PUMPS, "branch: nurture", "branch: salse", 'branch: "salse" is not possible', "did you mean sales?"),
    Mistake(PUMPS, "strength: high", "strength: hot", 'strength: "hot" is not possible', "high or medium or low"),
    Mistake(PUMPS, "points: 25", "points: many", '"many" is no number of points', "", "industry:"),
    Mistake(PUMPS, "points: 60,", "points: ,", "points: nothing is no number of points", "write digits", "rfq: "),
    Mistake(
        PUMPS, "employees: {from: 50, to: 5000}", "heads: 50", '"50" is neither text nor range', "{from: 50, to: 50}"
    ),
    Mistake(PUMPS, "employees: {from: 50, to: 5000}", "heads: true", "neither text nor range", "write a text, a list"),
    # Sixty of a hundred, or of a thousand? Nobody should have to know.
    Mistake(PUMPS, "90d: 30 %", "90d: 30", '"30" is no share', "write for example 60 %"),
    Mistake(PUMPS, "90d: 30 %", "90d: 130 %", '"130 %" is no share', "write for example 60 %"),
    Mistake(PUMPS, "30d: 100 %, 90d", "90d: 100 %, 30d", "the ages must rise", "", "  fades:"),
    Mistake(
        PUMPS, "cooldown: 60d", "cooldown: two months", '"two months" is no length of time', "write for example 30d"
    ),
    Mistake(PUMPS, "from: 50", "from: 6000", "lies above to", ""),
    Mistake(PUMPS, "from: 50", "from: many", "many is no number with at most three decimals", ""),
    Mistake(PUMPS, "from: 50", "from: 0.0005", "0.0005 is no number with at most three decimals", ""),
    Mistake(PUMPS, "industry: [water, chemicals]", "industry: []", "at least one value", ""),
    Mistake(
        PUMPS, "    role:     {", f"{MANY}    role:     {{", "rules: more than 62", "split the definition", "  rules:"
    ),
    Mistake(PUMPS, "{is: unknown}", "{is: odd}", "is known, unknown or missing, not odd", ""),
    Mistake(PUMPS, "{not: [targets]}", "{not: {not: targets}}", "on_list: expects true, false, a list", ""),
    Mistake(PUMPS, "{list: rivals, origin: sales}", "{lists: rivals}", "on_list: expects true, false, a list", ""),
    Mistake(PUMPS, "  C: {branch", "  C 2: {branch", '"C 2" is no id', "write c-2"),
    Mistake(OPERATIONS, "members: {carl: 1}", "members: [carl]", "members: a list is no mapping", "name: value"),
    Mistake(OPERATIONS, "carl: 1", "carl: one", 'carl: "one" is no whole number', "write digits only"),
    Mistake(OPERATIONS, "0h: owner", "0h: boss", '0h: "boss" is not possible', "owner or manager or queue"),
    Mistake(OPERATIONS, "at_most: 10", "at_most: 0", "at_most: 0 is too little", "write at least 1"),
    Mistake(OPERATIONS, "spelt: [A. Vogt]", "spelt: A. Vogt", 'spelt: "A. Vogt" is no list', "write [one, two]"),
    Mistake(OPERATIONS, "kind: datasheet,", "kind: datasheet, valid_until: soon,", '"soon" is no date', "2026-12-24"),
    Mistake(
        OPERATIONS,
        "kind: datasheet,",
        "kind: datasheet, valid_until: 2026-11-31,",
        'valid_until: there is no such date as "2026-11-31"',
        "2026-12-24",
    ),
    Mistake(OPERATIONS, "title: P-12 datasheet", "title: 12", 'title: "12" is no text', "put it in quotes"),
    Mistake(VOCABULARY, "medium: text", "medium: words", '"words" is not possible', "write text or number"),
]

# What fits its schema and still cannot work: found by the checks.
OF_SENSE = [
    # vocabulary
    Mistake(
        VOCABULARY, "[web, homepage]", "[web, messe]", '"messe" means website already', "keep it in one", "trade-show"
    ),
    Mistake(VOCABULARY, "[SE,", "[SWE,", '"SWE" is no country', "two-letter ISO code"),
    Mistake(VOCABULARY, "[lead time, Lieferzeit]", "[]", "the word list lead-time is empty", "add words"),
    Mistake(
        VOCABULARY, "[lead time, Lieferzeit]", "[lead time, '*']", '"*" is every word there is', "write letters beside"
    ),
    Mistake(VOCABULARY, "sample_requested:", "rfq_submitted:", "the kind rfq_submitted is known", "leave it out"),
    Mistake(VOCABULARY, "heads: number", "employees: number", "the field employees is known", "leave it out"),
    Mistake(VOCABULARY, "heads: number", "group: number", "the field group is known", "leave it out"),
    Mistake(VOCABULARY, "heads: number", "branch: number", "the field branch is known", "leave it out"),
    Mistake(VOCABULARY, "[crm, web-form]", "[crm, crm]", "stands in trust 2 times", "keep the first"),
    Mistake(VOCABULARY, "[Chemie]", "{countries: [DE]}", "countries is read for regions only", "write spelt"),
    Mistake(OPERATIONS, "kind: datasheet", "kind: datashet", 'no kind of asset "datashet"', "did you mean datasheet?"),
    # terms of conditions
    Mistake(
        PUMPS, "[water, chemicals]", "[water, chemistry]", 'no "chemistry" in industries', "did you mean chemicals?"
    ),
    Mistake(PUMPS, "[water, chemicals]", "[water, Chemie]", 'no "Chemie" in industries', "did you mean chemicals?"),
    Mistake(PUMPS, "[dach, nordics]", "[dach, nordic]", 'no "nordic" in regions', "did you mean nordics?"),
    Mistake(PUMPS, "{is: unknown}", "[Germany]", 'no "Germany" in countries', "did you mean DE?"),
    Mistake(PUMPS, "{is: unknown}", "{is: missing}, email_type: fre", 'no "fre" in email_types', "did you mean free?"),
    Mistake(PUMPS, "{is: unknown}", "{is: missing}, email_type: busines", '"busines"', "did you mean business?"),
    Mistake(PUMPS, "{is: unknown}", "{is: missing}, email_type: gmail.com", '"gmail.com"', "did you mean free?"),
    Mistake(PUMPS, "says: lead-time", "says: prices", 'no word list "prices"', "lead-time"),
    Mistake(PUMPS, "did: page_viewed", "did: page_seen", 'no activity kind "page_seen"', "did you mean page_viewed?"),
    Mistake(PUMPS, "did: page_viewed", "did: unsubscribed", "unsubscribed is a suppression", "leave it out"),
    Mistake(PUMPS, "student: {function", "student: {employees", "employees is a number", "write employees: {from:"),
    Mistake(PUMPS, "function: engineering", "industry: {from: 5}", "industry is no number", "write industry: [one"),
    Mistake(PUMPS, "{function: student}", "{company: Rival}", '"Rival" is never met', 'write "rival"'),
    Mistake(
        PUMPS, "{country: {is: unknown}}", "{campaign: {is: unknown}}", "no campaign is ever unknown", "list campaigns"
    ),
    Mistake(PUMPS, "{function: student}", "{country: SE, region: dach}", "SE is not in dach", "keep one of the two"),
    Mistake(PUMPS, "list: rivals", "list: rival", 'no "rival" in lists', "did you mean rivals?"),
    Mistake(PUMPS, "[targets]", "[ABM list]", 'no "ABM list" in lists', "did you mean targets?"),
    Mistake(PUMPS, "origin: sales}", "origin: seller}", 'no "seller" in origins', "add it to origins"),
    Mistake(
        PUMPS, "relationship: reseller", "relationship: dealer", "in terms: relationship", "did you mean reseller?"
    ),
    Mistake(VOCABULARY, "terms: {relationship", "terms: {relation", 'no text field among the fields "relation"', ""),
    Mistake(VOCABULARY, "[dealer,", "[dealer, rival], rival: [", '"rival" means reseller already', "keep it in one"),
    Mistake(VOCABULARY, "heads: number", "on_list: text", "the field on_list is known", "leave it out"),
    Mistake(PUMPS, "student: {function: student}", "student: {}", "student has no condition", "say when"),
    Mistake(PUMPS, "title: Pumps, inbound", "subject: account", "an account has no function", "subject: lead", "role:"),
    # definitions
    Mistake(PUMPS, "line: pumps", "line: pump", 'no line "pump"', "did you mean pumps?"),
    Mistake(PUMPS, "{event: 1.2}", "{events: 1.2}", 'no channel "events"', "did you mean event?"),
    Mistake(PUMPS, "{event: 1.2}", "{event: -1}", "-1.0 is below 0", "write 0 or more"),
    Mistake(PUMPS, "any: [rfq]", "any: [rfp]", 'no intent rule "rfp"', "did you mean rfq?"),
    Mistake(PUMPS, "says: lead-time", "line: valves", "lead-time can never count", "leave the line out"),
    Mistake(PUMPS, "points: 2,", "points: 2, fades: {9d: 0 %},", "pages can never count", "leave fades out"),
    Mistake(PUMPS, "at_most: 45", "at_most: -45", "datasheet can never count", "leave at_most out"),
    Mistake(PUMPS, "cooldown: 60d", "cooldown: 2 business days", "cooldown counts plain days", "write for example 90d"),
    # signals
    Mistake(PUMPS, "{high: 1, medium: 2}", "{different: kinds}", "signals counts nothing", "write for example"),
    Mistake(PUMPS, "high: 1, medium: 2", "high: 3, different: kinds", "but 2 kinds of activity", "need fewer"),
    Mistake(PUMPS, "high: 1, medium: 2", "low: 2, different: kinds", "but 1 kind of activity hits rules", "need fewer"),
    Mistake(
        PUMPS, "did: [content_downloaded, rfq_submitted], at_least", "line: valves, at_least", "for pumps only", ""
    ),
    # related rules
    Mistake(
        PUMPS, "of: [rfq, datasheet]", "of: [rfq, datashet]", 'no intent rule "datashet"', "did you mean datasheet?"
    ),
    Mistake(PUMPS, "of: [rfq, datasheet]", "of: []", "of is empty", "add at least one"),
    Mistake(PUMPS, "at_least: 2", "at_least: 1", "at_least: 1 is too little", "write at least 2"),
    Mistake(PUMPS, "over: 1d", "over: 90d", "over 90 days can never hold", "write less"),
    Mistake(PUMPS, "over: 1d", "over: 1 business day", "over counts plain days", "write for example 30d"),
    Mistake(PUMPS, "over: 1d", "over: 1d, same: product", 'same: "product" is not possible', "line or asset"),
    Mistake(PUMPS, "    again: {points: 10", "    again: {points: -10", "gives points for a lead", "write 1 or more"),
    Mistake(PUMPS, "    again: {", "    rfq: {", "there is an intent rule rfq already", "another id"),
    Mistake(PUMPS, "over: 1d", "over: 1d, group: smal", 'no group "smal"', "did you mean small?"),
    # rules over people
    Mistake(PUMPS, "intent:\n", "intent:\n  whose: people\n", "a lead's activities are its own", "whose", "  whose"),
    Mistake(PUMPS, "roles: [engineering]", "roles: [enginering]", 'no function "enginering"', "engineering?"),
    Mistake(PUMPS, "roles: [engineering], within: 60d", "within: 60 business days", "within counts plain days", "90d"),
    Mistake(PUMPS, "    company:   {points: 10,", "    company: {points: 0,", "0 never counts", "leave the rule out"),
    Mistake(
        PUMPS,
        "    company:   {",
        "    again: {",
        "there is a rule again",
        "another id",
        "    again: {points: 10, strength: medium, did",
    ),
    Mistake(
        PUMPS, "did: [content_downloaded, rfq_submitted], at", "at", "company has no condition", "say when", "    co"
    ),
    Mistake(PUMPS, "did: [content_downloaded, rfq_submitted], at", "industry: water, at", "industry is unknown", ""),
    Mistake(PUMPS, "roles: [engineering],", "group: smal,", 'no group "smal"', "did you mean small?"),
    # opened mails
    Mistake(PUMPS, "  opens: {at_most: 3, human: [web]}\n", "", "are not switched on", "write opens:", "opened: "),
    Mistake(PUMPS, "{at_most: 3, human: [web]}", "{at_most: 3}", "human is missing", "add human", "  opens:"),
    Mistake(PUMPS, "{at_most: 3, human", "{at_most: 0, human", "at most so little is nothing", "raise it"),
    Mistake(PUMPS, "human: [web]", "human: [wed]", 'no channel "wed"', "did you mean web?"),
    Mistake(PUMPS, "did: email_opened}", "did: [email_opened, email_clicked]}", "share a rule", "of their own"),
    Mistake(PUMPS, "did: email_opened}", "did: email_opened, strength: high}", "is a low signal", "strength: low"),
    Mistake(PUMPS, "did: email_opened}", "did: email_opened, group: small}", "the cap that opens says", "leave the gr"),
    Mistake(PUMPS, "    opened:    {points: 1, did: email_opened}\n", "", "no rule counts opened", "did:", "  opens:"),
    Mistake(PUMPS, "any: [rfq]", "any: [rfq, opened]", "opened counts opened mails, which", "name another rule"),
    Mistake(PUMPS, "of: [rfq, datasheet]", "of: [rfq, opened]", "opened counts opened mails", "name another rule"),
    # groups of rules
    Mistake(PUMPS, "at_most: 10, group: small", "at_most: 10, group: smal", 'no group "smal"', "did you mean small?"),
    Mistake(PUMPS, "    small: {", "    other: {at_most: 9}\n    small: {", "no rule is in the group other", "in some"),
    Mistake(PUMPS, "at_most: 15, fades: {14d: 100 %}", "title: Small", "the group small changes nothing", "or fades"),
    Mistake(PUMPS, "{at_most: 15,", "{at_most: 0,", "at most so little is nothing", "raise it"),
    Mistake(
        PUMPS, "asset: datasheet", "content_stage: decided", 'no content stage among the assets "decided"', "deciding?"
    ),
    Mistake(
        VOCABULARY, "    pumps: {title: Pumps,", "    pumps: {content_stage: x,", "read for assets only", "write spelt"
    ),
    # points and tiers
    Mistake(PUMPS, "{fit: 40,", "{fit: 56,", "nobody can have fit 56: the rules give at most 55", "lower it"),
    Mistake(PUMPS, "intent: 60", "intent: 120", "nobody can have intent 120: the rules give at most 100", "lower it"),
    Mistake(PUMPS, "high: 1, medium: 2", "low: 2", "2 low signals are needed, but 1 rule has the", "need fewer"),
    Mistake(
        PUMPS,
        "  A: {needs",
        "  Z: {needs: {fit: 20}, branch: none}\n  A: {needs",
        "A is never reached",
        "put A before Z",
        "  A:",
    ),
    # grades, and what is enough to stay
    Mistake(PUMPS, "tiers:", GRADES.replace("A: 40", "A: 80"), "nobody can have fit 80", "lower it", "grades:"),
    Mistake(PUMPS, "tiers:", GRADES.replace("B1", "B3"), 'there is no grade "B3"', "define it, or name one of", "  G:"),
    Mistake(PUMPS, "tiers:", GRADES.replace("B: 20", "B: 50"), "the points must fall", "write the best", "grades:"),
    Mistake(
        PUMPS,
        "tiers:",
        GRADES.replace("A: 40, B: 20", "A1: 40, A: 20, 2: 10").replace("{1: 60", "{11: 70, 1: 60"),
        "two cells would have one name",
        "write letters",
        "grades:",
    ),
    Mistake(
        PUMPS,
        "tiers:",
        GRADES.replace("branch", "stays: {grades: [A1]}, branch"),
        "would have to leave again",
        "and more",
        "  G:",
    ),
    Mistake(PUMPS, "stays: {intent: 50}", "stays: {intent: 60}", "and would be left below 60", "write less than 60"),
    Mistake(PUMPS, "stays: {intent: 50}", "stays: {total: 60}", "the tier needs no total", "leave it out"),
    Mistake(PUMPS, "stays: {intent: 50}", "stays: {grades: [A1]}", 'there is no grade "A1"', "define it first"),
    # exceptions, and branches that need a sequence
    Mistake(
        PUMPS, "triage:", BUT.replace("rfq", "rfx"), 'there is no intent rule "rfx"', "did you mean rfq?", "  but:"
    ),
    Mistake(PUMPS, "triage:", BUT.replace("general", "generl"), 'no sequence "generl"', "general?", "  but:"),
    Mistake(PUMPS, "triage:", BUT.replace(", sequence: general", ""), "ask needs a sequence", "add sequence", "  but:"),
    Mistake(PUMPS, "triage:", BUT.replace("ask", "out"), "nobody is enrolled: the branch is out", "leave", "  but:"),
    Mistake(
        PUMPS, "triage:", "exceptions:\n  but: {branch: out}\ntriage:", "but has no condition", "say when", "  but:"
    ),
    Mistake(
        PUMPS, "triage:", BUT.replace("function", "functon"), "functon is unknown", "did you mean function?", "  but:"
    ),
    Mistake(PUMPS, "C: {branch: nurture}", "C: {branch: assisted}", "assisted needs a sequence", "in the owner's name"),
    Mistake(OPERATIONS, "tier: A", "exception: customer", 'no exception "customer"', "define it first"),
    # stages
    Mistake(PUMPS, "C: {branch", "C: {stage: partnr, branch", 'there is no stage "partnr"', "did you mean partner?"),
    Mistake(PUMPS, "C: {branch", "C: {stage: working, branch", "scoring never says working", "write one of lead"),
    Mistake(
        OPERATIONS,
        "reasons:",
        "stages:\n  tepid: {title: Tepid}\nreasons:",
        "tepid stands nowhere",
        "add after",
        "  tepid:",
    ),
    Mistake(
        OPERATIONS, "reasons:", "stages:\n  tepid: {after: mlq}\nreasons:", 'no stage "mlq"', "mean mql?", "  tepid:"
    ),
    Mistake(
        OPERATIONS,
        "reasons:",
        "stages:\n  tepid: {after: tepid}\nreasons:",
        "tepid comes after itself",
        "one",
        "  tepid:",
    ),
    Mistake(OPERATIONS, "reasons:", "stages:\n  mql: {after: lead}\nreasons:", "mql has its place", "leave", "  mql:"),
    # routes
    Mistake(OPERATIONS, "to: specialists}", "to: specialist}", 'no queue "specialist"', "did you mean specialists?"),
    Mistake(
        OPERATIONS, "{account: has-owner, to", "{region: dach, to", "without an owner would go nowhere", "add account"
    ),
    Mistake(OPERATIONS, "has-owner", "owner", 'no account "owner"', "did you mean has-owner?"),
    Mistake(OPERATIONS, "tier: A", "tier: AA", 'no tier "AA"', "did you mean A?"),
    Mistake(OPERATIONS, "tier: A", "tier: C", "no lead of tier C comes here: its branch is nurture", "branch is sales"),
    Mistake(
        OPERATIONS,
        "routes:\n",
        "routes:\n  all: {to: inside}\n",
        "owned is never reached: all takes",
        "before all",
        "owned:",
    ),
    Mistake(
        OPERATIONS,
        "  else:",
        "  more: {region: dach, tier: A, line: pumps, to: inside}\n  else:",
        "more is never",
        "put more",
        "more:",
    ),
    # queues and SLAs
    Mistake(OPERATIONS, "members: {carl: 1}, ", "", "inside is a dead end", "add one of the two", "  inside:"),
    Mistake(OPERATIONS, "carl: 1", "karl: 1", 'no person "karl"', "did you mean carl?"),
    Mistake(OPERATIONS, "carl: 1", "carl: 0", "carl has the share 0", "write 1 or more"),
    Mistake(OPERATIONS, "{carl: 1}, sla: hot", "{carl: 1}, sla: warm", 'no SLA "warm"', "hot"),
    Mistake(OPERATIONS, "if_nobody: inside", "if_nobody: insight", 'no queue "insight"', "did you mean inside?"),
    Mistake(
        OPERATIONS,
        "{carl: 1}, sla",
        "{carl: 1}, if_nobody: specialists, sla",
        "if_nobody goes round",
        "one of them end",
        "inside:",
    ),
    Mistake(
        OPERATIONS, "warn: 1 business", "warn: 5 business", "before the clock starts", "less than 4 business hours"
    ),
    Mistake(OPERATIONS, "contact: 4 business", "contact: 0 business", "no time at all", "write for example 4 business"),
    Mistake(OPERATIONS, "2h: manager", "later: manager", '"later" is no length of time', "write for example 30d"),
    Mistake(OPERATIONS, "{0h: owner, 2h", "{3h: owner, 2h", "2h comes after 3 hours", "let the times rise"),
    # people and calendars
    Mistake(
        OPERATIONS,
        "dora@pumps.example, calendar: kiel",
        "dora@pumps.example, calendar: keel",
        'no calendar "keel"',
        "kiel",
    ),
    Mistake(
        OPERATIONS,
        "carl@pumps.example, calendar: kiel, manager: dora",
        "carl@pumps.example, calendar: kiel, manager: d",
        'no person "d"',
        "name",
    ),
    Mistake(
        OPERATIONS,
        "dora@pumps.example, calendar: kiel",
        "dora@pumps.example, calendar: kiel, manager: dora",
        "their own manager",
        "end with somebody",
    ),
    Mistake(
        OPERATIONS, "dora@pumps.example", "dora at pumps", '"dora at pumps" is no e-mail address', "name@company.com"
    ),
    Mistake(OPERATIONS, "[A. Vogt]", "[Ben Kühn]", '"ben kühn" means anna too', "spell them apart", "ben:  {"),
    Mistake(
        OPERATIONS, "Europe/Berlin", "Europe/Berlim", 'zone "Europe/Berlim" is unknown', "did you mean Europe/Berlin?"
    ),
    Mistake(OPERATIONS, "DE-SH", "DE-XX", 'holidays "DE-XX" are unknown', "a part of it as DE-BY"),
    Mistake(OPERATIONS, "mon-thu", "mon-die", '"mon-die" is no day', "write for example mon"),
    Mistake(OPERATIONS, "08:00-17:00", "8-17", '"8-17" are no working hours', "08:00-17:00"),
    Mistake(OPERATIONS, "13:00-15:00", "11:00-15:00", "overlap", "write each hour once", "kiel: {zone"),
    # sequences, content, reasons, consent
    Mistake(
        OPERATIONS, "pumps/second", "later/ask", 'no mail "later/ask"', "write it: mails/later/ask.md, with `Subject"
    ),
    Mistake(OPERATIONS, "pumps/second", "pumps/secnd", 'no mail "pumps/secnd"', "did you mean pumps/second?"),
    Mistake(OPERATIONS, "content: [p12]", "content: [p21]", 'no content "p21"', "did you mean p12?"),
    Mistake(OPERATIONS, "after: 7d", "after: 2 business days", "steps count plain time", "write for example 3d"),
    Mistake(OPERATIONS, "    interest: [pumps]", "    interest: [pump]", 'no line "pump"', "did you mean pumps?"),
    Mistake(
        OPERATIONS,
        "  general:\n",
        "  general:\n    interest: [pumps]\n",
        "pumps is for pumps already",
        "one of them",
        "    interest: [pumps]\n    steps:\n      hello",
    ),
    Mistake(OPERATIONS, "https://pumps.example/p12", "pumps.example/p12", "is no web address", "https://"),
    Mistake(OPERATIONS, "sequence: pumps", "sequence: pump", 'no sequence "pump"', "did you mean pumps?"),
    Mistake(OPERATIONS, "to: out", "to: out, sequence: pumps", "whoever is out gets no mail", "leave the sequence out"),
    Mistake(OPERATIONS, "US: opt-out", "USA: opt-out", '"USA" is no country', "two-letter ISO code"),
    Mistake(OPERATIONS, "US: opt-out", "US: opt-in", '"opt-in" is no basis', "write consent (a stated yes"),
    Mistake(OPERATIONS, "US: opt-out", "US: existing customer", "is no basis", "legitimate-interest or opt-out"),
    Mistake(OPERATIONS, "{pumps: Ask", "{pump: Ask", 'no line "pump"', "did you mean pumps?"),
    # mails
    Mistake(FIRST, "Subject: ", "", "a mail starts with `Subject: …`", "", "{{ lead.company"),
    Mistake(FIRST, "lead.company", "lead.compny", "lead has no compny", "did you mean company?"),
    Mistake(FIRST, "{{ greeting }}", "{{ xyz }}", "xyz is unknown here", "allowed: lead, sender, interest"),
    Mistake(FIRST, "{{ greeting }}", "{{ greting }}", "greting is unknown here", "did you mean greeting?"),
    Mistake(FIRST, "item.title", "item.titel", "item has no titel", "did you mean title?"),
    Mistake(FIRST, "{% endfor %}", "", "this is no template", "compare {{", "{{ sender.name"),
    Mistake(FIRST, "{{ sender.name }}", "{{ sender.name | shout }}", "No filter named 'shout'", ""),
    Mistake(FIRST, "{{ sender.name }}", "{{ content[1].title }}", "has no element 1", ""),
]
