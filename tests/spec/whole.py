"""The smallest playbook that is whole: what has to stand beside a definition, file by file, for the manual."""

from __future__ import annotations

SAID = """\
Beside a definition a playbook needs whom mail comes from. As soon as a tier is for sales, it needs routes to a queue
with people, their hours and a time for the first contact, and reasons by which sales may say no; as soon as one
nurtures, asks or assists, sequences with their mails. This is a whole one, file by file; which file of `playbook/` a
section stands in does not matter. In mails there are `lead`, `sender`, `interest`, `greeting` and, in a loop,
`content`. The last file holds leads whose decision you know, for `penstock playbook test`."""

FILES = {
    "definitions/presses.yaml": """\
definition: presses
fit:
  rules:
    industry: {points: 30, industry: machinery}
intent:
  rules:
    rfq:   {points: 60, strength: high, did: rfq_submitted}
    sheet: {points: 20, strength: medium, did: content_downloaded, asset: datasheet}
tiers:
  A: {needs: {fit: 30, intent: 60}, branch: sales}
  C: {needs: {intent: 20}, branch: nurture}
""",
    "vocabulary.yaml": """\
vocabulary:
  industries: {machinery: [Maschinenbau, Mechanical engineering]}
  assets: {datasheet: ["*datasheet*", "*datenblatt*"]}
""",
    "company.yaml": """\
sender:
  name: Brunner Presses
  email: hello@brunner.example
  company: Brunner Presses
  postal_address: Uferweg 1, 86150 Augsburg
""",
    "routing.yaml": """\
routes:
  else: {to: inside}                  # from the top; the first whose condition holds
queues:
  inside: {members: {eva: 1}, sla: hot}
people:
  eva: {name: Eva Maurer, email: eva@brunner.example, calendar: augsburg}
calendars:
  augsburg: {zone: Europe/Berlin, hours: {mon-fri: "08:00-17:00"}, holidays: DE-BY}
sla:
  hot: {contact: 4 business hours, warn: 1 business hour before}
reasons:
  bad-timing: {title: Not now, to: nurture}
""",
    "sequences.yaml": """\
sequences:
  sizing:
    steps:
      first:  {mail: size-it}
      second: {mail: which-press, after: 7d}
""",
    "mails/size-it.md": """\
Subject: Three figures size a press

{{ greeting }}

force, stroke and cycle time are enough to begin with.

{{ sender.name }}
""",
    "mails/which-press.md": """\
Subject: Which press for {{ lead.company or "your part" }}?

{{ greeting }}

send us a drawing, and we answer within a day.

{{ sender.name }}
""",
    "examples.yaml": """\
examples:
  asks-for-a-quote:
    lead: {industry: Maschinenbau, country: DE}
    did:
      - {ago: 9d, did: content_downloaded, asset: P40 datasheet}
      - {ago: 1d, did: rfq_submitted, says: We need two presses}
    expect: {presses: {tier: A, branch: sales, fit: 30, intent: 80, queue: inside}}
  reads-only:
    lead: {industry: Maschinenbau}
    did: [{ago: 2d, did: content_downloaded, asset: P40 datasheet}]
    expect: {presses: {tier: C, branch: nurture}}
""",
}


def written_out() -> str:
    """Return the files as Markdown: each a block that begins with its name."""
    blocks = []
    for name, text in FILES.items():
        language = "yaml" if name.endswith(".yaml") else "text"
        blocks.append(f"`playbook/{name}`\n\n```{language}\n{text}```\n")
    return "\n".join([f"{SAID}\n", *blocks])
