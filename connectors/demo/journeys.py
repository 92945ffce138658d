"""What the people of the fake vendor's world do, plot by plot: a pure function of the world and the person's number.

Used by timeline.py. A plot is a handful of lines: what happens, and how many days after the first appearance.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from connectors.demo import texts, words
from connectors.demo.pen import Pen, Said
from connectors.demo.people import person
from connectors.demo.world import World

COMES_BACK = 60  # percent of those who were there before day one; the others stay in the baseline


def journey(world: World, number: int) -> list[Said]:
    """Return everything that the systems give about one person, in no order."""
    who = person(world, number)
    pen = Pen(world, who)
    PLOTS[who.plot](pen, who.day)
    if who.is_history and (who.plot == "leaver" or pen.chance(COMES_BACK)):
        _come_back(pen, world.days * pen.dice.random() * 0.85)
    _mail(pen, who.day)
    return pen.said


def _hot(pen: Pen, day: float) -> None:
    """Read for some days, then ask."""
    shelf, dice = pen.who.shelf, pen.dice
    pen.form(day)
    _in_crm(pen, day)
    pen.pages(day, dice.randint(3, 7))
    pen.download(day, dice.choice(shelf.reading))
    later = day + dice.uniform(1, 3)
    pen.pages(later, dice.randint(2, 5))
    for asset in dice.sample(shelf.datasheets, dice.randint(1, 2)):
        pen.download(later, asset)
    if pen.chance(20):  # one in five sizes first
        pen.tool(later + 1)
    _burst(pen, later + dice.uniform(1, 5))
    if pen.who.is_history and pen.chance(30):  # some were won or lost before day one
        _past_deal(pen, later)


def _burst(pen: Pen, day: float) -> None:
    """Within two days somebody who reads becomes somebody who asks."""
    pen.pages(day, pen.dice.randint(2, 6))
    how = pen.dice.choices(("quote", "sample", "meeting"), (60, 20, 20))[0]
    if how == "quote":
        pen.ask(day)
    elif how == "sample":
        pen.ask(day, "demo_requested")
    else:
        pen.meeting(day)
        pen.download(day, pen.who.shelf.datasheets[0])


def _past_deal(pen: Pen, day: float) -> None:
    for kind, after in (("meeting", 6), ("opportunity", 14), (pen.dice.choice(("won", "lost")), 25)):
        if day + after < 0:
            pen.deal(day + after, kind, 0 if kind == "meeting" else pen.dice.randint(3, 180) * 500)


def _warm(pen: Pen, day: float) -> None:
    shelf, dice = pen.who.shelf, pen.dice
    if pen.who.email:
        pen.form(day, text=dice.choice((*texts.QUESTIONS[pen.who.language], "")))
    else:
        pen.badge(day)
    _in_crm(pen, day)
    pen.pages(day, dice.randint(2, 6))
    pen.download(day + dice.uniform(0, 3), dice.choice(shelf.datasheets))
    if pen.chance(60):  # the rest sizes instead
        pen.webinar(day + dice.uniform(0, 4), attended=True)
    else:
        pen.tool(day + dice.uniform(1, 5))
    pen.pages(day + dice.uniform(4, 12), dice.randint(2, 5))


def _curious(pen: Pen, day: float) -> None:
    shelf, dice = pen.who.shelf, pen.dice
    if not pen.who.email or pen.chance(30):  # met at the fair
        pen.badge(day)
    if pen.who.email:
        pen.form(day + dice.random())
    pen.pages(day, dice.randint(3, 8))
    pen.download(day + dice.uniform(0, 2), dice.choice(shelf.reading))
    if pen.chance(25):  # registered, stayed away
        pen.webinar(day + dice.uniform(2, 9), attended=False)
    for _ in range(dice.randint(0, 3)):
        pen.pages(day + dice.uniform(5, 40), dice.randint(1, 4))


def _silent(pen: Pen, day: float) -> None:
    if pen.who.email and pen.chance(50):  # the other half is on a list
        pen.crm(day)
    else:
        pen.badge(day)


def _leaver(pen: Pen, day: float) -> None:
    """Take the mails back soon, and read on all the same: whoever plans a mail must not send it."""
    at = pen.form(day)
    pen.pages(day, 2)
    soon = at + timedelta(minutes=pen.dice.choice((12, 25, 50, 300, 2000)))
    if pen.chance(80):  # the others withdraw their consent instead
        pen.unsubscribe(soon)
    else:
        pen.consent(soon, granted=False)
    pen.download(day + pen.dice.uniform(2, 5), pen.dice.choice(pen.who.shelf.reading))
    pen.pages(day + pen.dice.uniform(2, 8), 4)


def _partner(pen: Pen, day: float) -> None:
    pen.listed(day, pen.dice.choice(("Händler", "distributor", "partner", "stockist")))
    pen.crm(day + 1)
    if pen.chance(70):  # most lists are sent because there is a project
        pen.download(day + 1, pen.dice.choice(pen.who.shelf.datasheets))
        pen.pages(day + 1, 4)
        pen.ask(day + pen.dice.uniform(1, 4))


def _outsider(pen: Pen, day: float) -> None:
    """Ask for a quote in a hurry, and say nothing of who they are."""
    pen.pages(day, 3)
    pen.ask(day)
    pen.download(day + 1, pen.who.shelf.datasheets[0])


def _student(pen: Pen, day: float) -> None:
    pen.form(day, text=texts.THESIS)
    for asset in pen.who.shelf.reading[:3]:
        pen.download(day + pen.dice.random(), asset)
    pen.pages(day, 6)


def _rival(pen: Pen, day: float) -> None:
    pen.form(day)
    pen.crm(day + 1, company_type=pen.dice.choice(words.COMPANY_TYPES["competitor"]))
    for asset in pen.who.shelf.datasheets[:3]:
        pen.download(day + pen.dice.random(), asset)


def _applicant(pen: Pen, day: float) -> None:
    pen.form(day, source=pen.dice.choice(("job portal", "careers", "stepstone")))
    pen.careers(day)
    pen.pages(day + 1, 3)


def _odd(pen: Pen, day: float) -> None:
    pen.listed(day, pen.dice.choice(words.ODD_SOURCES))
    pen.pages(day + 2, 3)


def _come_back(pen: Pen, day: float) -> None:
    """Do something again after day one, which ends the baseline."""
    dice, shelf = pen.dice, pen.who.shelf
    pen.pages(day, dice.randint(2, 5))
    if pen.who.plot in ("hot", "warm", "partner", "curious", "leaver"):
        pen.download(day + dice.random(), dice.choice(shelf.reading if pen.who.plot == "leaver" else shelf.datasheets))
    if pen.who.plot in ("hot", "partner"):
        _burst(pen, day + dice.uniform(1, 4))
    if pen.who.plot == "warm":
        pen.webinar(day + dice.uniform(0, 3), attended=True)


def _in_crm(pen: Pen, day: float) -> None:
    if pen.who.email and pen.chance(70):  # the rest, nobody entered
        pen.crm(day + pen.dice.uniform(0.2, 2))


def _mail(pen: Pen, day: float) -> None:
    """Let those who get the newsletter click, answer, or leave it."""
    if not (pen.who.email and pen.who.consents) or pen.who.plot in ("silent", "leaver"):
        return
    later = day + pen.dice.uniform(4, 30)
    acts: tuple[Callable[[], None] | None, ...] = (
        lambda: pen.click(later),
        lambda: pen.reply(later),
        lambda: pen.unsubscribe(pen.moment(later)),
        lambda: pen.consent(pen.moment(later), granted=False),
        lambda: pen.unsubscribe(pen.moment(later), "bounced"),  # has left the company
        None,
    )
    act = pen.dice.choices(acts, (18, 3, 3, 3, 1, 72))[0]
    if act is not None:
        act()


PLOTS: dict[str, Callable[[Pen, float], None]] = {
    "hot": _hot, "warm": _warm, "curious": _curious, "silent": _silent, "leaver": _leaver, "partner": _partner,
    "outsider": _outsider, "student": _student, "rival": _rival, "applicant": _applicant, "odd": _odd,
}  # fmt: skip
