"""Bodies as text: JSON or YAML in, trees out, with a note of what was written twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sandbox.kubernetes.problem import bad_request


class Doubled(dict[str, Any]):
    """A JSON object in which `twice` was written more than once; the last one counts."""

    twice: tuple[str, ...] = ()


def noted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names = [key for key, _ in pairs]
    doubled = Doubled(found)
    doubled.twice = tuple(dict.fromkeys(each for index, each in enumerate(names) if each in names[:index]))
    return doubled


def parse(text: bytes, what: str = "") -> Any:
    """JSON, or YAML where it is no JSON."""
    try:
        return json.loads(text, object_pairs_hook=noted)
    except ValueError:
        pass
    import yaml

    try:
        return yaml.load(text, Loader=_loader())
    except yaml.YAMLError as problem:
        raise bad_request(f"error decoding YAML: {problem}") from None


def _loader() -> Any:
    """A safe loader that leaves dates as text."""
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: Any = type("Loader", (base,), {})
    found.yaml_implicit_resolvers = {
        key: [(tag, pattern) for tag, pattern in rows if tag != "tag:yaml.org,2002:timestamp"]
        for key, rows in base.yaml_implicit_resolvers.items()
    }
    return found


def written_twice(value: Any, path: str = "") -> Iterator[str]:
    """The paths of what a JSON text holds twice, inner ones first as they were read."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from written_twice(each, f"{path}.{key}" if path else key)
        for key in getattr(value, "twice", ()):
            yield f"{path}.{key}" if path else key
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from written_twice(each, f"{path}[{index}]")
