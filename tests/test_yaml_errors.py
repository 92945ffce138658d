"""Slips in YAML are told by their line and in its words, with what to write; the same wherever it is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors._kit.checked_yaml import read_yaml as read_mapping
from penstock.errors import FileError
from penstock.playbook.load_yaml import read_yaml
from penstock.yaml_errors import quoted

# What is written · its line · what is said of it · what to do. Both readers stop at these.
SLIPS = {
    "colon in a title": ("a:\n  title: HX-20: the datasheet\n", 2, 'the ":" in HX-20: the datasheet asks for quotes',
                         'write title: "HX-20: the datasheet"'),
    "colon in a title in brackets": ("a:\n  b: {title: HX-20: the datasheet, url: x}\n", 2,
                                     'the ":" in HX-20: the datasheet asks', 'write title: "HX-20: the datasheet"'),
    "colon in brackets over lines": ("a: {title: HX-20: the sheet,\n  url: x}\n", 1, 'the ":" in HX-20: the sheet',
                                     'write title: "HX-20: the sheet"'),
    "colon at the end": ("a: Note:\nb: 1\n", 1, 'the ":" in Note: asks for quotes', 'write a: "Note:"'),
    "colon beside quotes": ('a: HX: 20" bore\n', 1, 'the ":" in HX: 20" bore', "write a: 'HX: 20\" bore'"),
    "colon before a comment": ("a: HX: 20 # inch\n", 1, 'the ":" in HX: 20 asks', 'write a: "HX: 20"'),
    "colon in a list": ("a:\n  - HX: the: sheet\n", 2, 'the ":" in the: sheet', 'write HX: "the: sheet"'),
    "missing comma": ("a: {b: 1 c: 2}\n", 1, 'a second ":" in b: 1 c: 2', 'write b: "1 c: 2", or a comma before c'),
    "semicolon": ("a: {b: 1; c: 2}\n", 1, 'a second ":" in b: 1; c: 2', "or a comma before c"),
    "open bracket": ("a: {b: 1\nc: 2\n", 1, "a bracket { is not closed", "write {name: value, name: value}"),
    "open list": ("a: [b, c\nd: 2\n", 1, "a bracket [ is not closed", "write [one, two]"),
    "bracket too many": ("a: {b: 1}}\n", 1, "there is one } too many", "take it away"),
    "text after a bracket": ("a: [x] y\n", 1, "y follows the closing ]", "put the whole value in quotes"),
    "dashes in brackets": ("a: [- b, - c]\n", 1, "a dash stands between brackets", "write [one, two] without dashes"),
    "tab": ("a:\n\tb: 1\n", 2, "a tab stands where spaces belong", "indent with spaces"),
    "tab after spaces": ("a:\n  b: 1\n  \tc: 1\n", 3, "a tab stands where spaces belong", "indent with spaces"),
    "missing dash": ("a:\n  - one\n  two\n  - three\n", 3, "two stands in a list and has no dash", "write - two"),
    "missing dash, last": ("a:\n  - one\n  b: two\n", 3, "b: two stands in a list and has no dash", "write - b: two"),
    "dash among names": ("a:\n  b: 1\n  - c\n", 3, "- c is an item of a list among names", "take the dash away"),
    "percent": ("a: %off\n", 1, "% at the beginning of a value", 'put the value in quotes: "%off"'),
    "percent in a list": ("a: [x, %off, y]\n", 1, "% at the beginning of a value", 'in quotes: "%off"'),
    "percent first": ("%a: b\n", 1, "% at the beginning", "in quotes"),
    "at": ("a: @home # now\n", 1, "@ at the beginning of a value", 'in quotes: "@home"'),
    "backtick": ("a: {b: `x`, c: 1}\n", 1, "` at the beginning of a value", 'in quotes: "`x`"'),
    "asterisk": ("a: *best* pump\n", 1, "an asterisk at the start has a meaning", 'put it in quotes: "*best* pump"'),
    "asterisk in a list": ("a: [*engineer*, x]\n", 1, "an asterisk at the start", 'put it in quotes: "*engineer*"'),
    "ampersand and space": ("a: & Sons\n", 1, "& at the beginning of a value", 'in quotes: "& Sons"'),
    "greater": ("a: > 5 bar\n", 1, "> at the beginning of a value", 'in quotes: "> 5 bar"'),
    "bar": ("a: | or\n", 1, "| at the beginning of a value", 'in quotes: "| or"'),
    "question mark": ("a: ? x\n", 1, "? at the beginning of a value", 'in quotes: "? x"'),
    "open quote": ('a: 1\nb: "x\nc: y\n', 2, "a quote is opened and never closed", "close it in the same line"),
    "open single quote": ("a: 'x\nb: y\n", 1, "a quote is opened and never closed", "close it in the same line"),
    "open quote, closed by another": ('a: "x\nb: "y"\n', 1, "a quote is opened and never closed", "close it"),
    "apostrophe": ("a: 'it's'\n", 1, "s' follows the closing '", "inside it write '' for '"),
    "text after quotes": ('a: "x" y\n', 1, 'y follows the closing "', 'write \\" for "'),
    "text after quotes in brackets": ('a: {b: "x" y, c: 1}\n', 1, 'follows the closing "', 'write \\" for "'),
    "backslash": ('a: "C:\\pumps"\n', 1, "\\p between double quotes", "put it in single quotes"),
    "twice": ("a: 1\nb: 2\na: 3\n", 3, "a stands twice", "keep one of them"),
    "no space after a colon": ("a:1\nb: 2\n", 1, 'a ":" and a space are missing after a', "write a: 1"),
    "equals": ("a = 1\nb: 1\n", 1, 'a ":" and a space are missing after a', "write a: 1"),
    "no colon": ("a: 1\nb\nc: 2\n", 2, 'a ":" and a space are missing after b', "write b: …"),
    "no colon above a block": ("a:\n  b\n  c: 2\n", 2, 'a ":" and a space are missing after b', "write b: …"),
    "no colon, several words": ("one two\nc: 2\n", 1, 'a ":" is missing in one two', "write name: value"),
    "too deep": ("a: 1\n  b: 2\n", 2, "indented below one that has a value already", "line it up"),
    "not deep enough": ("a:\n    b: 1\n  c: 2\n", 3, "the indentation does not fit", "line it up"),
    "comma first": ("a: ,x\n", 1, "a value is missing, or , [ ] { } stand", "check the commas"),
    "two documents": ("a: 1\n---\nb: 1\n", 2, "there is a second document", "a file of its own"),
}  # fmt: skip


@pytest.mark.parametrize("name", SLIPS)
def test_slip_in_a_playbook_is_told_by_its_line(tmp_path: Path, name: str) -> None:
    text, line, what, remedy = SLIPS[name]
    (tmp_path / "a.yaml").write_text(text)
    (problem, *_) = read_yaml(tmp_path / "a.yaml", "a.yaml").problems
    assert (problem.file, problem.line) == ("a.yaml", line)
    assert what in problem.what
    assert remedy in problem.remedy


@pytest.mark.parametrize("name", SLIPS)
def test_slip_in_a_mapping_is_told_the_same(tmp_path: Path, name: str) -> None:
    text, line, what, remedy = SLIPS[name]
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(FileError) as caught:
        read_mapping(tmp_path / "a.yaml", "a.yaml")
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == ("a.yaml", line)
    assert what in problem.what
    assert remedy in problem.remedy


# What YAML takes, and means otherwise than it looks: told by the playbook's reader.
SILENT = {
    "ampersand": ("a: &co\nb: 1\n", 1, "& at the beginning of a value", 'in quotes: "&co"'),
    "ampersand and more": ("a: &co text\n", 1, "& at the beginning of a value", 'in quotes: "&co text"'),
    "exclamation mark": ("a: !important news\n", 1, "the tag !important is not read", "put the value in quotes"),
    "no space in brackets": ("a: {b:1}\n", 1, 'a space is missing after "b:"', "write b: 1"),
    "no-break space": ("a:\n\u00a0\u00a0b: 1\n", 2, "a no-break space", "type the spaces anew"),
    "template in a value": (
        "a: {{ lead.x }}\n",
        1,
        "stands where a name belongs",
        "begins with { or [ belongs in quotes",
    ),
}


@pytest.mark.parametrize("name", SILENT)
def test_text_that_yaml_takes_for_something_else_is_told(tmp_path: Path, name: str) -> None:
    text, line, what, remedy = SILENT[name]
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    (problem,) = read_yaml(tmp_path / "a.yaml", "a.yaml").problems
    assert problem.line == line
    assert what in problem.what
    assert remedy in problem.remedy


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('a: "HX-20: the datasheet"\n', {"a": "HX-20: the datasheet"}),
        ("a: {url: https://pumps.example/a}\n", {"a": {"url": "https://pumps.example/a"}}),
        ("a: 08:00-17:00\n", {"a": "08:00-17:00"}),
        ("a: Pumps & valves\n", {"a": "Pumps & valves"}),
        ("a: 5 * 3\n", {"a": "5 * 3"}),
        ("a: 100 %\n", {"a": "100 %"}),
        ("a: me@pumps.example\n", {"a": "me@pumps.example"}),
        ("a: it's\n", {"a": "it's"}),
        ('a: 3" bore\n', {"a": '3" bore'}),
        ("a: &x text\nb: *x\n", {"a": "text", "b": "text"}),
        ("a: &x {b: 1}\n", {"a": {"b": 1}}),
        ("a: |\n  one\n  two\n", {"a": "one\ntwo\n"}),
        ("a: yes\nb: no\nc: NO\n", {"a": "yes", "b": "no", "c": "NO"}),
    ],
)
def test_what_looks_alike_is_read(tmp_path: Path, text: str, value: object) -> None:
    (tmp_path / "a.yaml").write_text(text)
    document = read_yaml(tmp_path / "a.yaml", "a.yaml")
    assert (document.problems, document.value) == ([], value)


@pytest.mark.parametrize("text", ["HX: 20", 'a "b": c', "it's: so", "C:\\pumps: x", "'", '"', "@x", "#1", ""])
def test_what_is_put_in_quotes_is_read_as_it_was(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(f"a: {quoted(text)}\n")
    assert read_yaml(tmp_path / "a.yaml", "a.yaml").value == {"a": text}
