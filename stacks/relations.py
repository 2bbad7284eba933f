"""What stands between the parts: cycles, one identity twice, moves that contradict each other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.address import parse_address
from engine.expressions import Template, nearest, references
from engine.link import templates
from engine.stack import Declaration, Form, Mapped, ProviderDeclaration, Stack, Tree
from providers.contract.diagnostic import Diagnostic
from providers.contract.provider import Reader
from providers.contract.values import Path, Value
from stacks.codes import Code
from stacks.draft import Draft
from stacks.findings import Findings, Note, Place


@dataclass(slots=True, kw_only=True)
class Relations:
    """`needs`: by stack, what each of its nodes refers to, as Expressions names it."""

    stacks: Mapping[str, Stack]
    needs: Mapping[str, Mapping[str, set[str]]]
    findings: Findings
    graph: dict[str, set[str]] = field(default_factory=dict)

    def check(self) -> None:
        for name, stack in self.stacks.items():
            for key, found in self.needs.get(name, {}).items():
                self._node(stack, key, found)
        for cycle in cycles(self.graph):
            self._tell(cycle)

    def _node(self, stack: Stack, key: str, found: set[str]) -> None:
        node = f"{stack.name}.{key}"
        edges: set[str] = set()
        for need in found:
            edges.update(self._targets(stack, need))
        declaration = stack.declarations.get(key)
        if declaration is not None:
            if declaration.provider in stack.providers and not stack.providers[declaration.provider].implicit:
                edges.add(f"{stack.name}.providers.{declaration.provider}")
            if key in found:
                self._self_reference(stack, declaration)
                edges.discard(node)
        self.graph[node] = edges

    def _targets(self, stack: Stack, need: str) -> list[str]:
        if need.startswith("stacks."):
            _, _, rest = need.partition(".")
            other, dot, output = rest.partition(".")
            if dot:
                return [f"{other}.outputs.{output}"]
            return [f"{other}.outputs.{name}" for name in self.stacks[other].outputs] if other in self.stacks else []
        if need == "locals":
            return [f"{stack.name}.locals.{name}" for name in stack.locals]
        return [f"{stack.name}.{need}"]

    def _self_reference(self, stack: Stack, declaration: Declaration) -> None:
        place = self._edge(f"{stack.name}.{declaration.name}", f"{stack.name}.{declaration.name}")
        summary = f"{declaration.name} refers to itself"
        help = "in ready, before and after it is called self"
        self.findings.add(Code.SELF_REFERENCE, summary, place, help=help, address=f"{stack.name}.{declaration.name}")

    def _tell(self, cycle: list[str]) -> None:
        one_stack = len({node.partition(".")[0] for node in cycle}) == 1
        names = [node.partition(".")[2] if one_stack else node for node in cycle]
        path = " -> ".join([*names, names[0]])
        edges = list(zip(cycle, [*cycle[1:], cycle[0]]))
        notes: list[Note] = []
        for (start, end), name in zip(edges, names):
            place = self._edge(start, end)
            told = f"needs {end.partition('.')[2] if one_stack else end}"
            notes.append((name, told, place) if place is not None else (name, told))
        self.findings.add(Code.CYCLE, f"these wait for each other: {path}", self._edge(*edges[0]), notes=tuple(notes))

    def _edge(self, start: str, end: str) -> Place | None:
        """Where `start` refers to `end`."""
        name, _, key = start.partition(".")
        stack = self.stacks[name]
        for file, path, tree in _trees(stack, key):
            for below, template in placed(tree, ()):
                for reference in references(template):
                    for need in _needs_of(reference.root, reference.path):
                        if end in self._targets(stack, need):
                            return Place(file=file, path=(*path, *below), start=reference.start, end=reference.end)
        declaration = stack.declarations.get(key)
        if declaration is None:
            return None
        for index, address in enumerate(declaration.depends_on):
            if end == f"{parse_address(address).stack}.{parse_address(address).name}":
                return Place(file=declaration.file, path=(*declaration.path, "depends_on", index))
        return Place(file=declaration.file, path=(*declaration.path, "provider"))


def _needs_of(root: str, path: Path) -> Iterator[str]:
    if root in ("locals", "providers"):
        yield f"{root}.{path[0]}" if path else root
    elif root == "stacks":
        yield ".".join(map(str, ("stacks", *path[:2])))
    else:
        yield root


def _trees(stack: Stack, key: str) -> Iterator[tuple[str, Path, Tree]]:
    section, dot, name = key.partition(".")
    if dot and section == "locals":
        yield stack.file, ("locals", name), stack.locals.get(name)
    elif dot and section == "outputs":
        output = stack.outputs[name]
        yield output.file, output.path, output.value
    elif dot and section == "providers":
        instance = stack.providers[name]
        yield instance.file, instance.path, dict(instance.settings)
    else:
        declaration = stack.declarations[key]
        file, path = declaration.file, declaration.path
        yield file, declaration.inputs_path, dict(declaration.inputs)
        yield file, (*path, "for_each"), declaration.for_each
        yield file, (*path, "enabled"), declaration.enabled
        yield file, (*path, "import"), declaration.import_identity
        for index, item in enumerate(declaration.lifecycle.replace_when):
            yield file, (*path, "lifecycle", "replace_when", index), item
        for rule in (*declaration.before, *declaration.after):
            yield rule.file, (*rule.path, "rule"), rule.rule
        for index, patch in enumerate(declaration.bundle.patches if declaration.bundle else ()):
            yield file, (*path, "bundle", "patches", index), patch


def placed(tree: Tree, path: Path) -> Iterator[tuple[Path, Template]]:
    """Every template with its path. Of a key that is an expression the text is not kept: its mapping is named."""
    if isinstance(tree, Template):
        yield path, tree
    elif isinstance(tree, dict):
        for key, item in tree.items():
            yield from placed(item, (*path, key))
    elif isinstance(tree, list):
        for index, item in enumerate(tree):
            yield from placed(item, (*path, index))
    elif isinstance(tree, Mapped):
        for entry, item in tree.entries:
            if isinstance(entry, str):
                yield from placed(item, (*path, entry))
            else:
                yield path, entry
                yield from ((path, template) for template in templates(item))


def cycles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """One cycle of each knot, begun at its least name. Linear; nothing recurses."""
    waiting = dict.fromkeys(graph, 0)
    users: dict[str, list[str]] = {}
    for node, needs in graph.items():
        for need in needs:
            if need in graph:
                waiting[node] += 1
                users.setdefault(need, []).append(node)
    free = [node for node, count in waiting.items() if count == 0]
    while free:
        for user in users.get(free.pop(), ()):
            waiting[user] -= 1
            if waiting[user] == 0:
                free.append(user)
    return _knots({node for node, count in waiting.items() if count > 0}, graph)


def _knots(left: set[str], graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Among nodes that all wait for one another, one cycle for each knot."""
    found: list[list[str]] = []
    while left:
        path: list[str] = []
        seen: dict[str, int] = {}
        step: str | None = min(left)
        while step is not None and step not in seen:
            seen[step] = len(path)
            path.append(step)
            step = min((need for need in graph[step] if need in left), default=None)
        if step is None:
            left.discard(path[-1])
            continue
        cycle = path[seen[step] :]
        least = cycle.index(min(cycle))
        found.append(cycle[least:] + cycle[:least])
        left -= _knot(cycle, graph, left)
    return found


def _knot(cycle: list[str], graph: Mapping[str, set[str]], left: set[str]) -> set[str]:
    """The cycle and all that is only left because of it, or is on a way back to it."""
    reached: set[str] = set()
    stack = list(cycle)
    while stack:
        node = stack.pop()
        if node not in reached:
            reached.add(node)
            stack += [other for other in left if node in graph[other]] if len(left) < 2000 else []
    return reached | set(cycle)


@dataclass(slots=True, kw_only=True)
class Identities:
    """Two addresses of one provider instance that name the same live object."""

    readers: Mapping[str, Reader]
    findings: Findings
    found: dict[tuple[str, str, str, str], tuple[str, Place | None, Any]] = field(default_factory=dict)

    def check(self, stack: Stack, values: Mapping[str, dict[str, Value]]) -> None:
        keys = {name: instance_key(stack.name, instance) for name, instance in stack.providers.items()}
        settings = {name: _settings(instance) for name, instance in stack.providers.items()}
        for name, declaration in stack.declarations.items():
            reader = self._reader(stack, declaration)
            if reader is None or declaration.for_each is not None or declaration.enabled is not True:
                continue
            own = settings.get(declaration.provider, {})
            key = keys.get(declaration.provider, "")
            place = Place(file=declaration.file, path=declaration.path, on_key=True)
            address = f"{stack.name}.{name}"
            if declaration.form is Form.RESOURCE:
                self._one(reader, key, declaration.type, values.get(name, {}), own, address, place)
            elif declaration.bundle is not None:
                for item in declaration.bundle.objects:
                    self._one(reader, key, item.type, item.inputs, own, f"{address}/{item.object}", place, item.source)

    def _reader(self, stack: Stack, declaration: Declaration) -> Reader | None:
        instance = stack.providers.get(declaration.provider)
        return self.readers.get(instance.kind) if instance is not None else None

    def _one(
        self,
        reader: Reader,
        instance: str,
        type: str,
        inputs: dict[str, Value],
        settings: dict[str, Value],
        address: str,
        place: Place,
        source: Any = None,
    ) -> None:
        if isinstance(reader.schema(type), Diagnostic):
            return
        identity = reader.identity(type, reader.place(type, inputs, settings) if settings else inputs)
        if not identity:
            return
        key = (reader.kind, instance, "" if "/" in type else type, identity)
        first = self.found.setdefault(key, (address, place, source))
        if first[0] != address:
            summary = f"{address} and {first[0]} are one {type.rpartition('/')[2]}: {identity}"
            notes: tuple[Note, ...] = (("first", str(first[2])),) if first[2] else (("first", "", first[1] or place),)
            self.findings.add(Code.SAME_IDENTITY, summary, source or place, notes=notes, address=address)


def instance_key(stack: str, instance: ProviderDeclaration) -> str:
    """Equal for instances of different stacks that are the same by what is written."""
    settings = {name: value for name, value in instance.settings.items() if name not in ("tags", "namespace")}
    if any(True for _ in templates(dict(settings))):
        return f"{stack}:{instance.name}"
    return json.dumps(settings, sort_keys=True, default=str)


def _settings(instance: ProviderDeclaration) -> dict[str, Value]:
    namespace = instance.settings.get("namespace")
    return {"namespace": namespace} if isinstance(namespace, str) else {}


def check_moves(stacks: Mapping[str, Stack], drafts: Mapping[str, Draft], findings: Findings) -> None:
    """A move leads from what is declared no more to what is; one address moves once."""
    starts: dict[str, Place] = {}
    for stack in stacks.values():
        for move in stack.moved:
            place = Place(file=move.file, path=(*move.path, "from"))
            if move.from_ == move.to:
                findings.add(Code.MOVED, f"{move.from_} is moved to itself", place)
            _once(move.from_, place, starts, findings, "moved")
            _not_declared(move.from_, place, stacks, findings, "moved")
            _declared(move.to, Place(file=move.file, path=(*move.path, "to")), stacks, drafts, findings)
        for removal in stack.removed:
            place = Place(file=removal.file, path=(*removal.path, "from"))
            _once(removal.from_, place, starts, findings, "removed")
            _not_declared(removal.from_, place, stacks, findings, "removed")


def _once(address: str, place: Place, starts: dict[str, Place], findings: Findings, verb: str) -> None:
    first = starts.setdefault(address, place)
    if first is not place:
        summary = f"{address} is {verb} a second time"
        findings.add(Code.MOVED, summary, place, notes=(("first", "", first),))


def _not_declared(address: str, place: Place, stacks: Mapping[str, Stack], findings: Findings, verb: str) -> None:
    parsed = parse_address(address)
    stack = stacks.get(parsed.stack)
    declaration = stack.declarations.get(parsed.name) if stack is not None else None
    if declaration is None or parsed.object or parsed.modules:
        return
    repeated = declaration.for_each is not None
    if repeated == (parsed.key is not None) and not (repeated and parsed.key is not None):
        notes: tuple[Note, ...] = (("declared", parsed.name, Place(file=declaration.file, path=declaration.path, on_key=True)),)
        findings.add(Code.MOVED, f"{address} is {verb}, and it is still declared", place, notes=notes)


def _declared(address: str, place: Place, stacks: Mapping[str, Stack], drafts: Mapping[str, Draft], findings: Findings) -> None:
    parsed = parse_address(address)
    stack = stacks.get(parsed.stack)
    if stack is None:
        near = nearest(parsed.stack, stacks)
        help = f'did you mean "{near}"?' if near else ""
        findings.add(Code.UNKNOWN_STACK, f'there is no stack "{parsed.stack}"', place, help=help)
    elif parsed.name not in stack.declarations and parsed.name not in drafts[parsed.stack].sections["resources"]:
        near = nearest(parsed.name, stack.declarations)
        help = f'did you mean "{near}"?' if near else ""
        findings.add(Code.UNKNOWN_ADDRESS, f"stack {parsed.stack} has no resource {parsed.name}", place, help=help)
