"""The declared side of a plan: declarations are expanded and resolved in order, then observed, proposed and decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from engine import address as addresses
from engine.address import AddressError, parse_address
from engine.decide import Decision
from engine.expressions import Scope
from engine.instances import Instance, InstanceSpec
from engine.link import depends_node, instance_node, node_of
from engine.plan import Act
from engine.planning.candidate import Candidate, Stage
from engine.planning.changes import prior_inputs, settle
from engine.planning.clouds import Cloud
from engine.planning.reading import Reading
from engine.planning.recorded import record_key
from engine.planning.values import carrier_of, cloud_reads, keys_unknown, node_value, split_node, value_of
from engine.records import Recorded
from engine.resolve import Resolution, locate, triggers
from engine.resource import Resource
from engine.scopes import unknown_of, used_keys
from engine.stack import Declaration, Form, ProviderDeclaration, Stack, Tree
from engine.taint import tainted
from engine.transports import NoTransport
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Absent, Gone, Live, NotYet, Observation, Target, Unreadable
from providers.contract.proposal import Proposal
from providers.contract.provider import Provider, Reader
from providers.contract.schema import TypeSchema
from providers.contract.values import Path, Unknown, Value, is_known

if TYPE_CHECKING:
    from engine.planning.run import PlanRun


@dataclass(slots=True)
class Declared:
    run: PlanRun
    candidates: dict[str, Candidate] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    node_clouds: dict[str, Cloud] = field(default_factory=dict)
    reading: Reading = field(init=False)
    _missing: dict[str, int] = field(default_factory=dict)
    _open: dict[str, int] = field(default_factory=dict)
    _of_node: dict[str, list[Candidate]] = field(default_factory=dict)
    _identities: dict[tuple[str, str, str], str] = field(default_factory=dict)
    _visited: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.reading = Reading(self.run)

    def begin(self) -> list[str]:
        """The nodes that wait for nothing. A plan that destroys looks at no declaration at all."""
        if self.run.question.destroy:
            return []
        graph = self.run.graph
        self.diagnostics.extend(graph.diagnostics)
        self._missing = {node: len(graph.needs[node]) for node in graph.order}
        return [node for node in graph.order if not self._missing[node]]

    def released(self, node: str) -> list[str]:
        free = []
        for user in self.run.graph.users.get(node, ()):
            self._missing[user] -= 1
            if self._missing[user] == 0:
                free.append(user)
        return free

    # Tables

    def at(self, address: str) -> Candidate | None:
        return self.candidates.get(address)

    def expected(self, address: str) -> bool:
        """A declaration may still become this address."""
        try:
            parsed = parse_address(address)
        except AddressError:
            return False
        node = node_of(parsed.stack, parsed.name)
        return node in self.run.graph.needs and node not in self._visited and not self.run.question.destroy

    def expects(self, node: str, address: str) -> bool:
        """The address is declared, or may turn out to be."""
        return address in self.candidates or self.expected(address)

    # Nodes

    def visit(self, node: str) -> None:
        stack_name, separator, name = split_node(node)
        stack = self.run.question.stacks.stacks[stack_name]
        if separator == ":":
            self._visit_instance(stack, stack.providers[name], node)
        else:
            self._visit_declaration(stack, stack.declarations[name], node)

    def _visit_instance(self, stack: Stack, provider: ProviderDeclaration, node: str) -> None:
        self._visited.add(node)
        scope = self.run.scopes.scope(stack, self.run.graph.uses[node])
        carrier, trees = carrier_of(stack, provider)
        resolution = Resolution(scope)
        settings = resolution.value({**trees, "tags": dict(provider.tags)} if provider.tags else dict(trees))
        self._problems(stack, provider.file, provider.path, resolution, "")
        assert isinstance(settings, dict)
        known = {key: value for key, value in settings.items() if is_known(value)}
        spec = InstanceSpec(
            kind=provider.kind,
            stack=stack.name,
            name=provider.name,
            settings=known,
            carrier=carrier,
            parallelism=provider.parallelism,
            signature_life=provider.signature_life,
            listing_lag=provider.listing_lag,
        )
        cloud = self.run.survey.cloud(spec)
        if not is_known(settings) and not cloud.settled:
            cloud.close(NotYet(reason=f"the settings of provider {provider.name} are known only after apply"))
        self.node_clouds[node] = cloud
        if cloud.settled:
            self._instance_done(node, cloud)
        elif self._facts_needed(node):
            self.run.survey.want(cloud)
        else:
            self._instance_done(node, cloud)

    def _facts_needed(self, node: str) -> bool:
        """An expression asks the instance who it is, so it must be open first."""
        graph = self.run.graph
        return any(graph.uses[user].provider or graph.uses[user].instances for user in graph.users.get(node, ()))

    def opened(self, cloud: Cloud) -> None:
        for node, found in self.node_clouds.items():
            if found is cloud and node not in self.run.scopes.facts:
                self._instance_done(node, cloud)

    def _instance_done(self, node: str, cloud: Cloud) -> None:
        facts: Value = Unknown(kind="object", origin=node, residual=node)
        if cloud.instance is not None:
            identity = dict(cloud.instance.identity)
            facts = {**identity, "account_id": identity.get("account", ""), "region": identity.get("region", "")}
        first = node not in self.run.scopes.facts
        if cloud.settled or not self._facts_needed(node):
            self.run.scopes.facts[node] = facts
            if first:
                self.run.release(node)

    def _visit_declaration(self, stack: Stack, declaration: Declaration, node: str) -> None:
        uses = self.run.graph.uses[node]
        scope = self.run.scopes.scope(stack, uses, provider=declaration.provider)
        expansion = self.run.question.expand(stack, declaration, scope)
        self.diagnostics.extend(expansion.diagnostics)
        if expansion.unknown is not None:
            self.diagnostics.append(keys_unknown(stack, declaration, expansion.unknown))
        candidates = [self._candidate(stack, declaration, resource) for resource in expansion.resources]
        self._visited.add(node)
        self._of_node[node] = candidates
        self._open[node] = len(candidates)
        for candidate in candidates:
            self.candidates[candidate.address] = candidate
        for candidate in candidates:
            self._resolve(stack, candidate)
        if not candidates:
            self._node_done(node)

    def _candidate(self, stack: Stack, declaration: Declaration, resource: Resource) -> Candidate:
        cloud = self.node_clouds[instance_node(stack.name, declaration.provider)]
        address = str(resource.address)
        return Candidate(key=address, address=address, stack=stack, spec=cloud.spec, type=resource.type, resource=resource)

    # Resolve

    def _resolve(self, stack: Stack, candidate: Candidate) -> None:
        resource = candidate.resource
        assert resource is not None
        declaration = resource.declaration
        node = node_of(stack.name, declaration.name)
        uses = self.run.graph.uses[node]
        scope = self.run.scopes.scope(stack, uses, provider=declaration.provider, each=resource.each)
        resolution = Resolution(scope)
        inputs = resolution.value(resource.inputs)
        self._problems(stack, declaration.file, declaration.inputs_path, resolution, candidate.address, candidate)
        candidate.inputs = inputs if isinstance(inputs, dict) else {}
        candidate.needs = self._needs(stack, declaration, resource, node)
        candidate.blocked_by = self._blocked_need(candidate)
        if not self.run.choosing.selected(candidate.address):
            self._skip(candidate)
        elif declaration.form in (Form.READ, Form.LIST):
            self.reading.begin(candidate)
        else:
            self._place(candidate, resolution, declaration)

    def _place(self, candidate: Candidate, resolution: Resolution, declaration: Declaration) -> None:
        reader = self.reader(candidate)
        if isinstance(reader, Diagnostic):
            candidate.diagnostics.append(reader.at(candidate.address))
            self._observe_as(candidate, NotYet(reason="its provider is not served"))
            return
        candidate.inputs = reader.normalize(
            candidate.type, reader.place(candidate.type, candidate.inputs, candidate.spec.settings)
        )
        self._check(candidate, reader, declaration)
        candidate.identity = reader.identity(candidate.type, candidate.inputs)
        self._alone(candidate)
        self._requested(candidate, resolution, declaration)
        self._observe(candidate)

    def _alone(self, candidate: Candidate) -> None:
        """Two declared addresses with one identity would fight over one object."""
        if not candidate.identity:
            return
        other = self._identities.setdefault((candidate.spec.key, candidate.type, candidate.identity), candidate.address)
        if other != candidate.address:
            resource, stack = candidate.resource, candidate.stack
            assert resource is not None
            assert stack is not None
            place = resource.source or stack.locator(resource.declaration.file, resource.declaration.path)
            summary = f"{candidate.address} and {other} are the same object: {candidate.identity}"
            candidate.diagnostics.append(Diagnostic(code="P0406", summary=summary, address=candidate.address, source=place))

    def _check(self, candidate: Candidate, reader: Reader, declaration: Declaration) -> None:
        for item in reader.check(candidate.type, candidate.inputs):
            assert candidate.stack is not None
            place = candidate.stack.locator(declaration.file, (*declaration.inputs_path, *item.path))
            found = item.at(candidate.address).located(place)
            (candidate.diagnostics if found.is_error else self.diagnostics).append(found)

    def _requested(self, candidate: Candidate, resolution: Resolution, declaration: Declaration) -> None:
        """What lifecycle, `import` and the command line ask for."""
        if candidate.address in self.run.question.selection.replace:
            candidate.replace_requested = "asked for with --replace"
        self._triggered(candidate, resolution.scope, declaration)
        wanted: Tree = declaration.import_identity
        if wanted is not None and candidate.address not in self.run.records.by_address:
            found = resolution.value(wanted)
            if isinstance(found, str) and found:
                candidate.identity, candidate.importing = found, True

    def _triggered(self, candidate: Candidate, scope: Scope, declaration: Declaration) -> None:
        recorded = self.run.records.by_address.get(candidate.address)
        if recorded is None or not declaration.lifecycle.replace_when or not recorded.triggers:
            return
        assert candidate.stack is not None
        found = triggers(declaration, scope, self.run.seal(candidate.stack.name))
        if found != recorded.triggers:
            candidate.replace_requested = "what replace_when names has changed"

    def _observe(self, candidate: Candidate) -> None:
        recorded = self.run.records.by_address.get(candidate.address)
        cloud = self.run.cloud_of(candidate)
        if recorded is not None:
            self._known(candidate, recorded, cloud)
        elif not candidate.identity or not cloud_reads(cloud):
            self._unrecorded(candidate, cloud)
        else:
            target = Target(key=candidate.address, type=candidate.type, identity=candidate.identity, inputs=candidate.inputs)
            self.run.survey.observe(cloud, target, lambda observation: self.observed(candidate, observation))

    def _known(self, candidate: Candidate, recorded: Recorded, cloud: Cloud) -> None:
        candidate.recorded = recorded
        same_cloud = self.run.records.spec(recorded).key == cloud.spec.key
        candidate.same_place = same_cloud and _same_object(candidate, recorded)
        assert candidate.stack is not None
        key = self.run.question.keys[candidate.stack.name].identity_key
        candidate.prior, candidate.digests = prior_inputs(recorded, candidate.inputs, key)
        self.run.records.take(recorded, candidate)

    def _unrecorded(self, candidate: Candidate, cloud: Cloud) -> None:
        """Nothing can be read for it: its cloud is not there yet, or only the cloud gives it an identity."""
        if cloud.closed is not None:
            self.observed(candidate, cloud.closed)
            return
        self.run.survey.want(cloud)
        self.observed(candidate, Absent(reason="it has no identity yet"))

    def observed(self, candidate: Candidate, observation: Observation) -> None:
        candidate.observation = observation
        candidate.stage = Stage.OBSERVED
        if candidate.recorded is None and isinstance(observation, Live):
            self._look_elsewhere(candidate)
        if isinstance(observation, Unreadable) or candidate.diagnostics:
            self._decide(candidate)
            return
        self.run.survey.propose(self.run.cloud_of(candidate), candidate)

    def _look_elsewhere(self, candidate: Candidate) -> None:
        record = self.run.records.elsewhere(candidate.spec, candidate.type, candidate.identity)
        if record is None:
            return
        candidate.elsewhere = record.address
        candidate.recorded = record
        self.run.records.taken.add(record_key(record))
        assert candidate.stack is not None
        key = self.run.question.keys[candidate.stack.name].identity_key
        candidate.prior, candidate.digests = prior_inputs(record, candidate.inputs, key)

    def reached(self, candidate: Candidate, instance: Instance) -> None:
        """Its cloud is open and says which it is: what was recorded there under other settings is in its place."""
        recorded = candidate.recorded
        if recorded is None or candidate.same_place or not _same_object(candidate, recorded):
            return
        candidate.same_place = candidate.spec.leads_to(recorded.pin, instance.identity)

    def proposed(self, candidate: Candidate, proposal: Proposal | None) -> None:
        candidate.proposal = proposal
        candidate.stage = Stage.PROPOSED
        if proposal is not None:
            for item in proposal.diagnostics:
                self._note(candidate, item)
        elif isinstance(candidate.observation, NotYet | Gone | Absent):
            closed = self.run.cloud_of(candidate).closed
            if closed is not None:
                candidate.observation = closed
        self._decide(candidate)

    def _note(self, candidate: Candidate, item: Diagnostic) -> None:
        resource, stack = candidate.resource, candidate.stack
        assert resource is not None
        assert stack is not None
        place = resource.source or stack.locator(resource.declaration.file, (*resource.declaration.inputs_path, *item.path))
        found = item.at(candidate.address).located(place)
        (candidate.diagnostics if found.is_error else self.diagnostics).append(found)

    # Decide

    def _decide(self, candidate: Candidate) -> None:
        assert candidate.stack is not None
        decision = settle(candidate, self.run.around(candidate.stack.name), self.schema(candidate))
        recorded = candidate.recorded.inputs if candidate.recorded is not None else None
        candidate.value = tainted(value_of(candidate, decision), candidate.inputs, recorded)
        self.finish(candidate)

    def finish(self, candidate: Candidate) -> None:
        """The candidate is decided and has its value."""
        candidate.stage = Stage.DECIDED
        resource, stack = candidate.resource, candidate.stack
        assert resource is not None
        assert stack is not None
        node = node_of(stack.name, resource.declaration.name)
        self._open[node] -= 1
        if self._open[node] == 0:
            self._node_done(node)

    def _node_done(self, node: str) -> None:
        stack_name, _, name = split_node(node)
        declaration = self.run.question.stacks.stacks[stack_name].declarations[name]
        self.run.scopes.nodes[node] = node_value(declaration, self._of_node[node])
        self.run.release(node)

    def _skip(self, candidate: Candidate) -> None:
        """Not asked for: stays as it was recorded, unread."""
        candidate.skipped = True
        recorded = self.run.records.by_address.get(candidate.address)
        candidate.recorded = recorded
        candidate.decision = Decision(act=Act.NONE, code="not_selected", text="not asked for")
        candidate.observation = NotYet(reason="not asked for")
        if recorded is None:
            candidate.value = unknown_of(candidate.address, "object")
        else:
            self.run.records.taken.add(record_key(recorded))
            candidate.value = self.run.recorded_value(recorded)
        self.finish(candidate)

    def _observe_as(self, candidate: Candidate, observation: Observation) -> None:
        candidate.observation = observation
        self._decide(candidate)

    def listed(self, candidate: Candidate, result: list[Live] | Diagnostic | Observation | None) -> None:
        self.reading.listed(candidate, result)

    # Needs

    def _problems(
        self, stack: Stack, file: str, base: Path, resolution: Resolution, address: str, candidate: Candidate | None = None
    ) -> None:
        found = locate(stack, file, base, resolution.problems, address)
        (self.diagnostics if candidate is None else candidate.diagnostics).extend(found)

    def _needs(self, stack: Stack, declaration: Declaration, resource: Resource, node: str) -> tuple[str, ...]:
        """The addresses it waits for: what its expressions use, `depends_on`, what its provider is built on."""
        found: set[str] = set()
        key = resource.each[0] if resource.each is not None else None
        for need in self.run.graph.uses[node].nodes:
            found.update(self._addresses(stack, declaration, need, key))
        for text in declaration.depends_on:
            found.update(
                item.address for item in self._of_node.get(depends_node(text), ()) if addresses.covers(text, item.address)
            )
        carrier = self.node_clouds[instance_node(stack.name, declaration.provider)].spec.carrier
        if carrier:
            found.add(carrier)
        found.discard(str(resource.address))
        return tuple(sorted(found))

    def _addresses(self, stack: Stack, declaration: Declaration, need: str, key: str | None) -> Iterable[str]:
        candidates = self._of_node.get(need, ())
        owner, _, name = need.partition(".")
        if len(candidates) < 2 or owner != stack.name:
            return [item.address for item in candidates]
        keys = used_keys(declaration, name, key)
        if keys is None:
            return [item.address for item in candidates]
        return [
            item.address
            for item in candidates
            if item.resource is not None and (item.resource.address.key in keys or item.resource.address.object in keys)
        ]

    def _blocked_need(self, candidate: Candidate) -> str:
        for need in candidate.needs:
            found = self.candidates.get(need)
            if found is not None and found.decision is not None and found.decision.act is Act.BLOCKED:
                return need
        return ""

    # Providers

    def reader(self, candidate: Candidate) -> Reader | Diagnostic:
        return self.run.question.providers.reader(candidate.spec.kind)

    def schema(self, candidate: Candidate) -> TypeSchema | None:
        reader = self.reader(candidate)
        found = None if isinstance(reader, Diagnostic) else reader.schema(candidate.type)
        return None if isinstance(found, Diagnostic) else found

    def future_instance(self, cloud: Cloud) -> Instance:
        """Stands for an instance that is only to be created: it can predict, and reaches nothing."""
        reader = self.run.question.providers.reader(cloud.spec.kind)
        assert not isinstance(reader, Diagnostic)
        return Instance(key=cloud.spec.key, kind=cloud.spec.kind, provider=cast(Provider, reader), transport=NoTransport())


def _same_object(candidate: Candidate, recorded: Recorded) -> bool:
    return recorded.type == candidate.type or recorded.identity == candidate.identity != ""
