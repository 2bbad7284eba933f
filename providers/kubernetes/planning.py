"""What an apply would do: asked from the server by a dry run, predicted where it cannot say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from providers.contract.diagnostic import Diagnostic, Severity
from providers.contract.observation import Live
from providers.contract.proposal import Action, Difference, Proposal, Wanted
from providers.contract.schema import covers
from providers.contract.transport import Answer, Answered, Rejected, Send
from providers.contract.values import Path, Unknown, Value, get, is_known, put, render_path, reveal
from providers.kubernetes.answers import (
    cannot_dry_run,
    causes,
    dotted,
    invalid,
    is_changed,
    is_conflict,
    is_dying,
    is_missing_namespace,
    is_not_served,
    problem,
)
from providers.kubernetes.differing import Comparison, asked_differences, compare, predicted_differences
from providers.kubernetes.fields import Leaf, text_of
from providers.kubernetes.immutable import fixed_paths, is_immutability
from providers.kubernetes.merging import merge, remove
from providers.kubernetes.names import Name, ObjectType, name_of
from providers.kubernetes.objects import live_of, with_owner
from providers.kubernetes.redaction import redacted, secret_texts
from providers.kubernetes.requests import apply_request
from providers.kubernetes.schemas import has_status, shape
from providers.kubernetes.veiling import secret_fields, veil

NOT_YET = "NotYet"
"""Code of the transport of a cluster that is only to be created."""
NOT_THERE = "1"
"""A resourceVersion that no object has: an apply with it makes an object and never changes one."""
SERVER_MADE: tuple[Path, ...] = (("metadata", "uid"), ("metadata", "creationTimestamp"))
ALLOCATED: tuple[Path, ...] = (
    ("spec", "clusterIP"),
    ("spec", "clusterIPs"),
    ("spec", "healthCheckNodePort"),
)
"""Of a Service: what a dry run only pretends to give."""


def plan_one(wanted: Wanted, send: Send) -> Proposal:
    proposal = _planned(wanted, send)
    if not proposal.diagnostics:
        return proposal
    secrets = secret_texts(wanted.inputs)
    return replace(proposal, diagnostics=tuple(redacted(item, secrets) for item in proposal.diagnostics))


def _planned(wanted: Wanted, send: Send) -> Proposal:
    type = ObjectType.parse(wanted.type)
    if type is None:
        return _refused([Diagnostic(code="P0821", summary=f'"{wanted.type}" is not an apiVersion and a kind')])
    if wanted.live is None:
        return _plan_create(type, wanted.inputs, send)
    comparison = compare(type, wanted.inputs, wanted.recorded, wanted.live, wanted.ignore)
    if comparison.is_same:
        return Proposal(action=Action.NONE, planned=comparison.live.values)
    if not is_known(comparison.inputs):
        return _predict(comparison)
    return _plan_update(comparison, send)


def _refused(diagnostics: Iterable[Diagnostic]) -> Proposal:
    return Proposal(action=Action.NONE, diagnostics=tuple(diagnostics))


def _plan_create(type: ObjectType, inputs: dict[str, Value], send: Send) -> Proposal:
    name = name_of(type, inputs)
    if name is None or not is_known(inputs):
        return _created(type, inputs, inputs, predicted=True)
    body = create_body(inputs)
    answer = send("apply", apply_request(type, name, reveal(body), dry_run=True))
    if isinstance(answer, Answered) and isinstance(answer.body, dict):
        after = live_of(type, answer.body).values
        form = shape(str(type))
        return _created(type, inputs, veil(after, form, secret_fields(form, inputs)), predicted=False)
    if _says_nothing(answer, name):
        return _created(type, inputs, inputs, predicted=True)
    if isinstance(answer, Rejected) and answer.status == 422:
        return _refused(invalid(answer, f"create {name}"))
    if isinstance(answer, Rejected) and (is_changed(answer) or is_conflict(answer)):
        return _refused([Diagnostic(code="P0851", summary=f"{name} came into being while it was planned")])
    return _refused([problem(answer, f"plan {name}")])


def create_body(inputs: dict[str, Value]) -> Value:
    """The object to apply where none may be."""
    return put(inputs, ("metadata", "resourceVersion"), NOT_THERE)


def _says_nothing(answer: Answer, name: Name) -> bool:
    """True where the server cannot say yet: what carries the object is missing, or it may not be asked."""
    if not isinstance(answer, Rejected):
        return False
    missing = answer.code == NOT_YET or is_not_served(answer) or is_missing_namespace(answer, name.namespace)
    return missing or answer.code == "NotYet" or answer.status == 403 or cannot_dry_run(answer) or is_dying(answer)


def _created(type: ObjectType, inputs: dict[str, Value], after: dict[str, Value], *, predicted: bool) -> Proposal:
    return Proposal(action=Action.CREATE, planned=_new(type, inputs, after), predicted=predicted)


def _new(type: ObjectType, inputs: dict[str, Value], after: dict[str, Value]) -> dict[str, Value]:
    """An object that is only to be made: what the server mints is unknown."""
    planned: Value = after
    outputs = (*SERVER_MADE, ("metadata", "generation"), ("status",)) if has_status(str(type)) else SERVER_MADE
    for path in outputs:
        planned = put(planned, path, _unknown(path))
    for path in ALLOCATED if type.group_kind == "Service" else ():
        if get(inputs, path) is None and get(after, path) not in ("None", ["None"]) and _is_allocated(path, after):
            planned = put(planned, path, _unknown(path))
    return _drop_node_ports(inputs, planned) if isinstance(planned, dict) else after


def _is_allocated(path: Path, after: dict[str, Value]) -> bool:
    """The address is allocated always, the port only where the answer has one."""
    return path[-1] != "healthCheckNodePort" or get(after, path) is not None


def _drop_node_ports(inputs: dict[str, Value], planned: dict[str, Value]) -> dict[str, Value]:
    """A node port that nobody declared is another one when it is really given."""
    ports = get(planned, ("spec", "ports"))
    result: Value = planned
    for index, port in enumerate(ports if isinstance(ports, list) else []):
        path: Path = ("spec", "ports", index, "nodePort")
        if isinstance(port, dict) and isinstance(port.get("nodePort"), int) and get(inputs, path) is None:
            result = put(result, path, _unknown(path))
    return result if isinstance(result, dict) else planned


def _unknown(path: Path) -> Unknown:
    return Unknown(kind="any", origin=render_path(path))


def _plan_update(comparison: Comparison, send: Send, *, force: bool = False) -> Proposal:
    live = comparison.live
    name = Name.parse(live.identity)
    if name is None:
        return _refused([Diagnostic(code="P0848", summary=f'"{live.identity}" names no object of a cluster')])
    body = reveal(update_body(with_owner(comparison.inputs, live.owner), live))
    answer = send("apply", apply_request(comparison.type, name, body, force=force, dry_run=True))
    if isinstance(answer, Answered) and isinstance(answer.body, dict):
        after = live_of(comparison.type, answer.body).values
        return _answered(comparison, veil(after, comparison.shape, comparison.secret))
    if isinstance(answer, Rejected):
        return _rejected(comparison, answer, name, send, force=force)
    return _refused([problem(answer, f"plan {name}")])


def update_body(inputs: dict[str, Value], live: Live) -> Value:
    """The object to apply over a live one: for this incarnation only."""
    return put(inputs, ("metadata", "uid"), live.uid) if live.uid else inputs


def _answered(comparison: Comparison, after: dict[str, Value]) -> Proposal:
    found = asked_differences(comparison, after)
    if not found:
        return Proposal(action=Action.NONE, planned=comparison.live.values)
    return _updated(comparison, after, found)


def _changed(comparison: Comparison, after: dict[str, Value], found: Iterable[Difference]) -> dict[str, Value]:
    """The object after an update: its status may follow a change of anything but its metadata."""
    planned: Value = after
    if has_status(str(comparison.type)) and any(difference.path[:1] != ("metadata",) for difference in found):
        for path in (("metadata", "generation"), ("status",)):
            if get(comparison.live.values, path) is not None:
                planned = put(planned, path, _unknown(path))
    return planned if isinstance(planned, dict) else after


def _contested(comparison: Comparison) -> Iterable[Diagnostic]:
    """A warning for each controller that writes what we declare: it will be back."""
    for leaf in comparison.taken():
        owners = [name for name in comparison.owners(leaf.field) if not name.startswith("kubectl")]
        if owners:
            path = render_path(leaf.path)
            yield Diagnostic(
                code="P0853",
                severity=Severity.WARNING,
                summary=f'"{owners[0]}" writes {path} too',
                path=leaf.path,
                notes=(("help", f"lifecycle: {{ignore: [{path}]}} leaves it to {owners[0]}"),),
            )


def _rejected(comparison: Comparison, answer: Rejected, name: Name, send: Send, *, force: bool) -> Proposal:
    if is_conflict(answer) and not force:
        strangers = conflicts(comparison, answer)
        return _refused(strangers) if strangers else _plan_update(comparison, send, force=True)
    if is_changed(answer):
        return _refused([Diagnostic(code="P0851", summary=f"{name} became another object while it was planned")])
    if answer.status == 422:
        return _invalid(comparison, answer, name)
    if _says_nothing(answer, name):
        return _predict(comparison)
    return _refused([problem(answer, f"plan {name}")])


def conflicts(comparison: Comparison, answer: Rejected) -> list[Diagnostic]:
    """The fields that another manager owns and that we never declared before; those we did are ours to take back."""
    found = []
    for cause in causes(answer):
        leaf = _leaf_at(comparison, cause.field)
        if leaf is None or not comparison.was_ours(leaf.field):
            found.append(_conflict(cause.field, cause.message, leaf.path if leaf else ()))
    return found


def _leaf_at(comparison: Comparison, field: str) -> Leaf | None:
    texts = [(text_of(leaf.field), leaf) for leaf in comparison.declared]
    exact = [leaf for text, leaf in texts if text == field]
    near = [leaf for text, leaf in texts if field.startswith(text) or text.startswith(field)]
    return next(iter([*exact, *near]), None)


def _conflict(field: str, message: str, path: Path) -> Diagnostic:
    """`message` is the server's: `conflict with "helm" using apps/v1`."""
    _, _, rest = message.partition('"')
    manager = rest.partition('"')[0] or "another manager"
    return Diagnostic(
        code="P0852",
        summary=f'{field.lstrip(".")} is set by "{manager}"',
        detail="Plumb takes back only what it has set before.",
        path=path,
        notes=(("help", _way_out(manager)),),
    )


def _way_out(manager: str) -> str:
    """People who edit by hand keep nothing up; a program would write its value again."""
    if manager.startswith("kubectl"):
        return "declare the value it has; once that is applied the field is Plumb's too, and may be changed"
    return f"leave the field out, or let {manager} give it up first"


def _invalid(comparison: Comparison, answer: Rejected, name: Name) -> Proposal:
    """A refused value is an error; a value that cannot be changed in place is a replacement."""
    found = causes(answer)
    if not found or not all(is_immutability(cause.message) for cause in found):
        return _refused(invalid(answer, f"change {name}"))
    forced = [path for cause in found for path in _forcing(comparison, dotted(cause.field))]
    return _replaced(comparison, tuple(dict.fromkeys(forced)), predicted=False)


def _forcing(comparison: Comparison, field: Path) -> list[Path]:
    """The differing leaves that the server means: those the table knows, else those at its field, else all."""
    differing = [difference.path for difference in predicted_differences(comparison)]
    fixed = fixed_paths(comparison.type.group_kind, comparison.live.values)
    known = [path for path in differing if covers(fixed, path)]
    at_field = [path for path in differing if path[: len(field)] == field]
    near = [path for path in at_field if path in known]
    return near or at_field or known or differing


def _replaced(comparison: Comparison, paths: tuple[Path, ...], *, predicted: bool) -> Proposal:
    return Proposal(
        action=Action.REPLACE,
        planned=_new(comparison.type, comparison.inputs, comparison.inputs),
        differences=predicted_differences(comparison),
        replaces=paths,
        create_first=False,
        predicted=predicted,
    )


def stranger(comparison: Comparison, leaf: Leaf) -> Diagnostic:
    """Of a differing leaf that others own."""
    return _conflict(text_of(leaf.field), f'conflict with "{comparison.owners(leaf.field)[0]}"', leaf.path)


def _predict(comparison: Comparison) -> Proposal:
    """From schema, managedFields and live."""
    taken = [leaf for leaf in comparison.taken() if is_known(leaf.value)]
    strangers = [stranger(comparison, leaf) for leaf in taken if not comparison.was_ours(leaf.field)]
    if strangers:
        return _refused(strangers)
    found = predicted_differences(comparison)
    fixed = fixed_paths(comparison.type.group_kind, comparison.live.values)
    forced = tuple(difference.path for difference in found if covers(fixed, difference.path))
    if forced:
        return _replaced(comparison, forced, predicted=True)
    if not found:
        return Proposal(action=Action.NONE, planned=comparison.live.values, predicted=True)
    after = merge(comparison.live.values, comparison.inputs, comparison.shape)
    for leaf in comparison.released:
        if not comparison.owners(leaf.field):
            after = remove(after, comparison.shape, leaf.field)
    return replace(_updated(comparison, after, found), predicted=True)


def _updated(comparison: Comparison, after: dict[str, Value], found: tuple[Difference, ...]) -> Proposal:
    planned = _changed(comparison, after, found)
    return Proposal(action=Action.UPDATE, planned=planned, differences=found, diagnostics=tuple(_contested(comparison)))
