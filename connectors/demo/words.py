"""How the fake vendor's systems spell companies and people; read by companies.py and people.py.

The spellings are those that real feeds have: abbreviations, four languages, a typing error here and there. The
components starter's vocabulary knows all of them but those under ODD, which are there to end in triage.
"""

from __future__ import annotations

from typing import NamedTuple


class Land(NamedTuple):
    """A country: its share of companies in thousandths, its spellings, language, legal form, towns."""

    code: str
    share: int
    spelt: tuple[str, ...]
    language: str
    form: str
    towns: tuple[str, ...]


LANDS = (
    Land("DE", 360, ("Germany", "Deutschland", "DE", "Germny", "D"), "de", "GmbH",
         ("Ulm", "Kassel", "Hof", "Celle", "Soest", "Aalen", "Coburg", "Lingen", "Goslar", "Wesel", "Siegen")),
    Land("AT", 60, ("Austria", "Österreich", "AT"), "de", "GmbH", ("Wels", "Steyr", "Graz", "Enns", "Krems", "Leoben")),
    Land("CH", 55, ("Switzerland", "Schweiz", "CH"), "de", "AG", ("Thun", "Olten", "Uster", "Aarau", "Brig", "Wil")),
    Land("NL", 50, ("Netherlands", "Holland", "NL"), "en", "BV", ("Breda", "Venlo", "Zwolle", "Ede", "Almelo")),
    Land("BE", 30, ("Belgium", "Belgique", "BE"), "fr", "NV", ("Genk", "Namur", "Aalst", "Mons", "Ieper", "Lier")),
    Land("SE", 30, ("Sweden", "Sverige", "SE"), "en", "AB", ("Borås", "Gävle", "Växjö", "Umeå", "Lund", "Motala")),
    Land("DK", 20, ("Denmark", "Danmark", "DK"), "en", "A/S", ("Vejle", "Odense", "Kolding", "Horsens", "Ribe")),
    Land("GB", 80, ("United Kingdom", "UK", "Great Britain", "GB"), "en", "Ltd",
         ("Leeds", "Derby", "Hull", "Stoke", "Crewe", "Telford", "Swindon", "Wigan")),
    Land("FR", 70, ("France", "FRA", "Frankreich"), "fr", "SAS",
         ("Lyon", "Nantes", "Metz", "Tours", "Brest", "Cholet", "Laval", "Niort")),
    Land("ES", 30, ("Spain", "España", "ES"), "es", "SL", ("Eibar", "Vigo", "León", "Burgos", "Gijón", "Lleida")),
    Land("IT", 40, ("Italy", "Italia", "IT"), "en", "SpA", ("Modena", "Parma", "Lecco", "Udine", "Prato", "Asti")),
    Land("PL", 25, ("Poland", "Polska", "PL"), "en", "Sp. z o.o.", ("Tychy", "Mielec", "Leszno", "Konin", "Piła")),
    Land("US", 115, ("United States", "USA", "US", "U.S.A."), "en", "Inc",
         ("Dayton", "Tulsa", "Moline", "Racine", "Boise", "Macon", "Akron", "Salina")),
    Land("CA", 15, ("Canada", "CA"), "en", "Ltd", ("Guelph", "Regina", "Barrie", "Laval", "Surrey", "Moncton")),
    Land("CN", 10, ("China", "PR China"), "en", "Co", ("Wuxi", "Ningbo", "Jinan", "Suzhou", "Dalian", "Xiamen")),
    Land("IN", 10, ("India", "IN"), "en", "Pvt", ("Pune", "Rajkot", "Hosur", "Nashik", "Vapi", "Kochi")),
)  # fmt: skip

FAMILY_NAMES = {
    "de": ("Keller", "Brandt", "Lorenz", "Haas", "Wimmer", "Schuster", "Engel", "Pohl", "Ritter", "Arnold", "Busch",
           "Seidel", "Kraus", "Jahn", "Ebner", "Gruber", "Moser", "Zimmer", "Völker", "Bürger", "Thoma"),
    "en": ("Hartley", "Mercer", "Dalton", "Whitfield", "Larsen", "Visser", "Novak", "Rossi", "Bishop", "Carver",
           "Emery", "Fowler", "Graves", "Holt", "Ingram", "Jarvis", "Kerr", "Lowell", "Mason", "Nolan"),
    "fr": ("Moreau", "Girard", "Lambert", "Fontaine", "Rousseau", "Blanc", "Chevalier", "Perrin", "Gauthier", "Masson"),
    "es": ("Navarro", "Iglesias", "Molina", "Ortega", "Serrano", "Castillo", "Peña", "Vidal", "Rubio", "Marín"),
}  # fmt: skip
FIRST_NAMES = {
    "de": (
        "Jana",
        "Lukas",
        "Miriam",
        "Stefan",
        "Heike",
        "Jörg",
        "Sabine",
        "Uwe",
        "Tanja",
        "Florian",
        "Greta",
        "Moritz",
    ),
    "en": ("Emma", "James", "Laura", "Peter", "Grace", "Daniel", "Karin", "Marco", "Ellen", "Victor", "Nina", "Robert"),
    "fr": ("Claire", "Julien", "Élodie", "Marc", "Sophie", "Thierry", "Camille", "Benoît"),
    "es": ("Lucía", "Javier", "Marta", "Álvaro", "Carmen", "Diego", "Elena", "Raúl"),
}
TITLES: dict[str, dict[str, tuple[str, ...]]] = {
    "engineering": {
        "de": ("Leiter Konstruktion", "Konstrukteurin", "Entwicklungsingenieur", "Technische Leitung"),
        "en": ("Design Engineer", "Head of Engineering", "Senior Hydraulics Engineer", "Technical Director"),
        "fr": ("Ingénieur bureau d'études", "Responsable R&D", "Ingénieure mécanique"),
        "es": ("Ingeniero de diseño", "Jefe de ingeniería", "Ingeniera mecánica"),
    },
    "maintenance": {
        "de": ("Leiter Instandhaltung", "Instandhalter", "Werkstattleiter"),
        "en": ("Maintenance Manager", "Reliability Engineer", "Maintenance Planner"),
        "fr": ("Responsable maintenance", "Technicien de maintenance"),
        "es": ("Jefe de mantenimiento", "Técnico de mantenimiento"),
    },
    "purchasing": {
        "de": ("Einkäuferin", "Leiter Einkauf", "Strategischer Einkauf"),
        "en": ("Purchasing Manager", "Strategic Buyer", "Procurement Lead"),
        "fr": ("Acheteur industriel", "Responsable achats"),
        "es": ("Responsable de compras", "Compras técnicas"),
    },
    "production": {
        "de": ("Betriebsleiter", "Produktionsleiterin"),
        "en": ("Plant Manager", "Production Supervisor"),
        "fr": ("Directeur de production", "Responsable production"),
        "es": ("Jefe de planta", "Director de producción"),
    },
    "quality": {
        "de": ("Qualitätsmanagement", "Leiterin Qualität"),
        "en": ("Quality Engineer", "Quality Manager"),
        "fr": ("Responsable qualité",),
        "es": ("Jefa de calidad",),
    },
    "student": {
        "de": ("Studentin Maschinenbau", "Praktikant Konstruktion"),
        "en": ("Engineering Student", "Graduate Trainee"),
        "fr": ("Étudiant en génie mécanique",),
        "es": ("Estudiante de ingeniería",),
    },
}  # fmt: skip

# Canonical industry → how the CRM and people spell it; the first of a company's name words follows.
INDUSTRIES = {
    "machine-building": ("Maschinenbau", "machinery", "Machine Builder", "machinary", "Industrial Machinery"),
    "mobile-machinery": ("Baumaschinen", "construction equipment", "Off Highway", "mobile machinery"),
    "agriculture": ("Landtechnik", "Agricultural Equipment", "agri", "machinisme agricole"),
    "recycling": ("Recycling & Waste", "Entsorgung", "baler"),
    "mining": ("Mining & Quarrying", "Bergbau", "mining"),
    "steel": ("Steel & Metals", "Stahl", "sidérurgie"),
    "marine": ("marine & offshore", "Schiffbau", "naval"),
    "energy": ("hydropower", "Energie", "wind"),
    "chemicals": ("Process Industry", "Chemie", "chimie"),
    "food": ("Food and Bev", "Lebensmittel", "agroalimentaire"),
    "plastics": ("Kunststoffverarbeitung", "injection moulding", "plastics"),
    "automotive": ("Automotive Supplier", "Automobil"),
    "logistics": ("intralogistics", "Logistik"),
    "consulting": ("Unternehmensberatung", "consultancy"),
    "education": ("Hochschule", "higher education", "university"),
}
INDUSTRY_SHARES = (26, 12, 11, 6, 4, 6, 5, 5, 6, 6, 4, 4, 2, 2, 1)
# The word in a company's name, German and not.
NAME_WORDS = {
    "machine-building": ("Maschinenbau", "Machines"),
    "mobile-machinery": ("Baumaschinen", "Cranes"),
    "agriculture": ("Landtechnik", "Harvest"),
    "recycling": ("Pressen", "Balers"),
    "mining": ("Bergbau", "Quarries"),
    "steel": ("Stahl", "Steel"),
    "marine": ("Schiffbau", "Marine"),
    "energy": ("Wasserkraft", "Hydropower"),
    "chemicals": ("Chemie", "Process"),
    "food": ("Molkerei", "Foods"),
    "plastics": ("Kunststofftechnik", "Plastics"),
    "automotive": ("Achsen", "Axles"),
    "logistics": ("Fördertechnik", "Lifts"),
    "consulting": ("Beratung", "Consulting"),
    "education": ("Hochschule", "Polytechnic"),
}
COMPANY_TYPES = {
    "oem": ("OEM", "Hersteller", "manufacturer", "machine maker"),
    "end-user": ("end user", "Betreiber", "exploitant"),
    "integrator": ("system integrator", "Anlagenbauer"),
    "repair-shop": ("repair shop", "Instandsetzer"),
    "distributor": ("dealer", "Händler"),
    "competitor": ("competitor", "Wettbewerber"),
}
SOURCES = {
    "website": ("web", "Website", "homepage", "Webseite"),
    "organic-search": ("google organic", "organic", "seo"),
    "paid-search": ("cpc", "Google Ads (Search)", "adwords"),
    "linkedin": ("LinkedIn", "Linkedin Sponsored", "li"),
    "referral": ("Empfehlung", "customer referral"),
    "direct": ("direct", "(direct)"),
}
# What nobody agreed on: these leads wait in triage until somebody says what it means.
ODD_SOURCES = ("Liste Herr Maier", "xls 3 final", "Verteiler alt", "tbd")
ODD_COUNTRIES = ("EMEA", "Germania/Austria", "n/a EU")
