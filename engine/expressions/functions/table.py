"""The table of functions: a name, its signatures, and for each signature what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias, TypeVar

from engine.expressions.runtime import Running, kind_of
from engine.expressions.types import MapOf, Nullable, ObjectOf, Simple, Type, Variable, describe, parse_type

Body: TypeAlias = Callable[..., Running]
_Body = TypeVar("_Body", bound=Body)


class Undecided:
    """What a shape-keeping function gives where an Unknown decides its shape: the call is left to evaluate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overload:
    """`run` takes the Meter, then the arguments (a method's target first).

    `shape`: works on lists and mappings that hold Unknown or Secret, and leaves them where they are; all others
    get known values in clear. `rest`: the last parameter may repeat, from once on.
    """

    parameters: tuple[Type, ...]
    result: Type
    run: Body
    shape: bool = False
    rest: bool = False

    def takes(self, count: int) -> bool:
        return count >= len(self.parameters) if self.rest else count == len(self.parameters)

    def parameter(self, index: int) -> Type:
        return self.parameters[min(index, len(self.parameters) - 1)]


@dataclass(slots=True, kw_only=True)
class Function:
    """`method`: written `target.name(...)`, the target being the first argument."""

    name: str
    method: bool
    overloads: list[Overload] = field(default_factory=list)

    def usage(self) -> str:
        return " or ".join(_usage(self, overload) for overload in self.overloads[:3])


FUNCTIONS: Final[dict[tuple[str, bool], Function]] = {}
"""By name, and whether it is written as a method."""


def function(*signatures: str, shape: bool = False) -> Callable[[_Body], _Body]:
    """Enters a body under each signature: `join(list<string>, string) -> string`, `string.trim() -> string`."""

    def enter(body: _Body) -> _Body:
        for signature in signatures:
            _enter(signature, body, shape)
        return body

    return enter


def _enter(signature: str, body: Body, shape: bool) -> None:
    head, _, result = signature.partition(" -> ")
    name, _, inside = head[:-1].partition("(")
    texts = [text for text in inside.split(", ") if text]
    target, dot, method = name.rpartition(".")
    is_method = bool(dot) and target not in ("optional", "math", "lists", "strings")
    if is_method:
        texts.insert(0, target)
        name = method
    rest = bool(texts) and texts[-1].endswith("...")
    parameters = tuple(parse_type(text.removesuffix("...")) for text in texts)
    overload = Overload(parameters=parameters, result=parse_type(result), run=body, shape=shape, rest=rest)
    key = (name, is_method)
    if key not in FUNCTIONS:
        FUNCTIONS[key] = Function(name=name, method=is_method)
    FUNCTIONS[key].overloads.append(overload)


def _usage(entry: Function, overload: Overload) -> str:
    kinds = [describe(kind) for kind in overload.parameters]
    if overload.rest:
        kinds[-1] += "..."
    if entry.method:
        return f"{kinds[0]}.{entry.name}({', '.join(kinds[1:])})"
    return f"{entry.name}({', '.join(kinds)})"


def fits(parameter: Type, value: Running) -> bool:
    """Whether a value has the outer kind of a parameter; what it holds is the function's own business."""
    match parameter:
        case Variable():
            return True
        case Simple(name=name):
            return name in ("dyn", kind_of(value))
        case Nullable(item=item):
            return value is None or fits(item, value)
        case MapOf() | ObjectOf():
            return isinstance(value, dict)
        case _:
            return kind_of(value) == describe(parameter).partition("<")[0]
