"""The reference of the stack file as Markdown, from the table of keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stacks.keys import ENVIRONMENT_FILE, PLUMB_FILE, SETTINGS, STACK_FILE
from stacks.shapes import Is, Key, Shape

_HEAD = """# The stack file: reference

Made from the table of keys that `plumb validate` reads; do not edit. `plumb schema` prints the same as a JSON Schema.
"""

_KINDS = {
    Is.TEXT: "text",
    Is.BOOLEAN: "true or false",
    Is.INTEGER: "an integer",
    Is.NUMBER: "a number",
    Is.DURATION: 'a duration (`"90s"`, `"2h"`)',
    Is.EXPRESSION: "an expression",
    Is.ADDRESS: "an address",
    Is.VALUE: "any tree, with expressions",
    Is.LITERAL: "a plain value",
    Is.PROPERTIES: "a mapping",
}


def render_reference() -> str:
    parts = [_HEAD]
    for title, shape in (
        ("A stack file, `*.plumb.yaml`", STACK_FILE),
        ("`plumb.yaml`", PLUMB_FILE),
        ("An environment, `environments/NAME.yaml`", ENVIRONMENT_FILE),
    ):
        parts.append(f"## {title}\n\n{_table(shape)}")
        parts += [f"### `{path}`\n\n{_table(inner)}" for path, inner in _records(shape, "")]
    parts.append("## Settings of providers\n")
    for kind, keys in SETTINGS.items():
        parts.append(f"### `{kind}`\n\n{_rows(keys.items())}")
    return "\n".join(parts)


def _records(shape: Shape, path: str) -> Iterator[tuple[str, Shape]]:
    """Every record below, with the path of keys that leads to it; `NAME` and `[]` stand for names and items."""
    for name, key in shape.keys.items():
        yield from _inside(key.shape, f"{path}.{name}" if path else name)


def _inside(shape: Shape, path: str) -> Iterator[tuple[str, Shape]]:
    match shape.kind:
        case Is.RECORD:
            yield path, shape
            yield from _records(shape, path)
        case Is.MAP if shape.items is not None:
            yield from _inside(shape.items, f"{path}.NAME")
        case Is.LIST if shape.items is not None:
            yield from _inside(shape.items, f"{path}[]")
        case Is.EITHER:
            for option in shape.options:
                yield from _inside(option, path)


def _table(shape: Shape) -> str:
    return _rows(shape.keys.items())


def _rows(keys: Iterable[tuple[str, Key]]) -> str:
    lines = ["| key | is | default | |", "| --- | --- | --- | --- |"]
    for name, key in keys:
        lines.append(_row(name, key))
    return "\n".join(lines) + "\n"


def _row(name: str, key: Key) -> str:
    if key.later:
        return f"| `{name}` | | | Not yet: {key.later}. |"
    default = "**required**" if key.required else f"`{key.default}`" if key.default else ""
    return f"| `{name}` | {_said(key.shape)} | {default} | {key.about} |"


def _said(shape: Shape) -> str:
    match shape.kind:
        case Is.MAP:
            said = f"a map of {_said(shape.items)}" if shape.items else "a map"
        case Is.LIST:
            said = f"a list of {_said(shape.items)}" if shape.items else "a list"
        case Is.RECORD:
            said = shape.what
        case Is.EITHER:
            said = ", or ".join(dict.fromkeys(map(_said, shape.options)))
        case _:
            said = ", ".join(f"`{value}`" for value in shape.choices) or _KINDS[shape.kind]
    return f"{said}, or an expression" if shape.or_expression else said
