"""YAML as scenarios are written in it: text, lists and maps that know where they stand.

No value is ever guessed from the look of a scalar: `on`, `0755`, `12:30` and `~` are text, and only an empty value is
empty. Built from PyYAML's events, with a stack of its own, so that neither deep nesting nor a bomb of aliases can
take the process down.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.reader import Reader

from ..model.scenario import Place
from ..model.template import Template
from .problems import Problem, Problems, ScenarioError, shown

LIMIT = 256 * 1024
"""Octets in a file: the largest scenario that ships is a hundredth of it, and PyYAML reads 0.1 to 0.4 MB a second."""
DEPTH = 24
NODES = 10_000
"""Nodes in a file, counted once for each alias that repeats them."""
COLON = re.compile(r"\s*:")


class Text(str):
    """A scalar. `source` is how it is written, `plain` whether without quotes, `tail` the rest of its line
    (80 characters at most).

    `template` is None until its placeholders have been filled in (`expand`).
    """

    place: Place
    source: str
    plain: bool
    tail: str
    template: Template | None

    def __new__(cls, value: str, place: Place, source: str = "", plain: bool = False, tail: str = "") -> Text:
        made = super().__new__(cls, value)
        made.place, made.source, made.plain, made.tail, made.template = place, source, plain, tail, None
        return made

    @property
    def missing(self) -> bool:
        """Nothing is written where a value belongs."""
        return self.plain and not self

    def filled(self, template: Template) -> Text:
        """The same text with its placeholders filled in, so far as they can be at load."""
        literal = not any(not isinstance(part, str) for part in template.parts)
        value = "".join(map(str, template.parts)) if literal else str(template)
        made = Text(value, self.place, self.source, self.plain, self.tail)
        made.template = template
        return made

    def place_of(self, part: str) -> Place:
        """Where *part* stands in it, as near as can be told."""
        before, found, _ = self.source.partition(part)
        if not found:
            return self.place
        lines = before.split("\n")
        column = len(lines[-1]) + (self.place.column if len(lines) == 1 else 1)
        return Place(self.place.file, self.place.line + len(lines) - 1, column)


class Items(list["Node"]):
    """A list."""

    def __init__(self, values: list[Node], place: Place) -> None:
        super().__init__(values)
        self.place = place


class Fields(dict[str, "Node"]):
    """A map. `key_places` says where each key stands."""

    def __init__(self, values: dict[str, Node], place: Place, key_places: dict[str, Place]) -> None:
        super().__init__(values)
        self.place = place
        self.key_places = key_places

    def replaced(self, values: dict[str, Node]) -> Fields:
        """A map that stands in the same place, with other values."""
        return Fields(values, self.place, dict(self.key_places))

    def without(self, *keys: str) -> Fields:
        return self.replaced({key: value for key, value in self.items() if key not in keys})


Node = Text | Items | Fields


def compose(text: str, file: str) -> Fields:
    """Read *text*, which must be one YAML document whose top is a map. Raises `ScenarioError` with all problems."""
    _check_characters(text, file)
    composer = _Composer(text.removeprefix("\ufeff"), file)
    root = composer.run()
    if isinstance(root, Fields) and not len(composer.problems):
        return root
    if not isinstance(root, Fields):
        composer.problems.add(root.place, "the file must be a map: `title: ...`, `covers: ...` and so on")
    raise composer.problems.error()


def _check_characters(text: str, file: str) -> None:
    bad = Reader.NON_PRINTABLE.search(text)
    if len(text) > LIMIT:
        raise one(Place(file, 1, 1), f"the file is too large: {LIMIT // 1024} kB is the limit")
    if bad is not None:
        before = text[: bad.start()].split("\n")
        what = "a NUL: this is no text file" if bad[0] == "\0" else f"the control character U+{ord(bad[0]):04X}"
        raise one(Place(file, len(before), len(before[-1]) + 1), f'{what} (inside "..." it can be written as \\x..)')


def one(place: Place, message: str) -> ScenarioError:
    """A `ScenarioError` with one problem."""
    return ScenarioError((Problem(place, message),))


@dataclass
class _Open:
    """A list or map that is being read; `mark` where it begins, `before` how many nodes there were before it."""

    node: Items | Fields
    mark: yaml.Mark
    anchor: str | None
    before: int
    flow: bool
    key: Text | None = None
    key_end: int = 0
    bare: list[tuple[Text, Node | None]] = field(default_factory=list)  # keys without ':', each with the value before


class _Composer:
    """Makes nodes of events, one file. What can be read past is collected in `problems`, the rest is raised."""

    def __init__(self, text: str, file: str) -> None:
        self.text, self.file = text, file
        self.problems = Problems()
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.open: list[_Open] = []
        self.count = 0
        self.root: Node | None = None

    def run(self) -> Node:
        loader = yaml.SafeLoader(self.text)
        documents = 0
        try:
            while loader.check_event():
                event = loader.get_event()  # type: ignore[no-untyped-call]
                documents += isinstance(event, yaml.DocumentStartEvent)
                if documents > 1:
                    raise one(self.place(_start(event)), "a second document begins: write one scenario a file")
                self.feed(event)
        except yaml.MarkedYAMLError as error:
            raise one(*explain(error, self.text, self.file)) from error
        except (yaml.YAMLError, ValueError, OverflowError) as error:  # chr() of an escape beyond Unicode, a huge %YAML
            raise one(self.place(loader.get_mark()), f"not YAML: {error}") from error
        finally:
            loader.dispose()
        if self.root is None:
            raise one(Place(self.file, 1, 1), "the file is empty")
        return self.root

    def place(self, mark: yaml.Mark) -> Place:
        return Place(self.file, mark.line + 1, mark.column + 1)

    def feed(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.NodeEvent):
            self.check_node(event)
        if isinstance(event, yaml.ScalarEvent):
            self.add(self.scalar(event), _start(event), _end(event), event.anchor)
        elif isinstance(event, yaml.CollectionStartEvent):
            place = self.place(_start(event))
            node = Items([], place) if isinstance(event, yaml.SequenceStartEvent) else Fields({}, place, {})
            self.open.append(_Open(node, _start(event), event.anchor, self.count, bool(event.flow_style)))
        elif isinstance(event, yaml.CollectionEndEvent):
            self.close(_end(event))
        elif isinstance(event, yaml.AliasEvent):
            self.alias(event)

    def check_node(self, event: yaml.NodeEvent) -> None:
        self.count += 1
        place = self.place(_start(event))
        if self.count > NODES:
            raise one(place, f"the file holds too much: {NODES} values are the limit, aliases counted in full")
        if len(self.open) > DEPTH:
            raise one(place, f"nested too deeply: {DEPTH} levels are the limit")
        tag = getattr(event, "tag", None)
        if tag not in (None, "!", "tag:yaml.org,2002:str"):
            self.problems.add(place, f"the tag {shown(str(tag))}: tags are not used here, all values are text")

    def scalar(self, event: yaml.ScalarEvent) -> Text:
        start, end = _start(event).index, _end(event).index
        plain = event.style is None
        tail = self.text[end : end + 80].partition("\n")[0].rstrip("\r") if plain else ""
        text = Text(event.value, self.place(_start(event)), self.text[start:end], plain, tail)
        if any(0xD800 <= ord(char) <= 0xDFFF for char in event.value):
            self.problems.add(text.place, "half of a surrogate pair is no character")
        return text

    def alias(self, event: yaml.AliasEvent) -> None:
        place = self.place(_start(event))
        if any(frame.anchor == event.anchor for frame in self.open):
            raise one(place, f"'*{event.anchor}' stands inside what it repeats")
        if event.anchor not in self.anchors:
            raise one(place, f"'*{event.anchor}' repeats nothing: there is no '&{event.anchor}' before it")
        node, weight = self.anchors[event.anchor]
        self.count += weight - 1
        if self.count > NODES:
            raise one(place, f"the file holds too much: {NODES} values are the limit, aliases counted in full")
        self.add(node, _start(event), _end(event), None)

    def close(self, end: yaml.Mark) -> None:
        frame = self.open.pop()
        node: Node = frame.node
        if frame.bare:
            node = self.recover(frame)
        self.add(node, frame.mark, end, frame.anchor, self.count - frame.before)

    def add(self, node: Node, start: yaml.Mark, end: yaml.Mark, anchor: str | None, weight: int = 1) -> None:
        if anchor is not None:
            self.anchors[anchor] = (node, weight)
        if not self.open:
            self.root = node
            return
        frame = self.open[-1]
        if isinstance(frame.node, Items):
            frame.node.append(node)
        elif frame.key is None:
            self.key(frame, node, self.place(start), end.index)
        else:
            self.value(frame, frame.node, frame.key, node)
            frame.key = None

    def key(self, frame: _Open, node: Node, place: Place, end: int) -> None:
        if not isinstance(node, Text):
            raise one(place, "a list or a map cannot be a key (a value that begins with '{' or '[' must be quoted)")
        frame.key, frame.key_end = node, end

    def value(self, frame: _Open, fields: Fields, key: Text, node: Node) -> None:
        if key in fields:
            first = fields.key_places[key]
            self.problems.add(key.place, f"the key {shown(key)} stands here for the second time, first at {first}")
        elif frame.flow and _is_missing(node) and not COLON.match(self.text, frame.key_end):
            frame.bare.append((key, next(reversed(fields.values()), None)))
        else:
            fields[str(key)] = node
            fields.key_places[str(key)] = key.place

    def recover(self, frame: _Open) -> Node:
        """A `{...}` in which a key has no value: text that should have been quoted."""
        fields = frame.node
        assert isinstance(fields, Fields)
        place = fields.place
        if not fields and len(frame.bare) == 1:
            text = "{" + frame.bare[0][0] + "}"
            self.problems.add(place, f'{text} without quotes is a map: write "{text}"')
            return Text(text, place, text)
        for key, before in frame.bare:
            cut = isinstance(before, Text) and before.plain and before != ""
            self.problems.add(
                key.place,
                f"the ',' before {shown(key)} cuts the text {shown(str(before))}: quote the whole text"
                if cut
                else f"the key {shown(key)} has no value",
            )
        return fields


def _start(event: Any) -> yaml.Mark:
    mark: yaml.Mark = event.start_mark  # always there: the events come from text
    return mark


def _end(event: Any) -> yaml.Mark:
    mark: yaml.Mark = event.end_mark
    return mark


def _is_missing(node: Node) -> bool:
    return isinstance(node, Text) and node.missing


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


HINTS = (
    ("found undefined alias", "a text that begins with '*' must be quoted"),
    ("expected alphabetic or numeric character", "a text that begins with '*' or '&' must be quoted"),
    ("found unknown escape character", 'inside "..." a backslash must be doubled: \\\\'),
    ("found unexpected end of stream", "a quote is not closed"),
    ("could not find expected ':'", "a key without its ':', or a line that is not indented enough"),
    ("sequence entries are not allowed here", "a '- ' where no list item can stand: look at the indentation"),
    ("expected ',' or", "a '[' or '{' is not closed, or a text inside it must be quoted"),
    ("found unhashable key", "a list or a map cannot be a key"),
)


def explain(error: yaml.MarkedYAMLError, text: str, file: str) -> tuple[Place, str]:
    """Where and what to say of text that PyYAML cannot read: what to do, where the usual slips are known."""
    mark = error.problem_mark or error.context_mark
    problem = error.problem or "it cannot be read"
    if "unexpected end of stream" in problem and error.context_mark is not None:
        mark = error.context_mark
    if mark is None:
        return Place(file, 1, 1), f"not YAML: {problem}"
    place = Place(file, mark.line + 1, mark.column + 1)
    start = max(text.rfind("\n", 0, mark.index), -1) + 1
    before = text[start : mark.index]
    if text[mark.index : mark.index + 1] == "\t" or "\t" in before[: len(before) - len(before.lstrip())]:
        return place, "a tab: indent and separate with blanks"
    return place, _hint(problem, before, text[start : _line_end(text, start)])


def _hint(problem: str, before: str, line: str) -> str:
    if "mapping values are not allowed" in problem:
        if re.fullmatch(r"\s*(- )?[\w -]+", before):
            return "this line is indented wrongly, or the one before it lacks its ':'"
        return "a ': ' inside a text cuts it: quote the whole text"
    if re.search(r"(: |- |\[)\s*\{[^{}\"]*\}\s*[^\s,}\]#]", line):
        return "a text that begins with '{' must be quoted: without quotes it is a map"
    if "expected <block end>" in problem:
        if re.search(r"[\"']\s*$", before):
            return "text after a closing quote: quote the whole text"
        return "this line is indented wrongly"
    if match := re.search(r"found character '(.+)' that cannot start any token", problem):
        return f"a text that begins with '{match[1]}' must be quoted"
    for words, hint in HINTS:
        if words in problem:
            return hint
    return f"not YAML: {problem}"
