"""Events to a tree of plain values: mappings, lists, text, `Plain` and None. No positions are kept, and nothing recurses.

The limits hold before anything is built: an event that would break one ends the reading.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import yaml
from yaml._yaml import CParser

from stacks.codes import Code
from stacks.yaml.scalars import Plain, core, resolve

Raw: TypeAlias = "None | str | Plain | list[Raw] | dict[str, Raw]"
"""What stands in a file. A `Plain` is a `str`: test for it first."""

MAX_DEPTH: Final = 64
MAX_NODES: Final = 500_000
CORE_TAGS: Final = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq"))

_NO_KEY: Final = "\0no key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something wrong at an index of the text. `first_path` names the first of two equal keys, `opened`
    is where the bracket or brace stands that is not closed; -1 for none."""

    code: Code
    summary: str
    index: int
    end: int = -1
    label: str = ""
    help: str = ""
    first_path: tuple[str | int, ...] | None = None
    opened: int = -1


@dataclass(slots=True)
class Composed:
    """`fatal` is set where reading stopped; then `documents` holds what was complete before."""

    documents: list[Raw] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    fatal: Trouble | None = None
    marks: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    """Of the keys two levels down (section, name): line and column, from 1."""


class Stopped(Exception):
    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.summary)
        self.trouble = trouble


@dataclass(slots=True)
class _Frame:
    container: Any
    key: str
    anchor: str | None
    nodes: int
    depth: int = 1


@dataclass(slots=True)
class _Anchor:
    value: Raw
    nodes: int
    depth: int


@dataclass(slots=True)
class Composer:
    """One text, once. `kubectl`: the dialect of manifests (merge keys, values of YAML 1.1)."""

    text: str
    kubectl: bool = False
    max_nodes: int = MAX_NODES
    result: Composed = field(default_factory=Composed)
    frames: list[_Frame] = field(default_factory=list)
    anchors: dict[str, _Anchor | None] = field(default_factory=dict)
    nodes: int = 0

    def run(self) -> Composed:
        try:
            self._read(CParser(self.text).get_event)
        except Stopped as stopped:
            self.result.fatal = stopped.trouble
        except yaml.MarkedYAMLError as error:
            self.result.fatal = syntax_trouble(error, self.text)
        except yaml.YAMLError as error:
            self.result.fatal = Trouble(code=Code.SYNTAX, summary=str(error).split("\n")[0], index=0)
        return self.result

    def _read(self, next_event: Any) -> None:
        scalar = yaml.ScalarEvent
        frames = self.frames
        while True:
            event = next_event()
            kind = event.__class__
            if kind is scalar:
                if not frames or event.tag is not None or event.anchor is not None or not self._quick(frames[-1], event):
                    self._scalar(event)
            elif kind is yaml.MappingStartEvent:
                self._open({}, event)
            elif kind is yaml.SequenceStartEvent:
                self._open([], event)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self._close()
            elif kind is yaml.AliasEvent:
                self._alias(event)
            elif kind is yaml.DocumentStartEvent:
                self._document(event)
            elif kind is yaml.StreamEndEvent:
                return

    def _quick(self, frame: _Frame, event: Any) -> bool:
        """Most scalars: a new key, or a value of a mapping. False where it is anything else, and nothing is done."""
        container = frame.container
        text = event.value
        if container.__class__ is list or text == "<<" or frame.key == "<<" or self.nodes >= self.max_nodes:
            return False
        if frame.key is not _NO_KEY:
            container[frame.key] = resolve(text) if event.style == "" else text
            frame.key = _NO_KEY
        elif text in container:
            return False
        else:
            if len(self.frames) == 2:
                mark = event.start_mark
                self.result.marks[(self.frames[0].key, text)] = (mark.line + 1, mark.column + 1)
            frame.key = text
        self.nodes += 1
        return True

    def _document(self, event: Any) -> None:
        index = event.start_mark.index
        if self.result.documents and not self.kubectl:
            raise Stopped(
                Trouble(
                    code=Code.DOCUMENTS,
                    summary="a stack file holds one document, and here begins a second one",
                    index=index,
                    end=index + 3,
                    help="put it into a file of its own; files with the same stack: form one stack",
                )
            )
        self.anchors.clear()
        self.result.starts.append(index)

    def _count(self, nodes: int, index: int) -> None:
        self.nodes += nodes
        if self.nodes > self.max_nodes:
            summary = f"more than {self.max_nodes:,} nodes, with aliases counted as often as they are used"
            raise Stopped(Trouble(code=Code.LIMIT, summary=summary, index=index))

    def _scalar(self, event: Any) -> None:
        value: Raw = event.value
        if event.style == "" and event.tag is None:
            if self.frames and self.frames[-1].key is _NO_KEY and self.frames[-1].container.__class__ is dict:
                if value == "<<":
                    self._merge(event)
            else:
                value = resolve(event.value)
        elif event.tag is not None:
            value = self._tagged(event)
        self._count(1, event.start_mark.index)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchor(value, 1, 1)
        self._put(value, event)

    def _tagged(self, event: Any) -> Raw:
        tag = event.tag
        if tag == "!" or tag == "tag:yaml.org,2002:str":
            return str(event.value)
        if tag in CORE_TAGS and tag.rsplit(":", 1)[1] not in ("map", "seq"):
            plain = Plain(event.value)
            plain.value = plain.other = core(event.value)
            return None if plain.value is None else plain
        raise Stopped(self._tag_trouble(event))

    def _tag_trouble(self, event: Any) -> Trouble:
        start = event.start_mark.index
        end = start
        while end < len(self.text) and not self.text[end].isspace() and self.text[end] not in ",[]{}":
            end += 1
        written = self.text[start:end]
        summary = f"the tag {written} has no meaning here"
        return Trouble(code=Code.FOREIGN, summary=summary, index=start, end=end)

    def _merge(self, event: Any) -> None:
        if not self.kubectl:
            start = event.start_mark.index
            raise Stopped(Trouble(code=Code.FOREIGN, summary="<<", index=start, end=start + 2))

    def _open(self, container: Raw, event: Any) -> None:
        index = event.start_mark.index
        if len(self.frames) >= MAX_DEPTH:
            raise Stopped(Trouble(code=Code.LIMIT, summary=f"nested deeper than {MAX_DEPTH} levels", index=index))
        if event.tag is not None and event.tag not in CORE_TAGS and event.tag != "!":
            raise Stopped(self._tag_trouble(event))
        if self.frames and self.frames[-1].key is _NO_KEY and self.frames[-1].container.__class__ is dict:
            raise Stopped(self._key_trouble(index))
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.frames.append(_Frame(container, _NO_KEY, event.anchor, self.nodes))
        self._count(1, index)

    def _key_trouble(self, index: int) -> Trouble:
        if self.text.startswith("{{", max(0, index - 1)) or self.text.startswith("{{", index):
            return Trouble(code=Code.FOREIGN, summary="{{", index=index, end=index + 1)
        return Trouble(code=Code.KEY_KIND, summary="a key must be text, not a mapping or a list", index=index)

    def _close(self) -> None:
        frame = self.frames.pop()
        container = frame.container
        if frame.anchor is not None:
            self.anchors[frame.anchor] = _Anchor(container, self.nodes - frame.nodes, frame.depth)
        if not self.frames:
            self.result.documents.append(container)
            return
        parent = self.frames[-1]
        parent.depth = max(parent.depth, frame.depth + 1)
        if parent.container.__class__ is dict:
            self._set(parent, container)
        else:
            parent.container.append(container)

    def _set(self, frame: _Frame, value: Raw) -> None:
        if frame.key == "<<" and self.kubectl:
            for source in value if isinstance(value, list) else [value]:
                if isinstance(source, dict):
                    for key, item in source.items():
                        frame.container.setdefault(key, item)
        else:
            frame.container[frame.key] = value
        frame.key = _NO_KEY

    def _alias(self, event: Any) -> None:
        index = event.start_mark.index
        end = event.end_mark.index
        if event.anchor not in self.anchors:
            summary = f"the alias *{event.anchor} has no anchor &{event.anchor} before it"
            help = "a text that begins with * is quoted" if self.frames else ""
            raise Stopped(Trouble(code=Code.ALIAS, summary=summary, index=index, end=end, help=help))
        anchor = self.anchors[event.anchor]
        if anchor is None:
            summary = f"the alias *{event.anchor} stands inside its own anchor"
            raise Stopped(Trouble(code=Code.ALIAS, summary=summary, index=index, end=end))
        if len(self.frames) + anchor.depth > MAX_DEPTH + 1:
            raise Stopped(Trouble(code=Code.LIMIT, summary=f"nested deeper than {MAX_DEPTH} levels", index=index))
        self._count(anchor.nodes, index)
        if self.frames:
            self.frames[-1].depth = max(self.frames[-1].depth, anchor.depth + 1)
        self._put(anchor.value, event)

    def _put(self, value: Raw, event: Any) -> None:
        if not self.frames:
            self.result.documents.append(value)
            return
        frame = self.frames[-1]
        if frame.container.__class__ is list:
            frame.container.append(value)
        elif frame.key is not _NO_KEY:
            if frame.key == "<<":
                self._set(frame, value)
                return
            frame.container[frame.key] = value
            frame.key = _NO_KEY
        else:
            self._key(frame, value, event)

    def _key(self, frame: _Frame, value: Raw, event: Any) -> None:
        if not isinstance(value, str):
            raise Stopped(self._key_trouble(event.start_mark.index))
        if value in frame.container:
            self._duplicate(value, event)
        elif len(self.frames) == 2:
            mark = event.start_mark
            self.result.marks[(self.frames[0].key, str(value))] = (mark.line + 1, mark.column + 1)
        frame.key = str(value)

    def _duplicate(self, key: str, event: Any) -> None:
        path: list[str | int] = []
        for frame in self.frames[:-1]:
            path.append(frame.key if isinstance(frame.container, dict) else len(frame.container))
        self.result.troubles.append(
            Trouble(
                code=Code.DUPLICATE_KEY,
                summary=f'the key "{key}" stands here a second time',
                index=event.start_mark.index,
                end=event.end_mark.index,
                first_path=(*path, key),
            )
        )


_MESSAGES: Final[tuple[tuple[str, str, str], ...]] = (
    ("found character '\\t'", "a tab cannot indent YAML", "indent with spaces"),
    ("that cannot start any token", "this character cannot begin a value", "put the value into quotes"),
    ("mapping values are not allowed", 'a second ": " in one line', 'a value that holds ": " is put into quotes'),
    ("did not find expected key", "a key of this mapping is expected here", "see the indentation of the lines around it"),
    ("did not find expected '-' indicator", "an item of this list (- ...) is expected here", "see the indentation"),
    ("did not find expected ',' or '}'", 'a "," or "}" is expected here', "a value that holds braces is put into quotes"),
    ("did not find expected ',' or ']'", 'a "," or "]" is expected here', "a value that holds brackets is put into quotes"),
    ("could not find expected ':'", 'a key without its ":"', ""),
    ("found unexpected end of stream", "a quote that is never closed", ""),
    ("found unexpected document indicator", "a quote that is not closed before the document ends", ""),
    ("did not find expected node content", "a value is expected here", ""),
    ("found unknown escape character", "an escape that YAML does not know", "in single quotes a backslash is a backslash"),
    ("did not find expected <document start>", "something follows after the end of the document", "see the indentation"),
    ("block sequence entries are not allowed", "a list cannot begin in this line", "begin it in the next line"),
    ("found undefined tag handle", "a tag whose handle is not declared", ""),
    ("found duplicate %YAML directive", "a second %YAML", ""),
    ("found incompatible YAML document", "a version of YAML that is not 1.1 or 1.2", ""),
    ("found unknown directive", "a % directive that YAML does not know", ""),
)


def syntax_trouble(error: yaml.MarkedYAMLError, text: str) -> Trouble:
    """libyaml's words in plainer ones. Its mark is where it gave up; the opening quote is more helpful."""
    problem = error.problem or "not YAML"
    mark = error.problem_mark or error.context_mark
    if mark is not None and error.context_mark is not None and "quoted scalar" in (error.context or ""):
        mark = error.context_mark if "end of stream" in problem or "document indicator" in problem else mark
    index = min(mark.index, len(text)) if mark is not None else 0
    opened = error.context_mark.index if error.context_mark is not None and "flow" in (error.context or "") else -1
    if "cannot start any token" in problem and text[index : index + 1] == "\t":
        problem = "found character '\\t'"
    for words, summary, help in _MESSAGES:
        if words in problem:
            return Trouble(code=Code.SYNTAX, summary=summary, index=index, help=help, opened=opened)
    return Trouble(code=Code.SYNTAX, summary=problem, index=index)
