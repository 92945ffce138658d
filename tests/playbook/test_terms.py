"""What the words of the world mean under a vocabulary."""

from __future__ import annotations

import pytest

from penstock.playbook.terms import Terms
from penstock.playbook.vocabulary import Vocabulary

VOCABULARY = Vocabulary.model_validate({
    "sources": {"trade-show": {"title": "Trade show", "spelt": ["Messe", "Hannover Messe 2026"]}, "web": None},
    "industries": {"machine-building": ["Maschinenbau", "mechanical engineering"]},
    "countries": {"DE": ["Germany", "Deutschland"]},
    "regions": {"dach": {"countries": ["DE", "AT", "CH"]}, "europe": {"countries": ["de", "fr"], "spelt": ["EU"]}},
    "lines": {"hydraulics": {"assets": ["HX-*"]}, "seals": {"assets": ["*seal*"]}},
    "functions": {"student": {"titles": ["*student*"]}, "engineering": {"titles": ["*engineer*", "*konstruktion*"]}},
    "seniorities": {"head": {"titles": ["head of *", "leiter*"]}},
    "assets": {"datasheet": ["*datasheet*", "*datenblatt*"], "guide": ["*guide*"]},
    "campaigns": {"spring-fair": ["Frühjahrsmesse", "spring-fair-*"], "all-fairs": ["*-fair-*", "spring-fair-2020"]},
    "products": {"gtx-pro": {"title": "GTX Pro", "spelt": ["GTXPro"]}},
    "companies": {"acme": ["Acme Corporation"]},
    "words": {"lead-time": ["lead time", "délai de livraison", "Lieferzeit"], "price": ["price", "Maß"],
              "down": ["Störung", "Anlage steht"]},
    "email_types": {"university": ["*.edu"], "free": ["mail.valley.example"], "rival": {"spelt": ["rival.example"]}},
    "fields": {"machine-park": "text", "machines": "number"},
})  # fmt: skip
TERMS = Terms(VOCABULARY)


@pytest.mark.parametrize(
    ("field", "text", "found"),
    [
        ("source", "  hannover  MESSE 2026", {("source", "trade-show")}),
        ("source", "Trade Show", {("source", "trade-show")}),
        ("source", "web", {("source", "web")}),
        ("source", "Messe Hannover", set()),
        ("source", "", set()),
        ("industry", "ＭＡＳＣＨＩＮＥＮＢＡＵ", {("industry", "machine-building")}),  # noqa: RUF001 - full width is the point
        ("country", "Deutschland", {("country", "DE"), ("region", "dach"), ("region", "europe")}),
        ("country", "fr", {("country", "FR"), ("region", "europe")}),
        ("country", "xx", set()),
        ("region", "eu", {("region", "europe")}),
        ("function", "Engineering", {("function", "engineering")}),
        ("campaign", "Spring-Fair-2026", {("campaign", "spring-fair")}),
        ("campaign", "spring-fair-2020", {("campaign", "all-fairs")}),
        ("campaign", "fair", set()),
        ("product", "gtxpro", {("product", "gtx-pro")}),
        ("company", "ACME corporation", {("company", "acme")}),
        ("company", "Brunner  AG", {("company", "brunner ag")}),
        ("domain", "Brunner.example", {("domain", "brunner.example")}),
        ("email_type", "GMAIL.com", {("email_type", "free")}),
        ("email_type", "mail.valley.example", {("email_type", "free")}),
        ("email_type", "rival.example", {("email_type", "rival")}),
        ("email_type", "physics.example.edu", {("email_type", "university")}),
        ("email_type", "firm.co.uk", {("email_type", "business")}),
        ("kind", "form_submitted", {("kind", "form_submitted")}),
        ("machine-park", "CNC Mills", {("machine-park", "cnc mills")}),
        ("machines", "12", set()),
        ("first_name", "Jana", set()),
    ],
)
def test_text_means_its_terms(field: str, text: str, found: set[tuple[str, str]]) -> None:
    assert set(TERMS.of(field, text)) == found


def test_title_gives_the_first_function_and_seniority_that_fit() -> None:
    found = TERMS.of("title", "Leiterin Konstruktion")
    assert found == (("function", "engineering"), ("seniority", "head"))
    assert ("function", "student") in TERMS.of("title", "Student, mechanical engineering")
    assert TERMS.of("title", "Owner") == ()


def test_asset_gives_its_kind_and_every_line_it_speaks_of() -> None:
    found = TERMS.of("asset", "HX-200 seal guide")
    assert found == (("asset", "guide"), ("line", "hydraulics"), ("line", "seals"))
    assert TERMS.of("asset", "HX-200 Datenblatt.pdf")[0] == ("asset", "datasheet")
    assert TERMS.of("asset", "Annual report") == ()


@pytest.mark.parametrize(
    ("text", "lists"),
    [
        ("stoerung am Band", ("down",)),
        ("Mehrere STÖRUNGEN", ()),
        ("What is your LEAD-TIME for HX-240?", ("lead-time",)),
        ("Quel est le delai de livraison ?", ("lead-time",)),
        ("lead\n time and price", ("lead-time", "price")),
        ("Nach Maß oder MASS", ("price",)),
        ("priceless timing, we lead", ()),
        ("misled time", ()),
    ],
)
def test_text_speaks_of_word_lists_by_whole_words(text: str, lists: tuple[str, ...]) -> None:
    assert TERMS.of("text", text) == tuple(("text", name) for name in lists)


@pytest.mark.parametrize(
    ("phrase", "text", "speaks"),
    [
        ("*ausfall", "Pumpenausfall an Linie 2", True),
        ("*ausfall", "Ausfall", True),
        ("*ausfall", "Ausfallzeiten", False),
        ("stör*", "mehrere Störungen", True),
        ("stör*", "mehrere STOERUNGEN", True),
        ("stör*", "gestört", False),
        ("*schäden*", "Lagerschaeden vermutet", True),
        ("arrêt* de ligne*", "deux arrets de lignes", True),
        ("machine * down", "our machine is down", True),
        ("machine * down", "our machine down", False),
        ("machine * down", "machine will be down", False),
        ("*a*b*c*", "xaxbxcx", True),
        ("x?y", "xzy", False),
        ("x?y", "x y", True),
        ("*", "anything", False),
        ("* *", "anything goes", False),
    ],
)
def test_star_in_a_word_list_stands_for_letters_of_a_word(phrase: str, text: str, speaks: bool) -> None:
    terms = Terms(Vocabulary(words={"one": [phrase]}))
    assert terms.of("text", text) == ((("text", "one"),) if speaks else ())


def test_section_left_out_knows_every_word() -> None:
    assert TERMS.of("channel", "Web  Form") == (("channel", "web form"),)
    assert TERMS.knows_all("channel")
    assert not TERMS.knows_all("source")
    assert not TERMS.knows_all("country")


def test_pattern_takes_nothing_but_its_stars_for_special() -> None:
    terms = Terms(Vocabulary.model_validate({"assets": {"price-list": ["price (v?).*"]}}))
    assert terms.of("asset", "Price (V?).pdf")
    assert terms.of("asset", "price (v1).pdf") == ()
