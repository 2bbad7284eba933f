"""Regular expressions: RE2's syntax without captures and Unicode classes. Time is linear in text times pattern.

Python's own `re` backtracks, and a repository's text must not be able to keep a controller busy for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from engine.expressions.meter import Meter
from engine.expressions.problem import Refusal

MAX_PROGRAM: Final = 5000
MAX_REPEAT: Final = 1000
MAX_GROUPS: Final = 50

Ranges: TypeAlias = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Characters:
    """One character of the ranges, or of none of them where `negated`; `folded`: in either case."""

    ranges: Ranges
    negated: bool = False
    folded: bool = False

    def holds(self, character: str) -> bool:
        forms = {character, character.lower(), character.upper()} if self.folded else (character,)
        inside = any(low <= ord(form) <= high for form in forms if len(form) == 1 for low, high in self.ranges)
        return inside is not self.negated


@dataclass(frozen=True, slots=True)
class Fork:
    """Go on at both places, relative to this one."""

    one: int
    other: int


@dataclass(frozen=True, slots=True)
class Jump:
    to: int


@dataclass(frozen=True, slots=True)
class Place:
    """A condition on the position: "begin", "end", "line begin", "line end", "boundary", "inside"."""

    kind: str


Step: TypeAlias = Characters | Fork | Jump | Place
Steps: TypeAlias = list[Step]

_DIGIT: Final[Ranges] = ((48, 57),)
_WORD: Final[Ranges] = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE: Final[Ranges] = ((9, 10), (12, 13), (32, 32))
_ALL: Final[Ranges] = ((0, 0x10FFFF),)
_CLASSES: Final[dict[str, Ranges]] = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
_NAMED: Final[dict[str, Ranges]] = {
    "alnum": ((48, 57), (65, 90), (97, 122)), "alpha": ((65, 90), (97, 122)), "digit": _DIGIT,
    "lower": ((97, 122),), "upper": ((65, 90),), "space": ((9, 13), (32, 32)), "word": _WORD,
    "xdigit": ((48, 57), (65, 70), (97, 102)), "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
}  # fmt: skip
_CONTROLS: Final = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}


@dataclass(frozen=True, slots=True)
class Pattern:
    steps: tuple[Step, ...]

    def search(self, text: str, meter: Meter) -> bool:
        """True where a part of the text matches. Spends the meter for each character."""
        active: list[int] = []
        for position in range(len(text) + 1):
            waiting = self._follow([*active, 0], text, position)
            if waiting is None:
                return True
            meter.spend(len(waiting) + 1)
            if position == len(text):
                return False
            character = text[position]
            active = [at + 1 for at in waiting if self._holds(at, character)]
        return False

    def _holds(self, at: int, character: str) -> bool:
        step = self.steps[at]
        return isinstance(step, Characters) and step.holds(character)

    def _follow(self, starts: list[int], text: str, position: int) -> list[int] | None:
        """The steps that wait for a character, or None where the pattern is through."""
        seen: set[int] = set()
        waiting: list[int] = []
        stack = starts
        while stack:
            at = stack.pop()
            if at in seen:
                continue
            seen.add(at)
            if at == len(self.steps):
                return None
            match self.steps[at]:
                case Characters():
                    waiting.append(at)
                case Fork(one=one, other=other):
                    stack += (at + one, at + other)
                case Jump(to=to):
                    stack.append(at + to)
                case Place(kind=kind):
                    if _stands(kind, text, position):
                        stack.append(at + 1)
        return waiting


def _stands(kind: str, text: str, position: int) -> bool:
    match kind:
        case "begin":
            return position == 0
        case "end":
            return position == len(text)
        case "line begin":
            return position == 0 or text[position - 1] == "\n"
        case "line end":
            return position == len(text) or text[position] == "\n"
    before = position > 0 and _is_word(text[position - 1])
    after = position < len(text) and _is_word(text[position])
    return (before != after) is (kind == "boundary")


def _is_word(character: str) -> bool:
    return character == "_" or (character.isascii() and character.isalnum())


@lru_cache(maxsize=1024)
def compile_pattern(text: str) -> Pattern:
    """Raises Refusal where the text is no pattern, or a form that is not supported."""
    return Pattern(tuple(_Reader(text).whole()))


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.flags: frozenset[str] = frozenset()
        self.depth = 0

    def refuse(self, why: str) -> Refusal:
        return Refusal(f"{self.text[:80]!r} is no pattern: {why}")

    def peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def take(self, text: str) -> bool:
        if self.text.startswith(text, self.position):
            self.position += len(text)
            return True
        return False

    def next(self) -> str:
        character = self.peek()
        if not character:
            raise self.refuse("it ends too early")
        self.position += 1
        return character

    def whole(self) -> Steps:
        steps = self.alternatives()
        if self.position < len(self.text):
            raise self.refuse("a ) without its (")
        return steps

    def alternatives(self) -> Steps:
        self.depth += 1
        if self.depth > MAX_GROUPS:
            raise self.refuse("its groups are nested too deeply")
        flags = self.flags
        steps = self.sequence()
        while self.take("|"):
            other = self.sequence()
            steps = [Fork(1, len(steps) + 2), *steps, Jump(len(other) + 1), *other]
            self.limit(steps)
        self.flags = flags
        self.depth -= 1
        return steps

    def limit(self, steps: Steps) -> None:
        if len(steps) > MAX_PROGRAM:
            raise self.refuse("it is too large")

    def sequence(self) -> Steps:
        steps: Steps = []
        while self.peek() not in ("", "|", ")"):
            steps += self.repeated()
            self.limit(steps)
        return steps

    def repeated(self) -> Steps:
        steps = self.single()
        times = 0
        while (bounds := self.bounds()) is not None:
            times += 1
            if times > 1:
                raise self.refuse("a repetition of a repetition")
            self.take("?")
            steps = self.repeat(steps, *bounds)
        return steps

    def bounds(self) -> tuple[int, int | None] | None:
        for sign, least, most in (("*", 0, None), ("+", 1, None), ("?", 0, 1)):
            if self.take(sign):
                return least, most
        start = self.position
        if self.take("{"):
            inside, brace, _ = self.text[self.position :].partition("}")
            low, comma, high = inside.partition(",")
            digits = low.isdecimal() and low.isascii() and (not high or (high.isdecimal() and high.isascii()))
            if brace and digits and len(inside) < 12:
                self.position += len(inside) + 1
                least = int(low)
                return least, (int(high) if high else None) if comma else least
            self.position = start
        return None

    def repeat(self, steps: Steps, least: int, most: int | None) -> Steps:
        if max(least, most or 0) > MAX_REPEAT or (most is not None and most < least):
            raise self.refuse(f"a repetition may go up to {MAX_REPEAT}")
        if len(steps) * max(least, most or 1) > MAX_PROGRAM:
            raise self.refuse("it is too large")
        result = steps * least
        if most is None:
            return [*result, Fork(1, len(steps) + 2), *steps, Jump(-len(steps) - 1)]
        optional: Steps = []
        for _ in range(most - least):
            optional = [Fork(1, len(steps) + len(optional) + 1), *steps, *optional]
        return result + optional

    def single(self) -> Steps:
        start = self.position
        character = self.next()
        multiline = "m" in self.flags
        match character:
            case "(":
                return self.group()
            case "[":
                return [self.bracket()]
            case ".":
                return [Characters(_ALL) if "s" in self.flags else Characters(((10, 10),), negated=True)]
            case "^":
                return [Place("line begin" if multiline else "begin")]
            case "$":
                return [Place("line end" if multiline else "end")]
            case "\\":
                return [self.escape()]
            case "{":
                self.position = start
                if self.bounds() is None:
                    self.position = start + 1
                    return [self.one("{")]
                raise self.refuse("nothing to repeat")
            case "*" | "+" | "?":
                raise self.refuse("nothing to repeat")
        return [self.one(character)]

    def one(self, character: str) -> Characters:
        return Characters(((ord(character), ord(character)),), folded="i" in self.flags)

    def group(self) -> Steps:
        before = self.flags
        if self.take("?"):
            if self.take("P<") or (self.peek() == "<" and self.text[self.position + 1 :][:1] not in ("=", "!", "")):
                name, closed, _ = self.text[self.position :].lstrip("<").partition(">")
                if not closed or not name.isidentifier():
                    raise self.refuse("the name of a group expected")
                self.position = self.text.index(">", self.position) + 1
            elif not self.options():
                return []
        steps = self.alternatives()
        self.flags = before
        if not self.take(")"):
            raise self.refuse("a ( without its )")
        return steps

    def options(self) -> bool:
        """`(?i)` holds to the end of the group around it: False; `(?i:...)` and `(?:...)` go on: True."""
        on, off, negative = set(self.flags), set[str](), False
        while (character := self.next()) not in ":)":
            if character == "-" and not negative:
                negative = True
            elif character in "imsU":
                (off if negative else on).add(character)
            else:
                raise self.refuse("look-around, back references and conditions are not of RE2")
        self.flags = frozenset(on - off)
        return character == ":"

    def escape(self) -> Step:
        character = self.next()
        places = {"A": "begin", "z": "end", "b": "boundary", "B": "inside"}
        if character in places:
            return Place(places[character])
        if character.lower() in _CLASSES:
            return Characters(_CLASSES[character.lower()], negated=character.isupper())
        return self.one(self.escaped(character))

    def escaped(self, character: str) -> str:
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character == "x":
            return self.hexadecimal()
        if character.isascii() and character.isalnum():
            raise self.refuse(f"\\{character} is not supported")
        return character

    def hexadecimal(self) -> str:
        if self.take("{"):
            digits, brace, _ = self.text[self.position :].partition("}")
            self.position += len(digits) + len(brace)
        else:
            digits = self.next() + self.next()
        try:
            return chr(int(digits[:8], 16))
        except (ValueError, OverflowError):
            raise self.refuse("\\x takes hexadecimal digits") from None

    def bracket(self) -> Characters:
        negated = self.take("^")
        ranges: list[tuple[int, int]] = []
        first = True
        while first or self.peek() != "]":
            first = False
            ranges += self.member()
        self.position += 1
        return Characters(tuple(ranges), negated=negated, folded="i" in self.flags)

    def member(self) -> Ranges:
        if self.take("[:"):
            name, closed, _ = self.text[self.position :].partition(":]")
            if not closed or name not in _NAMED:
                raise self.refuse("[: is followed by a class such as alpha")
            self.position += len(name) + 2
            return _NAMED[name]
        low = self.next()
        if low == "\\":
            character = self.next()
            if character.lower() in _CLASSES:
                ranges = _CLASSES[character.lower()]
                return _others(ranges) if character.isupper() else ranges
            low = self.escaped(character)
        if self.peek() != "-" or self.text[self.position + 1 :][:1] in ("]", ""):
            return ((ord(low), ord(low)),)
        self.position += 1
        high = self.next()
        if high == "\\":
            high = self.escaped(self.next())
        if ord(high) < ord(low):
            raise self.refuse(f"the range {low}-{high} is empty")
        return ((ord(low), ord(high)),)


def _others(ranges: Ranges) -> Ranges:
    result: list[tuple[int, int]] = []
    start = 0
    for low, high in ranges:
        result.append((start, low - 1))
        start = high + 1
    return (*result, (start, 0x10FFFF))
