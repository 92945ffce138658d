"""Free text that speaks of downtime goes to the service desk; without urgency there are guides and checklists.

``says`` names a word list of the vocabulary. A text speaks of it when it holds one of its words or phrases as whole
words, in any case, with or without accents, with umlauts written out or not. A ``*`` stands for any letters of a
word, for languages that write several words as one. Lists hold the words of every language that customers write in.
A text is read once, when it lands, and again only when the vocabulary changes.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.store.engine import Sessions
from tests.spec.tables import Case, decided

PLAYBOOK = """
vocabulary:
  words:
    standstill:
      [downtime, breakdown, unplanned stop, emergency,
       Stillstand, Anlage steht, Störung*, "*ausfall", Notfall,
       panne, arrêt non planifié, urgence,
       avería, parada no programada, urgente]
    schedule: [maintenance schedule, shutdown plan, Wartungsplan, plan de maintenance, plan de mantenimiento]
definition: service
intent:
  rules:
    standstill: {points: 70, strength: high, says: standstill}
    schedule:   {points: 30, strength: medium, says: schedule}
    form:       {points: 5, did: form_submitted}
tiers:
  emergency: {needs: {any: [standstill]}, branch: sales}
  planned:   {needs: {any: [schedule]}, branch: sales}
  guides:    {needs: {intent: 5}, branch: nurture}
routes:
  emergencies: {tier: emergency, to: service-desk}
  else:        {to: engineers}
queues:
  service-desk: {members: {desk: 1}, sla: hot}
  engineers:    {members: {eva: 1}, sla: hot}
people:
  desk: {name: The desk, email: desk@firm.example, calendar: always}
  eva:  {name: Eva Maurer, email: eva@firm.example, calendar: always}
calendars: {always: {zone: UTC, hours: {mon-sun: "00:00-24:00"}}}
sla: {hot: {contact: 1h}}
sequences: {guides-and-checklists: {steps: {first: {mail: first, after: 1d}}}}
"""
DESK, PLANNED = {"tier": "emergency", "queue": "service-desk"}, {"tier": "planned", "queue": "engineers"}
GUIDES = {"tier": "guides", "queue": "", "sequence": "guides-and-checklists"}
WROTE = [
    ("We have DOWNTIME on line 3!", DESK),
    ("An unplanned  stop, please call", DESK),
    ("Unsere Anlage steht seit heute früh", DESK),
    ("Stoerung an der Presse", DESK),
    ("STÖRUNG an der Presse", DESK),
    ("Mehrere Störungen seit gestern", DESK),
    ("Pumpenausfall an Linie 2", DESK),
    ("Pompe en panne depuis hier", DESK),
    ("Arret non planifie de la ligne", DESK),
    ("Tenemos una AVERIA en la bomba", DESK),
    ("Please send your maintenance schedule", PLANNED),
    ("Wir brauchen einen Wartungsplan", PLANNED),
    ("Plan de mantenimiento para 2027", PLANNED),
    ("maintenance of our schedule", GUIDES),
    ("We broke down the costs", GUIDES),
    ("Wir haben Stillstandszeiten verglichen", GUIDES),
    ("Was kosten Ausfallzeiten?", GUIDES),
    ("empanned", GUIDES),
    ("Please send a catalogue", GUIDES),
]
CASES = [Case(text, decides, [f"1d form_submitted, text {text}"]) for text, decides in WROTE]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_words_lead_to_the_desk_or_to_guides(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides
