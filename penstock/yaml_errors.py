"""What YAML's own errors mean to somebody who writes a playbook or a mapping: the line, what is wrong, what to write.

Of the slips that people make the parser notices the consequence, often a line later or as a bracket that was never one;
so the line itself is looked at. Called by whoever reads YAML of the user's, connectors among them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ruamel.yaml.error import MarkedYAMLError

Slip = tuple[int, str, str]
"""The line from 1 on, what is wrong in it, what to do."""
LONGEST = 60
_NAMED = re.compile(r"\s*(?:- +)*([^\s:#][^:#]*?):\s+(\S.*)")
_LACKS_COLON = re.compile(r"\s*(?:- +)*([\w-]+)(?:\s*[:=]\s*(.*)|\s*)$")
QUOTES = "\"'"


@dataclass(frozen=True, slots=True)
class At:
    """Where the parser stopped (``line``, ``column``), and where what it was reading began (``opened``, ``from_``)."""

    lines: list[str]
    line: int
    column: int
    opened: int
    from_: int
    told: str

    @property
    def row(self) -> str:
        """Return the line in which the parser stopped."""
        return self._row(self.line)

    @property
    def before(self) -> str:
        """Return what stands before that in the line."""
        return self.row[: self.column]

    @property
    def begun(self) -> At:
        """Return the place where it began."""
        return At(self.lines, self.opened, self.from_, self.opened, self.from_, self.told)

    def above(self) -> At:
        """Return the nearest line above that says something; line 0 where there is none."""
        number = self.line - 1
        while number > 0 and not self._row(number).split("#")[0].strip():
            number -= 1
        return At(self.lines, number, 0, number, 0, self.told)

    def _row(self, number: int) -> str:
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""


def explain(error: MarkedYAMLError, text: str) -> Slip:
    """Return what somebody who never saw a parser can mend; the line is 0 where there is none."""
    mark = error.problem_mark or error.context_mark
    begun = error.context_mark or mark
    told = f"{error.context or ''} {error.problem or ''}"
    if mark is None or begun is None:
        return 0, f"this is no YAML: {error.problem}", "compare it with the lines around it"
    at = At(text.splitlines(), mark.line + 1, mark.column, begun.line + 1, begun.column, told)
    for words, tell in _SLIPS:
        if words in told:
            return tell(at)
    return at.line, f"this is no YAML: {error.problem}", "compare it with the lines around it"


def quoted(text: str) -> str:
    """Return a text as YAML reads it whatever stands in it."""
    return f"""'{text.replace("'", "''")}'""" if {'"', "\\"} & set(text) else f'"{text}"'


def _always(what: str, remedy: str) -> Callable[[At], Slip]:
    return lambda at: (at.line, what, remedy)


def _where_begun(what: str, remedy: str) -> Callable[[At], Slip]:
    """Return what tells a quote that is never closed: noticed far below, it belongs to where it was opened."""
    return lambda at: (at.opened, what, remedy)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _colon(line: int, name: str, value: str) -> Slip:
    value = value.strip()
    return line, f'the ":" in {_short(value)} asks for quotes', f"write {name}: {_short(quoted(value))}"


def _second_colon(at: At) -> Slip:
    named = _NAMED.match(at.before)
    if named:
        return _colon(at.line, named[1], re.sub(r"\s+#.*", "", named[2] + at.row[at.column :]))
    above = at.above()
    if re.search(r":(?:\s|$)", above.row) or not above.line:
        what = "the line is indented below one that has a value already"
        return at.line, what, "line it up with its neighbours; a text of several lines belongs in quotes"
    return _no_colon(above)


def _no_colon(at: At) -> Slip:
    """Tell of a line that should be a name with its value, or an item of a list."""
    text = at.row.strip()
    if _is_among_items(at):
        return _no_dash(at)
    found = _LACKS_COLON.match(at.row)
    if found is None:
        return at.line, f'a ":" is missing in {_short(text)}', "write name: value"
    return at.line, f'a ":" and a space are missing after {found[1]}', f"write {found[1]}: {_short(found[2] or '…')}"


def _is_among_items(at: At) -> bool:
    """Whether the line above is an item of a list as far left as this line, which is none."""
    above, indent = at.above().row, re.match(r"\s*", at.row)
    return indent is not None and above.startswith(f"{indent[0]}- ") and not at.row.lstrip().startswith("- ")


def _no_dash(at: At) -> Slip:
    text = at.row.strip()
    return (
        at.line,
        f"{_short(text)} stands in a list and has no dash",
        f"write - {_short(text)}, or indent it if it belongs to the item above",
    )


def _in_brackets(at: At) -> Slip:
    """Tell of what stands between { } or [ ] where a comma belongs."""
    if at.before.rstrip()[-1:] in (*QUOTES, "]", "}"):
        return _after_the_end(at)
    entry = re.split(r"[{\[,]", at.before)[-1]
    named = _NAMED.fullmatch(entry) if at.row[at.column : at.column + 1] == ":" else None
    if named is None:
        kind, shape = ("{", "{name: value, name: value}") if "'}'" in at.told else ("[", "[one, two]")
        return at.opened, f"a bracket {kind} is not closed, or a comma is missing", f"write {shape}"
    value = named[2] + re.split(r"[,}\]]|\s#", at.row[at.column :])[0].rstrip()
    *_, last = named[2].split()
    if last == named[2].strip():
        return _colon(at.line, named[1], value)
    # After one word no comma can be missing; after several the last may be a name.
    what = f'there is a second ":" in {_short(f"{named[1]}: {value}")}'
    return at.line, what, f"write {named[1]}: {_short(quoted(value))}, or a comma before {last}"


def _after_the_end(at: At) -> Slip:
    """Tell of what follows a quote or bracket that closed the value."""
    closing = at.before.rstrip()[-1]
    if closing not in QUOTES:
        return at.line, f"{_short(at.row[at.column :].strip())} follows the closing {closing}", _WHOLE
    if at.before.count(closing) % 2:
        # The quote that seems to open a value here closes one that was opened above.
        return _opened_above(at, closing), "a quote is opened and never closed", "close it in the same line"
    inner = "''" if closing == "'" else '\\"'
    remedy = f"put the whole value between one pair of quotes; inside it write {inner} for {closing}"
    return at.line, f"{_short(at.row[at.column :].strip())} follows the closing {closing}", remedy


_WHOLE = "put the whole value in quotes"


def _opened_above(at: At, quote: str) -> int:
    above = at.above()
    while above.line and above.row.count(quote) % 2 == 0:
        above = above.above()
    return above.line or at.line


def _no_end(at: At) -> Slip:
    """Tell of what does not fit the block around it: brackets, quotes, dashes, indentation."""
    here = at.row[at.column : at.column + 1]
    if at.before.strip(" -") and here in ("}", "]"):
        return at.line, f"there is one {here} too many", "take it away, or put the value in quotes"
    if at.before.rstrip()[-1:] in (*QUOTES, "]", "}"):
        return _after_the_end(at)
    if _is_among_items(at):
        return _no_dash(at)
    if here == "-" and not at.above().row.lstrip().startswith("-"):
        what = f"{_short(at.row.strip())} is an item of a list among names"
        return at.line, what, "take the dash away, or give the list a name of its own"
    return at.line, "the indentation does not fit the lines above", "line it up with its neighbours"


def _special(at: At) -> Slip:
    what = f"{at.row[at.column : at.column + 1]} at the beginning of a value means something to YAML"
    return at.line, what, f"put the value in quotes: {_short(quoted(_value(at)))}"


def _value(at: At) -> str:
    """Return the value that begins here, as it was meant."""
    brackets = at.before.count("{") + at.before.count("[") > at.before.count("}") + at.before.count("]")
    return re.split(r"[,}\]]|\s#" if brackets else r"\s#", at.row[at.column :])[0].strip()


def _tab_or_special(at: At) -> Slip:
    if at.row[at.column : at.column + 1] == "\t":
        return at.line, "a tab stands where spaces belong", "indent with spaces"
    return _special(at)


def _alias(at: At) -> Slip:
    what = "the alias (*) stands for nothing; an asterisk at the start has a meaning"
    return at.line, what, f"put it in quotes: {_short(quoted(_value(at)))}"


def _no_document(at: At) -> Slip:
    for number, row in enumerate(at.lines, 1):
        if row.startswith("%"):
            return _special(At(at.lines, number, 0, number, 0, at.told))
    return at.line, "the text ends here and goes on again", "indent it like its neighbours"


def _no_content(at: At) -> Slip:
    if at.row[at.column : at.column + 1] == "-":
        return at.line, "a dash stands between brackets, where commas part the items", "write [one, two] without dashes"
    return at.line, "a value is missing, or , [ ] { } stand where they mean nothing", "check the commas"


def _escape(at: At) -> Slip:
    found = at.row[at.column - 1 : at.column + 1] if at.row[at.column - 1 : at.column] == "\\" else "\\"
    remedy = "put it in single quotes, or write \\\\ for each \\"
    return at.line, f"{found} between double quotes means something to YAML", remedy


def _twice(at: At) -> Slip:
    found = re.search(r'duplicate key "([^"]*)"', at.told)
    return at.line, f"{found[1] if found else 'a name'} stands twice", "keep one of them"


# The first words that the parser's message holds.
_SLIPS: tuple[tuple[str, Callable[[At], Slip]], ...] = (
    ("that cannot start any token", _tab_or_special),
    ("found duplicate key", _twice),
    ("found duplicate anchor", _always("the same anchor (&) stands twice", "write the value out instead")),
    ("undefined alias", _alias),
    ("while scanning an alias", lambda at: _special(at.begun)),
    ("while scanning an anchor", lambda at: _special(at.begun)),
    ("while scanning a block scalar", lambda at: _special(at.begun)),
    ("mapping keys are not allowed", _special),
    ("mapping values are not allowed", _second_colon),
    ("unknown escape character", _escape),
    ("expected <block end>", _no_end),
    ("expected '<document start>'", _no_document),
    ("expected the node content", _no_content),
    ("expected ',' or '}'", _in_brackets),
    ("expected ',' or ']'", _in_brackets),
    ("could not find expected ':'", lambda at: _no_colon(at.begun)),
    ("found unexpected end of stream", _where_begun("a quote is opened and never closed", "close it in the same line")),
    ("while scanning a quoted scalar", _where_begun("a quote is opened and never closed", "close it in the same line")),
    ("expected a single document", _always("there is a second document after ---", "put it into a file of its own")),
)
