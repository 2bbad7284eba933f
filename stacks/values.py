"""The values of inputs, in the order of LANGUAGE.md: default < environment < its entry for the stack < PLUMB_VAR_DIR
< PLUMB_VAR_name < --var-file < --var."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.expressions import Problem, Scope, Template, evaluate_template, nearest, parse_template, some
from engine.expressions.types import BOOL, DYN, ObjectOf, Type
from providers.contract.diagnostic import Severity
from providers.contract.values import Unknown, Value, is_known, keyed_digest, reveal
from stacks.codes import Code
from stacks.draft import Draft, Entry
from stacks.findings import Findings, Place
from stacks.inputs import Given, InputCheck, Variables, final, unknown_value
from stacks.kinds import Names, Section
from stacks.references import Expressions
from stacks.repository import EnvironmentValues
from stacks.structure import has_expression
from stacks.yaml.compose import Raw
from stacks.yaml.scalars import Plain
from stacks.yaml.stackfile import read_stack_file


@dataclass(slots=True)
class InputValues:
    drafts: Mapping[str, Draft]
    environment: EnvironmentValues
    variables: Variables
    findings: Findings
    check_only: bool
    files: list[tuple[str, dict[str, Raw]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, data in self.variables.files:
            tree = read_stack_file(data, name, self.findings).tree
            if isinstance(tree, dict):
                self.files.append((name, tree))
            elif tree is not None:
                self.findings.add(Code.WRONG_KIND, f"{name} is a mapping of input to value", Place(file=name))

    def of(self, stack: str, wanted: bool) -> dict[str, Value]:
        """Final values of the inputs of one stack. A missing one is told only where the stack is `wanted`."""
        draft = self.drafts[stack]
        found: dict[str, Value] = {}
        types: dict[str, Type] = {}
        for name, entry in draft.sections["inputs"].items():
            check = InputCheck(name, entry.value, self.findings)
            types[name] = check.type()
            check.patterns(entry.value, entry)
            if "default" in entry.value and entry.value["default"] is not None:
                check.value(Given(raw=entry.value["default"], told="default", place=entry.place("default")))
            given = self._given(stack, name, check.sensitive)
            found[name] = final(self._value(stack, name, entry, check, given, wanted), check.sensitive)
        for entry in draft.sections["inputs"].values():
            for index, rule in entry.value.get("rules", ()):
                self._rule(stack, entry, index, rule, found, types)
        return found

    def _value(self, stack: str, name: str, entry: Entry, check: InputCheck, given: Given | None, wanted: bool) -> Value:
        if given is None and "default" in entry.value:
            raw = entry.value["default"]
            return None if raw is None else InputCheck(name, entry.value, Findings()).value(Given(raw=raw, told="default"))
        if given is None:
            if wanted and not self.check_only:
                help = f"give it with --var {name}=..., PLUMB_VAR_{name}, or in environments/"
                summary = f'input "{name}" of stack {stack} has no value'
                self.findings.add(Code.INPUT_MISSING, summary, entry.place(on_key=True), help=help)
            return unknown_value(entry.value)
        if "deprecated" in entry.value:
            summary = f'input "{name}" is deprecated: {entry.value["deprecated"]}'
            place = given.place or entry.place(on_key=True)
            self.findings.add(Code.INPUT_DEPRECATED, summary, place, severity=Severity.WARNING)
        before = len(self.findings.items)
        value = check.value(given)
        return unknown_value(entry.value) if len(self.findings.items) > before else value

    def _given(self, stack: str, name: str, sensitive: bool) -> Given | None:
        """What goes before everything else that is said of this input."""
        for key in (f"{stack}.{name}", name):
            if key in self.variables.arguments:
                return Given(raw=self.variables.arguments[key], told=f"--var {key}", is_text=True)
        for file, tree in reversed(self.files):
            for key in (f"{stack}.{name}", name):
                if key in tree:
                    return Given(raw=tree[key], told=f"--var-file {file}")
        if name in self.variables.environment:
            return Given(raw=self.variables.environment[name], told=f"PLUMB_VAR_{name}", is_text=True)
        if sensitive and name in self.variables.folder:
            return Given(raw=self.variables.folder[name].rstrip("\n"), told=f"PLUMB_VAR_DIR, file {name}", is_text=True)
        environment = self.environment
        own = environment.stacks.get(stack, {}).get("inputs", {})
        if name in own:
            return self._of_file(own[name], ("stacks", stack, "inputs", name))
        if name in environment.inputs:
            return self._of_file(environment.inputs[name], ("inputs", name))
        return None

    def _of_file(self, raw: Raw, path: tuple[str, ...]) -> Given:
        file = self.environment.file
        return Given(raw=raw, told=file, place=Place(file=file, path=path))

    def _rule(
        self, stack: str, entry: Entry, index: int, rule: dict[str, Any], values: dict[str, Value], types: dict[str, Type]
    ) -> None:
        place = entry.place("rules", index, "rule")
        text = rule.get("rule")
        if not isinstance(text, str):
            return
        text = f"${{{text}}}" if isinstance(text, Plain) else text
        scope = Names({"inputs": ObjectOf(Section("inputs", types))})
        before = len(self.findings.items)
        template, kind = Expressions(scope=scope, findings=self.findings).read(text, place)
        if not isinstance(template, Template) or len(self.findings.items) > before:
            return
        if kind not in (BOOL, DYN):
            self.findings.add(Code.WRONG_TYPE, "a rule is a bool", place)
            return
        known: dict[str, Value] = {name: _with_origin(value, name) for name, value in values.items()}
        names = Scope(roots={"inputs": known}, digest=lambda value: keyed_digest(value, b""))
        result = evaluate_template(template, names)
        if isinstance(result, Problem):
            self.findings.adopt(result.diagnostic, Place(file=place.file, path=place.path, start=result.start, end=result.end))
        elif is_known(result) and reveal(result) is not True:
            name = entry.path[-1]
            summary = f'input "{name}" of stack {stack}: {self._message(rule.get("message", ""), names)}'
            self.findings.add(Code.INPUT_RULE, summary, place)

    def _message(self, text: Any, scope: Scope) -> str:
        if not has_expression(text):
            return str(text)
        template = parse_template(text)
        told = evaluate_template(template, scope) if isinstance(template, Template) else None
        return str(told) if isinstance(told, str) else str(text)

    def check_names(self) -> None:
        """A value for an input that no stack has is a misspelt name."""
        every = {name for draft in self.drafts.values() for name in draft.sections["inputs"]}
        environment = self.environment
        for name in environment.inputs:
            if name not in every:
                self._unknown(name, every, Place(file=environment.file, path=("inputs", name), on_key=True), "no stack")
        for stack, fields in environment.stacks.items():
            own = self.drafts[stack].sections["inputs"] if stack in self.drafts else {}
            for name in fields.get("inputs", {}) if stack in self.drafts else ():
                if name not in own:
                    place = Place(file=environment.file, path=("stacks", stack, "inputs", name), on_key=True)
                    self._unknown(name, own, place, f"stack {stack} does not")
        given = [*self.variables.arguments, *(name for _, tree in self.files for name in tree), *self.variables.environment]
        for name in dict.fromkeys(given):
            stack, dot, own_name = name.partition(".")
            known = self.drafts[stack].sections["inputs"] if dot and stack in self.drafts else every
            if (own_name if dot else name) not in known:
                self._unknown(name, every, None, "no stack")

    def _unknown(self, name: str, known: Any, place: Place | None, who: str) -> None:
        near = nearest(name, known)
        help = f'did you mean "{near}"?' if near else f"there are {some(known)}" if known else ""
        told = f"{who} has" if who == "no stack" else who.replace(" does not", " has no")
        summary = f'{told} an input "{name}"' if who == "no stack" else f'{told} input "{name}"'
        self.findings.add(Code.INPUT_UNKNOWN, summary, place, help=help)


def _with_origin(value: Value, name: str) -> Value:
    if isinstance(value, Unknown):
        return Unknown(kind=value.kind, origin=f"inputs.{name}", residual=f"inputs.{name}")
    return value
