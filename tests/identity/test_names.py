"""One mailbox, one domain, one company: spellings that mean the same are the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.identity.companies import name_key
from penstock.identity.domains import freemail, of_company, registered
from penstock.identity.emails import normalise


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" Jana.Keller@Brunner.Example\n", "jana.keller@brunner.example"),
        ("jana+fair@brunner.example", "jana+fair@brunner.example"),
        ("\uff4a\uff41\uff4e\uff41@brunner.example", "jana@brunner.example"),
        ("info@Bücher.de", "info@xn--bcher-kva.de"),
        ("info@xn--bcher-kva.de", "info@xn--bcher-kva.de"),
        ("o'neil_2@sub.firm.co.uk", "o'neil_2@sub.firm.co.uk"),
        ("müller@firm.example", "müller@firm.example"),
    ],
)
def test_spellings_of_one_mailbox_are_one_address(text: str, address: str) -> None:
    assert normalise(text) == address == normalise(address)


@pytest.mark.parametrize(
    "text",
    [
        "", "nobody", "@firm.example", "a@", "a@localhost", "a b@firm.example", "a@firm", "a..b@firm.example",
        ".a@firm.example", "a@fi rm.example", "a@firm..example", "a@-firm.example", "Jana <jana@firm.example>", "a@b@",
        "a@firm.invalid", f"{'a' * 65}@firm.example", "a@\0.example",
    ],
)  # fmt: skip
def test_what_is_no_address_is_nothing(text: str) -> None:
    assert normalise(text) == ""


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
    assert name_key(name_key(text)) == name_key(text) or not name_key(text)


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("brunner.example", "brunner.example"), ("mail.brunner.example", "brunner.example"),
        ("https://www.firm.co.uk/jobs?x=1", "firm.co.uk"), ("WWW.Firm.COM", "firm.com"),
        ("a.b.firm.com.au", "firm.com.au"), ("localhost", ""), ("", ""),
    ],
)  # fmt: skip
def test_registered_domain_is_what_somebody_registered(text: str, domain: str) -> None:
    assert registered(text) == domain


def test_free_mail_says_nothing_about_a_company() -> None:
    assert of_company("gmail.com") == of_company("mail.gmx.de") == of_company("btinternet.com") == ""
    assert of_company("mail.brunner.example") == "brunner.example"
    assert len(freemail()) > 60
    assert all(name == name.strip().lower() for name in freemail())


@pytest.mark.parametrize(
    "spellings",
    [
        ("Brunner Maschinenbau AG", "BRUNNER MASCHINENBAU", "Brunner  Maschinenbau, AG"),
        ("Müller GmbH & Co. KG", "müller gmbh"),
        ("Rossi S.p.A.", "Rossi SpA", "rossi"),
        ("Acme Corp.", "ACME, Inc.", "Acme"),
        ("Novak d.o.o.", "Novak doo"),
    ],
)
def test_legal_forms_and_punctuation_make_no_other_company(spellings: tuple[str, ...]) -> None:
    assert len({name_key(spelling) for spelling in spellings}) == 1


def test_different_companies_stay_apart() -> None:
    names = ["Müller", "Muller Tools", "AG", "Co", "Brunner", "Brunner Service", "3M", "3i"]
    assert len({name_key(name) for name in names}) == len(names)
