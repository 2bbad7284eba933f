"""From a candidate to its change: the decision, the fields, their causes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.decide import Decision, Removal, Situation, decide
from engine.encoding import Seal, digest_secrets, is_digest, to_plain
from engine.instances import Instance
from engine.plan import Act, Cause, Change, Field, Reason
from engine.planning.candidate import Candidate
from engine.records import Keep, Recorded, Role
from engine.stack import Adopt, Declaration, Drift, Lifecycle, OnDelete, Origin, Stack
from engine.state import State
from engine.stores.store import StackKeys
from engine.taint import tainted_at, tainted_live
from providers.contract.diagnostic import Source
from providers.contract.observation import Absent, Live, Observation
from providers.contract.proposal import Action, Difference
from providers.contract.schema import TypeSchema
from providers.contract.values import Path, Secret, Unknown, Value, get, keyed_digest, render_path

OWNER_STACK = "plumb.dev/stack"
OWNER_RESOURCE = "plumb.dev/resource"
OWNER_GENERATION = "plumb.dev/generation"
OWNER_AT = "plumb.dev/at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every decision of one stack looks at beside the candidate itself."""

    stack: Stack | None
    state: State
    keys: StackKeys
    origin: Origin
    removals: dict[str, Removal]
    now: float
    lifted: frozenset[str]
    refresh_only: bool = False


def keep_of(lifecycle: Lifecycle) -> Keep:
    return Keep(
        protect=lifecycle.protect,
        retain=lifecycle.on_delete is OnDelete.RETAIN,
        grace=lifecycle.grace,
        create_first=lifecycle.create_first,
    )


def prior_inputs(recorded: Recorded, inputs: dict[str, Value], key: bytes) -> tuple[dict[str, Value], dict[str, str]]:
    """The recorded inputs with every secret that is declared as it was put back in, and the digests of those."""
    digests: dict[str, str] = {}
    value = _restore(recorded.inputs, inputs, (), key, digests)
    assert isinstance(value, dict)
    return value, digests


def _restore(recorded: Any, wanted: Value, path: Path, key: bytes, digests: dict[str, str]) -> Value:
    if is_digest(recorded):
        digest = recorded["$secret"]
        if isinstance(wanted, Secret) and keyed_digest(wanted.value, key) == digest:
            digests[render_path(path)] = digest
            return wanted
        return {"$secret": digest}
    if isinstance(recorded, dict):
        if not recorded:
            return recorded
        inner = wanted if isinstance(wanted, dict) else {}
        return {name: _restore(item, inner.get(name), (*path, name), key, digests) for name, item in recorded.items()}
    if isinstance(recorded, list):
        items = wanted if isinstance(wanted, list) and len(wanted) == len(recorded) else [None] * len(recorded)
        return [_restore(item, items[index], (*path, index), key, digests) for index, item in enumerate(recorded)]
    return recorded  # type: ignore[no-any-return]


def settle(candidate: Candidate, around: Surroundings, schema: TypeSchema | None) -> Decision:
    """Decides the candidate; sets its decision, and leaves its value to the run."""
    observation = candidate.observation
    assert observation is not None
    decision = decide(_situation(candidate, observation, around, schema))
    proposal = candidate.proposal
    if decision.act is Act.ADOPT and proposal is not None and proposal.action is Action.REPLACE:
        paths = ", ".join(render_path(path) for path in proposal.replaces)
        decision = Decision(act=Act.BLOCKED, code="would_replace", text=f"taking it over would replace it: {paths} differs")
    recorded = candidate.recorded
    if recorded is not None and recorded.address != candidate.address and decision.act in (Act.NONE, Act.UPDATE):
        text = f"was {recorded.address}"
        decision = Decision(act=Act.MOVE, code="moved", text=text, also_update=decision.act is Act.UPDATE)
    if candidate.blocked_by and decision.act is not Act.BLOCKED:
        decision = Decision(act=Act.BLOCKED, code="dependency", text=f"waits for {candidate.blocked_by}, which is blocked")
    if any(item.is_error for item in candidate.diagnostics):
        decision = Decision(act=Act.BLOCKED, code="error", text=candidate.diagnostics[0].summary)
    if around.refresh_only and decision.act not in (Act.NONE, Act.BLOCKED, Act.FORGET):
        decision = Decision(act=Act.NONE, code=f"refresh_{decision.act.value}", text="only refreshed")
    candidate.decision = decision
    return decision


def _situation(candidate: Candidate, observation: Observation, around: Surroundings, schema: TypeSchema | None) -> Situation:
    recorded, stack = candidate.recorded, around.stack
    base = candidate.address if recorded is None else recorded.address
    return Situation(
        desired=candidate.resource is not None,
        observation=observation,
        recorded=None if candidate.elsewhere else recorded,
        same_place=candidate.same_place,
        elsewhere=candidate.elsewhere,
        open_intent=any(around.state.open[name].unresolved for name in around.state.open_at(base)),
        proposal=candidate.proposal,
        adopt=stack.adopt if stack is not None else Adopt.REFUSE,
        drift=stack.drift if stack is not None else Drift.HEAL,
        drift_only=_drift_only(candidate, around.keys.identity_key),
        ours=isinstance(observation, Live) and observation.owner.get(OWNER_STACK) == around.keys.uid,
        marked=isinstance(observation, Live) and _marked(observation, around),
        import_requested=candidate.importing,
        replace_requested=candidate.replace_requested,
        holds_data=schema is not None and schema.holds_data,
        held_data=base in around.state.held_data,
        removal=around.removals.get(base, Removal.UNSAID),
        protect_lifted=base in around.lifted,
        now=around.now,
    )


def _marked(live: Live, around: Surroundings) -> bool:
    origin, owner = around.origin, live.owner
    place = f"{origin.repository}:{origin.environment}:{around.state.stack}."
    return owner.get(OWNER_STACK, around.keys.uid) != around.keys.uid and owner.get(OWNER_AT, "").startswith(place)


def _drift_only(candidate: Candidate, key: bytes) -> bool:
    proposal = candidate.proposal
    if proposal is None or candidate.recorded is None or not proposal.differences:
        return False
    return all(_cause(candidate, item, key) is Cause.DRIFT for item in proposal.differences)


def _cause(candidate: Candidate, difference: Difference, key: bytes) -> Cause:
    """Drift where what is declared is what was recorded, so that only the live side can have moved. What never became
    ready may never have been so."""
    recorded = candidate.recorded
    if candidate.prior is None or (recorded is not None and not recorded.ready):
        return Cause.CONFIG
    seal = digest_secrets(key)
    wanted = to_plain(get(candidate.inputs, difference.path), seal)
    before = to_plain(get(candidate.prior, difference.path), seal)
    return Cause.DRIFT if wanted == before else Cause.CONFIG


def fields_of(candidate: Candidate, key: bytes) -> tuple[Field, ...]:
    """The leaves that change, with their cause and place. Of a creation there are none: `after` says all."""
    proposal = candidate.proposal
    if proposal is None or proposal.action is Action.CREATE:
        return ()
    replaces = set(proposal.replaces)
    return tuple(_field(candidate, item, item.path in replaces, key) for item in proposal.differences)


def _field(candidate: Candidate, item: Difference, replaces: bool, key: bytes) -> Field:
    cause = _cause(candidate, item, key)
    likes = (candidate.inputs, candidate.recorded.inputs if candidate.recorded is not None else None)
    return Field(
        path=item.path,
        before=tainted_at(item.before, item.path, *likes),
        after=tainted_at(item.after, item.path, *likes),
        cause=cause,
        replaces=replaces,
        source=None if cause is Cause.DRIFT else _place(candidate, item.path),
        origin=item.after.origin if isinstance(item.after, Unknown) else "",
    )


def _place(candidate: Candidate, path: Path) -> Source | None:
    resource, stack = candidate.resource, candidate.stack
    if resource is None or stack is None:
        return None
    if resource.source is not None:
        return resource.source
    declaration = resource.declaration
    return stack.locator(declaration.file, (*declaration.inputs_path, *path))


def declared_at(declaration: Declaration) -> Source:
    return Source(file=declaration.file, line=declaration.line, column=declaration.column)


def change_of(candidate: Candidate, around: Surroundings, instance: Instance | None, seal: Seal) -> Change:
    """The change as data. Called once the candidate is decided."""
    decision, observation, proposal = candidate.decision, candidate.observation, candidate.proposal
    assert decision is not None
    recorded, resource = candidate.recorded, candidate.resource
    source = None
    if resource is not None:
        source = resource.source or declared_at(resource.declaration)
    likes = (candidate.inputs, recorded.inputs if recorded is not None else None)
    live = tainted_live(observation, *likes) if isinstance(observation, Live) else None
    identity = instance.identity if instance is not None else {}
    pin = recorded.pin if recorded is not None and (resource is None or not identity) else candidate.spec.pin(identity)
    return Change(
        address=candidate.address,
        act=decision.act,
        reason=Reason(code=decision.code, text=decision.text, source=source),
        type=candidate.type,
        pin=pin,
        generation=_generation(candidate, decision, around.state),
        uid=recorded.uid if recorded is not None else "",
        desired=candidate.inputs if resource is not None else None,
        recorded=recorded,
        live=live,
        after=candidate.value if isinstance(candidate.value, dict) and resource is not None else None,
        fields=fields_of(candidate, around.keys.identity_key) if resource is not None else (),
        create_first=_create_first(candidate),
        deferred=decision.text if decision.code == "deferred" else "",
        predicted=proposal is not None and proposal.predicted,
        empty=decision.empty,
        drifted=_drifted(candidate, around.keys.identity_key),
        needs=candidate.needs,
        previous_address=recorded.address if recorded is not None and recorded.address != candidate.address else "",
        source=source,
        settles=_settles(candidate),
        diagnostics=tuple(candidate.diagnostics),
    )


def _settles(candidate: Candidate) -> bool:
    """The lifecycle that outlives its block is declared otherwise than it is recorded."""
    resource, recorded = candidate.resource, candidate.recorded
    if resource is None or recorded is None or candidate.skipped:
        return False
    return recorded.keep != keep_of(resource.declaration.lifecycle)


def _generation(candidate: Candidate, decision: Decision, state: State) -> int:
    recorded = candidate.recorded
    if recorded is None:
        return 1
    if decision.act in (Act.REPLACE, Act.CREATE):
        return state.generations.get(recorded.uid, recorded.generation) + 1
    return recorded.generation


def _create_first(candidate: Candidate) -> bool:
    proposal, resource = candidate.proposal, candidate.resource
    recorded = candidate.recorded
    same_name = recorded is not None and candidate.identity != "" and candidate.identity == recorded.identity
    possible = (proposal is None or proposal.create_first) and not same_name
    asked = resource.declaration.lifecycle.create_first if resource is not None else None
    return possible and asked is not False


def _drifted(candidate: Candidate, key: bytes) -> bool:
    proposal, recorded = candidate.proposal, candidate.recorded
    if recorded is None or recorded.role is not Role.CURRENT:
        return False
    if proposal is None:
        return False
    if proposal.action is Action.CREATE:
        return (
            isinstance(candidate.observation, Absent)
            and candidate.decision is not None
            and candidate.decision.code in ("vanished", "refresh_create")
        )
    return any(_cause(candidate, item, key) is Cause.DRIFT for item in proposal.differences)
