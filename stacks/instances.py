"""Provider instances: what the stack files and the environment say of them, put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine.expressions import nearest, some
from engine.stack import ProviderDeclaration, Tree
from providers.contract.schema import Kind, Node
from stacks.codes import Code
from stacks.draft import Draft, Entry
from stacks.findings import Findings
from stacks.keys import PROVIDER, SETTINGS
from stacks.repository import EnvironmentValues
from stacks.structure import MISSING, Structure

_TEXT: Final = Node(kind=Kind.STRING)
_OURS: Final = frozenset(PROVIDER.keys)


@dataclass(slots=True)
class Instances:
    """`kinds`: those that are served. `entries`: per stack and name all that is said, what goes before last."""

    kinds: frozenset[str]
    environment: EnvironmentValues
    findings: Findings
    entries: dict[tuple[str, str], list[Entry]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def declared(self, draft: Draft) -> dict[str, ProviderDeclaration]:
        found: dict[str, ProviderDeclaration] = {}
        for name, entry in draft.sections["providers"].items():
            kind = str(entry.value.get("type", name))
            if kind not in self.kinds:
                self._unknown_kind(name, kind, entry)
                continue
            self.entries[(draft.name, name)] = [entry, *self._of_environment(draft.name, name)]
            found[name] = ProviderDeclaration(name=name, kind=kind, file=entry.file, path=entry.path)
        return found

    def implicit(self, kind: str, stack: str) -> ProviderDeclaration:
        self.entries[(stack, kind)] = self._of_environment(stack, kind)
        return ProviderDeclaration(name=kind, kind=kind, implicit=True)

    def _of_environment(self, stack: str, name: str) -> list[Entry]:
        self.used.add(name)
        environment = self.environment
        found: list[Entry] = []
        if name in environment.providers:
            found.append(Entry(environment.providers[name], environment.file, ("providers", name)))
        own = environment.stacks.get(stack, {}).get("providers", {})
        if name in own:
            found.append(Entry(own[name], environment.file, ("stacks", stack, "providers", name)))
        return found

    def _unknown_kind(self, name: str, kind: str, entry: Entry) -> None:
        place = entry.place("type") if "type" in entry.value else entry.place(on_key=True)
        near = nearest(kind, self.kinds)
        by_prefix = next((known for known in self.kinds if name.startswith(f"{known}_")), "")
        help = f'did you mean "{near}"?' if near else ""
        if by_prefix and "type" not in entry.value:
            help = f"write type: {by_prefix}"
        summary = f'no provider is of the kind "{kind}"'
        self.findings.add(Code.UNKNOWN_PROVIDER, summary, place, label=f"there are {some(self.kinds)}", help=help)

    def complete(self, item: ProviderDeclaration, declare: Any, needs: dict[str, set[str]]) -> ProviderDeclaration:
        """With its settings as trees. `declare` is the stack's Declare."""
        settings: dict[str, Tree] = {}
        tags: dict[str, Tree] = {}
        ours: dict[str, Any] = {}
        own_needs = needs.setdefault(f"providers.{item.name}", set())
        expressions = declare.expressions({}, own_needs)
        for entry in self.entries.get((declare.stack, item.name), ()):
            for name, raw in entry.value.items():
                if name == "tags":
                    for key, value in raw.items():
                        tags[key] = declare.tree(value, entry, ("tags", key), expressions, _TEXT)
                elif name in _OURS:
                    ours[name] = raw
                else:
                    tree = self._setting(item.kind, name, raw, entry, declare, expressions)
                    if tree is not MISSING:
                        settings[name] = tree
        ours.pop("type", None)
        return ProviderDeclaration(
            name=item.name,
            kind=item.kind,
            settings=settings,
            tags=tags,
            parallelism=ours.get("parallelism"),
            signature_life=ours.get("signature_life"),
            listing_lag=ours.get("listing_lag"),
            file=item.file,
            path=item.path,
            implicit=item.implicit,
        )

    def _setting(self, kind: str, name: str, raw: Any, entry: Entry, declare: Any, expressions: Any) -> Any:
        known: Mapping[str, Any] | None = SETTINGS.get(kind)
        if known is None:
            return declare.tree(raw, entry, (name,), expressions)
        if name not in known:
            near = nearest(name, [*known, *_OURS])
            help = f'did you mean "{near}"?' if near else ""
            summary = f'a provider of the kind {kind} has no setting "{name}"'
            label = "" if near else f"it has {some(known, 9)}"
            self.findings.add(Code.UNKNOWN_SETTING, summary, entry.place(name, on_key=True), label=label, help=help)
            return MISSING
        value = Structure(entry.file, self.findings).clean(raw, known[name].shape, (*entry.path, name))
        if value is MISSING:
            return MISSING
        return declare.tree(value, entry, (name,), expressions)

    def check_environment(self) -> None:
        """Names of instances that no stack has are misspelt."""
        for name in self.environment.providers:
            if name not in self.used and name not in self.kinds:
                near = nearest(name, self.used | self.kinds)
                help = f'did you mean "{near}"?' if near else ""
                place = Entry(None, self.environment.file, ("providers", name)).place(on_key=True)
                self.findings.add(Code.UNKNOWN_PROVIDER, f'no stack has a provider instance "{name}"', place, help=help)
