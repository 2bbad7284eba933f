"""What is wrong with inputs beyond kinds and required members; and the inputs in the schema's own form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from providers.aws.forms import unpaired
from providers.aws.kind import AMAZON, OWNER, Type
from providers.aws.shape import normalize
from providers.aws.template import dotted
from providers.contract.diagnostic import Diagnostic
from providers.contract.values import Path, Unknown, Value, get, reveal, walk


def normalized(kind: Type, inputs: dict[str, Value]) -> dict[str, Value]:
    made = normalize(inputs, kind.schema.root, kind.schema)
    assert isinstance(made, dict)
    return kind.entry.tidy(made) if kind.entry.tidy is not None else made


def placed(kind: Type, inputs: dict[str, Value], settings: Mapping[str, Value]) -> dict[str, Value]:
    """The inputs with the instance's default tags; what the resource says itself wins."""
    tagging = kind.entry.tagging
    defaults = settings.get("tags")
    if tagging is None or not kind.schema.taggable or not isinstance(defaults, dict) or not defaults:
        return inputs
    own = inputs.get(tagging.property)
    if isinstance(own, Unknown):
        return inputs
    if isinstance(own, list):
        keys = {str(item["Key"]) for item in own if isinstance(item, dict) and "Key" in item}
        more: list[Value] = [{"Key": key, "Value": defaults[key]} for key in sorted(defaults) if key not in keys]
        return {**inputs, tagging.property: [*own, *more]}
    return {**inputs, tagging.property: {**defaults, **(own if isinstance(own, dict) else {})}}


def problems(kind: Type, inputs: dict[str, Value]) -> Iterator[Diagnostic]:
    yield from refused(kind, inputs)
    yield from groups(kind, inputs)
    yield from reserved_tags(kind, inputs)


def refused(kind: Type, inputs: dict[str, Value]) -> Iterator[Diagnostic]:
    for path, _ in walk(inputs):
        names = [part for part in path if isinstance(part, str)]
        for size in range(1, len(names) + 1):
            name = ".".join(names[:size])
            if name in kind.entry.refused:
                yield Diagnostic(
                    code="P0503",
                    summary=f"{name} of {kind.entry.type} is not served",
                    label="not served",
                    detail=kind.entry.refused[name],
                    path=upto(path, size),
                )
                break


def upto(path: Path, size: int) -> Path:
    """The path up to its `size`-th name."""
    seen = 0
    for index, part in enumerate(path):
        seen += isinstance(part, str)
        if seen == size:
            return path[: index + 1]
    return path


def groups(kind: Type, inputs: dict[str, Value]) -> Iterator[Diagnostic]:
    for group in kind.entry.exactly_one:
        have = [name for name in group if get(inputs, dotted(name)) is not None]
        if len(have) == 1:
            continue
        words = ", ".join(group)
        what = f"needs one of {words}" if not have else f"takes only one of {words}"
        yield Diagnostic(code="P0504", summary=f"{kind.entry.type} {what}", path=dotted(have[1]) if have else ())


def reserved_tags(kind: Type, inputs: dict[str, Value]) -> Iterator[Diagnostic]:
    tagging = kind.entry.tagging
    value = reveal(inputs.get(tagging.property)) if tagging is not None else None
    if tagging is None or not isinstance(value, (list, dict)):
        return
    items = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else value
    for key in unpaired(items):
        if key.startswith((OWNER, AMAZON)):
            prefix = OWNER if key.startswith(OWNER) else AMAZON
            yield Diagnostic(
                code="P0505",
                summary=f"tag keys that begin with {prefix} are reserved",
                label="reserved",
                path=(tagging.property,),
            )
