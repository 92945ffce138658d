"""What people read, try, write and hear in the fake vendor's world; read by journeys.py and reps.py."""

from __future__ import annotations

from typing import NamedTuple


class Shelf(NamedTuple):
    """What there is on one line: names of assets by what one does with them."""

    line: str
    products: tuple[str, ...]
    datasheets: tuple[str, ...]
    reading: tuple[str, ...]
    tools: tuple[str, ...]
    webinars: tuple[str, ...]
    pages: tuple[str, ...]


HYDRAULICS = Shelf(
    "Hydraulik",
    ("AZ 160 cylinder", "AZ 250 cylinder", "AV 6 directional valve"),
    ("AZ 160 cylinder datasheet", "AZ 250 cylinder datasheet", "AV 6 directional valve datasheet",
     "Datenblatt Zylinder AZ 160", "AZ 160 cylinder CAD.step"),
    ("Application note: rod buckling in long strokes", "Oil cleanliness guide", "Ports and threads on one page",
     "Case: baler press, 11,000 hours on one set of cylinders"),
    ("Cylinder sizing calculator",),
    ("Webinar: Sizing cylinders", "Webinar: Cushioning and hard stops"),
    ("/products/cylinders/az-160", "/products/cylinders/az-250", "/products/valves/av-6", "/pricing/cylinders"),
)  # fmt: skip
SEALING = Shelf(
    "Dichtungen",
    ("DS 20 rod seal", "DR 30 rotary shaft seal", "O-rings"),
    ("DS 20 rod seal datasheet", "DR 30 rotary shaft seal datasheet", "Datenblatt Stangendichtung DS 20",
     "Food contact certificate for seals"),
    ("Seal failure atlas", "Compound chart for seals", "Groove design guide",
     "Application note: extrusion gaps and back-up rings"),
    ("Seal selector",),
    ("Webinar: Reading failed rod seals", "Webinar: Compounds and sealing at 200 °C"),
    ("/products/sealing/ds-20", "/products/sealing/dr-30", "/products/sealing/o-rings", "/pricing/sealing"),
)  # fmt: skip
SHELVES = (HYDRAULICS, SEALING)

# Line → language → what an RFQ says.
RFQS = {
    "Hydraulik": {
        "en": ("What is your lead time for 40 cylinders, bore 80, stroke 600, ISO 6020-2? Series, 160 pieces a year.",
               "New machine: two cylinders, 250 bar, ISO 6022, trunnions. Please quote with certificate 3.1.",
               "Our press is down, the cylinder is leaking. Can you match it? Urgent."),
        "de": ("Bitte um Angebot: 25 Zylinder, Bohrung 63, Hub 400, ISO 6020-2. Welche Lieferzeit? Jahresbedarf 300.",
               "Maschine steht, Zylinder undicht. Wir brauchen dringend Ersatz, 160 bar, Schwenklager.",
               "Neuentwicklung Ballenpresse: Zylinder 250 bar, mit Werkszeugnis. Wer ruft mich an?"),
        "fr": ("Quel est le délai de livraison pour 12 vérins, alésage 100, ISO 6020-2 ? Environ 80 par an.",
               "Nouveau projet de presse : vérins 250 bar, certificat matière demandé."),
        "es": ("¿Qué plazo de entrega tienen para 20 cilindros, diámetro 80, ISO 6020-2? Unas 100 unidades.",
               "Parada de línea por una fuga en el cilindro, necesitamos recambio urgente."),
    },
    "Dichtungen": {
        "en": ("Rod seals for 70 mm rods, ISO 7425-2 housings, 200 pieces. What is the delivery time?",
               "Shaft seal leaking every six weeks at 90 °C in water glycol. Need an alternative to the present one.",
               "We need FDA food contact declarations with O-rings, ISO 3601, about 5,000 per year."),
        "de": ("200 Stangendichtungen für 70 mm, Nut nach ISO 7425. Wie ist die Lieferzeit?",
               "Welle undicht nach sechs Wochen, dringend: welche Dichtung hält 90 °C in HFC?",
               "O-Ringe mit Zeugnis für Lebensmittel, Jahresbedarf 5000."),
        "fr": ("Joints de tige de 70 mm, logement ISO 7425, 200 pièces : quels délais ?",
               "Fuite sur arbre à 90 °C, besoin d'un essai rapide."),
        "es": ("Juntas de vástago de 70 mm, ISO 7425, 200 unidades. ¿Plazo de entrega?",
               "Fuga en el eje a 90 °C, urgente."),
    },
}  # fmt: skip
QUESTIONS = {
    "en": (
        "Please call me about mounting options.",
        "Do you have a drawing of this in DXF?",
        "Which oil do you recommend?",
    ),
    "de": ("Bitte um Rückruf wegen der Befestigung.", "Gibt es davon eine Zeichnung?", "Welches Öl empfehlen Sie?"),
    "fr": ("Pouvez-vous me rappeler au sujet de la fixation ?", "Avez-vous un plan ?"),
    "es": ("¿Pueden llamarme sobre la fijación?", "¿Tienen un plano?"),
}
THESIS = "I write my master thesis on seals and cylinders and need some figures."
REPLIES = {
    "en": "Thanks, useful. Could we talk about a second source next week?",
    "de": "Danke, hilfreich. Können wir nächste Woche telefonieren?",
    "fr": "Merci. Peut-on en parler la semaine prochaine ?",
    "es": "Gracias. ¿Podemos hablar la próxima semana?",
}
WORDINGS = {
    "en": "Yes, Aldringer may send me technical information by e-mail. I can withdraw this at any time.",
    "de": "Ja, Aldringer darf mir technische Informationen per E-Mail senden. Das kann ich jederzeit widerrufen.",
    "fr": "Oui, Aldringer peut m'envoyer des informations techniques par e-mail. Je peux y mettre fin à tout moment.",
    "es": "Sí, Aldringer puede enviarme información técnica por correo. Puedo retirarlo cuando quiera.",
}
WITHDRAWN = "Please do not write to me any more."

NEXT_STEPS = (
    "Technical call with the design engineer", "Drawing and price for the first ten", "Visit the plant, see the press",
    "Send test seals and a fitting note", "Check the groove drawing", "Quote with certificate 3.1",
)  # fmt: skip
REASONS = (
    "no-need", "bad-timing", "not-decision-maker", "missing-fit", "wrong-industry", "mismatched-role", "duplicate",
    "not-our-product", "cannot-reach", "price",
)  # fmt: skip
CALLS = (
    "Spoke briefly, sends the drawing.",
    "Left a message.",
    "Talked through the application.",
    "Call back on Thursday.",
)
