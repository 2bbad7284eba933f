"""The plan from the decided candidates."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.encoding import digest_secrets, from_plain
from engine.journal import Intent
from engine.plan import (
    Act,
    Change,
    Evidence,
    Plan,
    StackPlan,
    Unresolved,
    change_digest,
    plan_digest,
)
from engine.planning.candidate import Candidate
from engine.planning.changes import change_of
from engine.planning.clouds import Cloud
from engine.resolve import Resolution
from providers.contract.diagnostic import Diagnostic, Severity
from providers.contract.observation import Live, Waiting
from providers.contract.schema import RecoveryClass
from providers.contract.values import Secret, Value

if TYPE_CHECKING:
    from engine.planning.run import PlanRun


def assemble(run: PlanRun) -> Plan:
    """Called once every address is decided; asks nobody anything."""
    candidates = [*run.declared.candidates.values(), *run.records.undeclared.values()]
    needs = _implied(run)
    changes = [_change(run, candidate, needs) for candidate in candidates]
    changes = _spread_create_first(changes)
    changes.sort(key=lambda change: (change.address, change.generation))
    digests = [
        change_digest(change, digest_secrets(run.question.keys[_stack(change)].identity_key))
        for change in changes
        if change.act not in (Act.NONE, Act.BLOCKED)
    ]
    survey = run.survey
    instances = [cloud for cloud in survey.clouds.values() if cloud.wanted or cloud.settled]
    return Plan(
        origin=run.question.stacks.origin,
        stacks=tuple(_stack_plan(run, name) for name in sorted(run.question.states)),
        changes=tuple(changes),
        made_at=run.now,
        read_set=_read_set(changes),
        evidence=Evidence(read=survey.read, oldest=survey.oldest, unreadable=survey.unreadable),
        unresolved=_unresolved(run),
        diagnostics=tuple(_diagnostics(run, candidates)),
        targets=run.question.selection.targets,
        destroy=run.question.destroy,
        identities=tuple(sorted({_describe(cloud) for cloud in instances})),
        digest=plan_digest(digests),
    )


def _stack(change: Change) -> str:
    return change.address.partition(".")[0]


def _describe(cloud: Cloud) -> str:
    spec, instance = cloud.spec, cloud.instance
    identity = instance.identity if instance is not None else {}
    facts = [identity[name] for name in ("account", "region", "name", "context") if identity.get(name)]
    if spec.carrier:
        facts.append(f"on {spec.carrier}" + ("" if instance is not None else " (to be created)"))
    elif instance is None:
        facts.append("unreachable")
    return " ".join([spec.kind, *facts])


def _change(run: PlanRun, candidate: Candidate, needs: dict[str, set[str]]) -> Change:
    stack = candidate.address.partition(".")[0]
    around = run.around(stack)
    cloud = run.survey.cloud(candidate.spec)
    change = change_of(candidate, around, cloud.instance, digest_secrets(around.keys.identity_key))
    if candidate.resource is not None:
        more = needs.get(candidate.address)
        if more:
            change = replace(change, needs=tuple(sorted({*change.needs, *more})))
    awaiting = _awaiting(run, candidate, change)
    return replace(change, awaiting=awaiting) if awaiting else change


def _awaiting(run: PlanRun, candidate: Candidate, change: Change) -> str:
    """Why what is there may not be used yet; only what was recorded as not ready is asked."""
    recorded, live = candidate.recorded, candidate.observation
    if change.act is not Act.NONE or candidate.resource is None or candidate.skipped:
        return ""
    if recorded is None or recorded.ready or not isinstance(live, Live):
        return ""
    instance = run.survey.cloud(candidate.spec).instance
    if instance is None:
        return ""
    readiness = instance.provider.ready(candidate.type, live)
    return readiness.reason if isinstance(readiness, Waiting) else "its outputs were not recorded"


def _implied(run: PlanRun) -> dict[str, set[str]]:
    """Needs that no expression says: an object and its namespace, a custom resource and its definition."""
    by_cloud: dict[str, list[Candidate]] = {}
    for candidate in run.declared.candidates.values():
        if candidate.type and not candidate.later:
            by_cloud.setdefault(candidate.spec.key, []).append(candidate)
    found: dict[str, set[str]] = {}
    for members in by_cloud.values():
        reader = run.declared.reader(members[0])
        if isinstance(reader, Diagnostic):
            continue
        for user, need in reader.implied([(item.address, item.type, item.inputs) for item in members]):
            found.setdefault(user, set()).add(need)
    return found


def _spread_create_first(changes: list[Change]) -> list[Change]:
    """Create-first goes through the chain: what a create-first replacement needs is replaced so too, where it can be;
    where it cannot, those that need it are replaced delete-first."""
    replaced = {change.address: change for change in changes if change.act is Act.REPLACE}
    first = {address: change.create_first for address, change in replaced.items()}
    changed = True
    while changed:
        changed = False
        for address, change in replaced.items():
            old_needs = change.recorded.needs if change.recorded is not None else ()
            for need in {*change.needs, *old_needs}:
                if need in replaced and first[address] and not first[need]:
                    first[address] = False
                    changed = True
    return [replace(change, create_first=first[change.address]) if change.act is Act.REPLACE else change for change in changes]


def _read_set(changes: list[Change]) -> tuple[str, ...]:
    found: set[str] = set()
    for change in changes:
        if change.acts:
            found.update(change.needs)
            found.update(change.recorded.needs if change.recorded is not None else ())
    return tuple(sorted(found))


def _stack_plan(run: PlanRun, name: str) -> StackPlan:
    question = run.question
    stack, state = question.stacks.stacks.get(name), question.states[name]
    recorded = {key: from_plain(item, lambda text: question.unseal(name, text)) for key, item in (state.outputs or {}).items()}
    if stack is None or question.destroy:
        return StackPlan(name=name, removed=stack is None, recorded_outputs=recorded, seq=state.seq)
    values = {output: run.scopes.output(name, output) for output in sorted(stack.outputs)}
    outputs: dict[str, Value] = {output: value for output, value in values.items() if value is not None}
    return StackPlan(
        name=name,
        outputs=outputs,
        recorded_outputs=recorded,
        sensitive_outputs=frozenset(key for key, value in outputs.items() if isinstance(value, Secret)),
        observe_only=stack.observe_only,
        seq=state.seq,
    )


def _settling(last: Intent) -> str:
    """The command that settles it: an apply, where its class can be settled by asking; else a person's word."""
    if last.recovery == RecoveryClass.NONE.value and last.creates:
        return f"plumb state resolve {last.address} --adopt IDENTITY | --absent"
    return "plumb apply"


def _unresolved(run: PlanRun) -> tuple[Unresolved, ...]:
    found = []
    for state in run.question.states.values():
        for name, item in state.open.items():
            if item.unresolved:
                last = item.last
                found.append(
                    Unresolved(
                        address=last.address,
                        operation=name,
                        recovery=last.recovery,
                        request=last.request,
                        since=last.time,
                        settle=_settling(last),
                    )
                )
    return tuple(sorted(found, key=lambda item: (item.address, item.operation)))


def _diagnostics(run: PlanRun, candidates: list[Candidate]) -> list[Diagnostic]:
    found = list(run.declared.diagnostics)
    found.extend(run.records.diagnostics)
    for candidate in candidates:
        found.extend(candidate.diagnostics)
    found.extend(_rules(run))
    for stack, file, path, problem in run.scopes.problems:
        found.append(problem.diagnostic.located(stack.locator(file, path, problem.start, problem.end)))
    return list(dict.fromkeys(found))


def _rules(run: PlanRun) -> list[Diagnostic]:
    """The stack's checks, on planned values; what is unknown now is looked at after the apply."""
    if run.question.destroy:
        return []
    found = []
    for stack in run.question.stacks.stacks.values():
        for rule in stack.checks:
            scope = run.scopes.scope(stack, run.scopes.graph_uses(stack, rule.rule))
            resolution = Resolution(scope)
            value = resolution.value(rule.rule)
            if value is False:
                message = Resolution(scope).value(rule.message)
                found.append(
                    Diagnostic(
                        code="P0420",
                        summary=str(message),
                        label="this check is false",
                        severity=Severity.ERROR,
                        source=stack.locator(rule.file, rule.path),
                    )
                )
    return found
