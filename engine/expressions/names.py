"""Which names may be declared (LANGUAGE.md, rule 1)."""

from __future__ import annotations

import re
from typing import Final

from engine.expressions.codes import Code
from engine.expressions.macros import GLOBAL_MACROS, MEMBER_MACROS
from engine.expressions.parser import RESERVED
from engine.expressions.runtime import TYPE_NAMES
from providers.contract.diagnostic import Diagnostic

ROOTS: Final = frozenset({"inputs", "locals", "files", "stacks", "each", "self", "provider", "providers"})
"""The sections that expressions name; a resource is bare, so it can have none of these names."""

_FORM: Final = re.compile(r"[a-z][a-z0-9_]*\Z", re.ASCII)
_CONSTANTS: Final = frozenset({"in", "true", "false", "null"})
_OF_RESOURCES: Final = (
    RESERVED
    | TYPE_NAMES.keys()
    | ROOTS
    | {name for name in GLOBAL_MACROS if "." not in name}
    | {name for name in MEMBER_MACROS if name.islower()}
    | {"dyn"}
)
_BETTER: Final = {
    "namespace": "ns", "function": "handler", "import": "imported", "package": "bundle", "inputs": "settings",
    "var": "variable", "self": "main", "string": "text", "list": "items", "map": "table", "provider": "cloud",
    "as": "asn", "all": "everything", "filter": "rule", "files": "assets", "for": "target", "null": "nothing",
    "true": "enabled", "false": "disabled", "in": "inside",
}  # fmt: skip


def name_problem(kind: str, name: str) -> Diagnostic | None:
    """What is wrong with declaring `name` as a `kind` ("resource", "input", "local", "file", "output", "stack", ...).

    Only resources stand bare in expressions and so refuse more than the four words CEL itself cannot select.
    """
    if not _FORM.match(name):
        better = suggested_name(name)
        notes = (("help", f'call it "{better}"'),) if better else ()
        summary = f'"{name}" is no name: a name begins with a-z and goes on with a-z, 0-9 and _'
        return Diagnostic(code=Code.NAME_FORM.value, summary=summary, label=f"the name of this {kind}", notes=notes)
    refused = _OF_RESOURCES if kind == "resource" else _CONSTANTS
    if name not in refused:
        return None
    summary = f'"{name}" cannot be the name of {_article(kind)} {kind}: expressions use the word'
    better = _BETTER.get(name, f"{name}_{kind}" if kind != "resource" else f"my_{name}")
    notes = (("help", f'call it "{better}"'),)
    return Diagnostic(code=Code.NAME_RESERVED.value, summary=summary, notes=notes)


def _article(kind: str) -> str:
    return "an" if kind[:1] in "aeio" else "a"


def suggested_name(name: str) -> str:
    """The nearest name of the right form: "cert-manager" -> "cert_manager", "MyQueue" -> "my_queue"; or empty."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    better = re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_").lstrip("0123456789_")
    return better if _FORM.match(better) and better not in _CONSTANTS else ""
