"""Reads the expressions of one declaration: parsed, checked by type, and remembered for the graph."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from engine.expressions import DYN, STRING, Checked, ObjectOf, Problem, Template, Type, TypeScope, parse_template
from engine.expressions import check_template as check_types
from engine.expressions import references as find_references
from providers.contract.diagnostic import Diagnostic
from stacks.codes import Code
from stacks.findings import Findings, Note, Place

_ATTRIBUTE: Final = re.compile(r"\$\{[a-z][a-z0-9_]*\.[A-Z][A-Za-z0-9]*\}")


_ELSEWHERE: Final = {
    "each": (Code.OUTSIDE_FOR_EACH.value, "nothing is repeated here", "each is known in a resource with for_each"),
    "self": (Code.OUTSIDE_FOR_EACH.value, "", "self is known in ready, before and after"),
    "provider": (Code.OUTSIDE_FOR_EACH.value, "", "provider is known in resources: that of the resource itself"),
}


def _nowhere(name: str) -> Note | None:
    return None


@dataclass(slots=True, kw_only=True)
class Expressions:
    """`needs`: what was referred to, each as "name", "locals.name", "stacks.name.output" or "providers.name".

    `declared` adds where a resource stands to what is said about it. `parsed` is shared by a stack.
    `silent`: names of this stack may be missing
    from what could be read, so an unknown one is not told.
    """

    scope: TypeScope
    findings: Findings
    needs: set[str] = field(default_factory=set)
    declared: Callable[[str], Note | None] = _nowhere
    silent: bool = False
    parsed: dict[str, Template] = field(default_factory=dict)

    def quick(self, text: str) -> tuple[Template, Type] | None:
        """`${name.Attribute}` of a resource, with an attribute that is there: most of what is ever written."""
        if text in self.parsed:
            template = self.parsed[text]
        else:
            found = parse_template(text) if _ATTRIBUTE.fullmatch(text) else None
            if not isinstance(found, Template):
                return None
            template = self.parsed[text] = found
        kind = self._quick(template)
        return None if kind is None else (template, kind)

    def read(self, text: str, place: Place) -> tuple[Template | str | None, Type]:
        """None after a problem of syntax; a str where only `$${` stood in it."""
        found = parse_template(text)
        if isinstance(found, list):
            self._tell(found, place)
            return None, DYN
        if isinstance(found, str):
            return found, STRING
        return found, self.check(found, place)

    def check(self, template: Template, place: Place) -> Type:
        if template.whole:
            quick = self._quick(template)
            if quick is not None:
                return quick
        checked: Checked = check_types(template, self.scope)
        self._tell(checked.problems, place, template)
        for reference in find_references(template):
            self._need(reference.root, reference.path)
        return checked.type

    def _quick(self, template: Template) -> Type | None:
        part = template.parts[0]
        path = () if isinstance(part, str) else part.path
        if len(path) != 2:
            return None
        root = self.scope.resolve(path[0])
        if not isinstance(root, ObjectOf):
            return None
        attributes = root.shape.attributes()
        if path[1] not in attributes:
            return None
        kind = attributes[path[1]]
        if isinstance(kind, ObjectOf) and path[0] == "stacks":
            return None
        self._need(path[0], path[1:])
        return kind

    def _need(self, root: str, path: tuple[str | int, ...]) -> None:
        if root in ("inputs", "files", "each", "self", "provider"):
            return
        if root in ("locals", "providers"):
            self.needs.add(f"{root}.{path[0]}" if path else root)
        elif root == "stacks":
            self.needs.add(".".join(map(str, ("stacks", *path[:2]))))
        else:
            self.needs.add(root)

    def _tell(self, problems: list[Problem], place: Place, template: Template | None = None) -> None:
        for problem in problems:
            diagnostic = problem.diagnostic
            if self.silent and diagnostic.code in ("P0310", "P0312"):
                continue
            diagnostic = self._elsewhere(diagnostic)
            at = Place(file=place.file, path=place.path, on_key=place.on_key, start=problem.start, end=problem.end)
            notes = self._declared(template, problem) if diagnostic.code in ("P0312", "P0315", "P0316") else ()
            self.findings.adopt(diagnostic, at, *notes)

    def _elsewhere(self, diagnostic: Diagnostic) -> Diagnostic:
        """Of a name that is known in other places than this one."""
        for name, (code, label, help) in _ELSEWHERE.items():
            if diagnostic.summary == f'unknown name "{name}"':
                notes = (("help", help),)
                return replace(diagnostic, code=code, summary=f"{name} means nothing here", label=label, notes=notes)
        return diagnostic

    def _declared(self, template: Template | None, problem: Problem) -> tuple[Note, ...]:
        if template is None:
            return ()
        for reference in find_references(template):
            if reference.start <= problem.start <= reference.end:
                note = self.declared(reference.root)
                if note is not None:
                    return (note,)
        return ()
