"""The laws that need no world: types, schemas, checks, normal forms, and steps as data."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import cast

from providers.contract.check_inputs import mistakes
from providers.contract.check_trial import Trial, any_mark
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Target
from providers.contract.proposal import Action
from providers.contract.schema import ANY_ITEM, Kind, Node, RecoveryClass, TypeSchema
from providers.contract.step import Preparation, Produced
from providers.contract.values import Secret, Unknown, Value, get, put, render_path, without


def types_are_sorted_and_served(trial: Trial) -> None:
    provider = trial.subject.provider
    types = list(provider.types())
    trial.expect(types == sorted(set(types)), "types() is not sorted, or names a type twice")
    trial.expect(trial.example.type in types, f"{trial.example.type} is not among types()")
    trial.expect(trial.schema.type == trial.example.type, f"the schema says it is of {trial.schema.type}")
    strange = provider.schema(f"{trial.example.type}Nonsense")
    trial.expect(isinstance(strange, Diagnostic), "a type that is not served has a schema")
    trial.expect(bool(provider.kind), "the provider has no kind")


def schema_is_consistent(trial: Trial) -> None:
    schema = trial.schema
    trial.expect(isinstance(schema.recovery, RecoveryClass), "no recovery class is declared")
    trial.expect(bool(schema.identifier), "no identifier is declared")
    for word in ("identifier", "create_only", "read_only", "write_only"):
        for path in getattr(schema, word):
            trial.expect(schema.node(path) is not None, f"{word} {render_path(path)} is nowhere in the schema")
    for where, node in _nodes(schema):
        missing = node.required - node.properties.keys()
        trial.expect(not missing or node.open, f"required but no property at {where}: {sorted(missing)}")
    if schema.unique_name:
        outputs = [path for path in schema.identifier if path in schema.read_only]
        trial.expect(not outputs, f"a unique name out of outputs: {outputs}")


def normal_form_is_stable(trial: Trial) -> None:
    provider = trial.subject.provider
    once = trial.inputs()
    kept = copy.deepcopy(once)
    again = provider.normalize(trial.example.type, once)
    trial.expect(again == once, f"normalize is not idempotent: {once} became {again}")
    trial.expect(once == kept, "normalize changed what it was given")


def check_accepts_the_example(trial: Trial) -> None:
    inputs = trial.inputs()
    found = _mistakes(trial, inputs)
    trial.expect(not found, f"the example is refused: {'; '.join(item.summary for item in found)}")
    for name in inputs:
        unknown = {**inputs, name: Unknown()}
        found = [item for item in trial.subject.provider.check(trial.example.type, unknown) if item.is_error]
        trial.expect(not found, f"an unknown {name} is refused: {'; '.join(item.summary for item in found)}")


def check_refuses_what_is_wrong(trial: Trial) -> None:
    inputs, schema = trial.inputs(), trial.schema
    root = schema.resolve(schema.root)
    wrong: list[tuple[str, dict[str, Value]]] = []
    if not root.open:
        wrong.append(("an unknown property", {**inputs, "NoSuchProperty": "x"}))
    wrong += [(f"no {name}", cast("dict[str, Value]", without(inputs, (name,)))) for name in sorted(root.required)]
    wrong += [(f"refused {name}", {**inputs, name: "x"}) for name in schema.refused if "." not in name and "[" not in name]
    wrong += [
        (f"output {render_path(path)}", cast("dict[str, Value]", put(inputs, path, "x")))
        for path in sorted(schema.read_only, key=str)
        if len(path) == 1 and path[0] not in inputs
    ]
    wrong += [(f"a mistyped {name}", {**inputs, name: _other_kind(schema, name)}) for name in _typed(schema, inputs)]
    for what, mistaken in wrong:
        trial.expect(bool(_mistakes(trial, mistaken)), f"{what} is accepted")


def every_target_is_in_one_batch(trial: Trial) -> None:
    provider = trial.subject.provider
    types = sorted({example.type for example in trial.subject.examples})
    targets = [
        Target(key=f"{number}/{type}", type=type, identity=trial.example.missing or f"none-{number}")
        for number in range(3)
        for type in types
    ]
    found = [target.key for batch in provider.batches(targets) for target in batch.targets]
    trial.expect(sorted(found) == sorted(target.key for target in targets), f"targets {found} of {len(targets)} in batches")
    trial.expect(provider.batches([]) == [], "no target, and yet a batch")


def an_instance_adds_where_nothing_is_said(trial: Trial) -> None:
    provider, type = trial.subject.provider, trial.example.type
    written = trial.written()
    kept = copy.deepcopy(written)
    trial.expect(provider.place(type, written, {}) == written, "an instance without settings adds to the inputs")
    settings: dict[str, Value] = {"tags": {"plumb-check": "default"}}
    placed = provider.place(type, written, settings)
    trial.expect(written == kept, "place changed what it was given")
    trial.expect(provider.place(type, placed, settings) == placed, "placed twice is not placed once")
    declared, normal = trial.inputs(), provider.normalize(type, placed)
    lost = [name for name in declared if name not in normal]
    trial.expect(not lost, f"place lost {lost}")
    for name, value in declared.items():
        same = normal[name] == value or isinstance(value, list | dict)
        trial.expect(same, f"place changed {name} from {value!r} to {normal[name]!r}")


def implied_order_is_among_what_is_asked(trial: Trial) -> None:
    objects = [("it", trial.example.type, trial.inputs())]
    objects += [(name, need.type, need.inputs(trial.made, f"{trial.mark}{name}")) for name, need in trial.example.needs.items()]
    keys = {key for key, _, _ in objects}
    pairs = trial.subject.provider.implied(objects)
    for first, second in pairs:
        trial.expect({first, second} <= keys, f"an order of {first} and {second} is implied among {sorted(keys)}")
        trial.expect(first != second and (second, first) not in pairs, f"{first} is to wait for itself")
    trial.expect(trial.subject.provider.implied([]) == [], "an order among nothing")


def steps_are_data(trial: Trial) -> None:
    inputs = trial.inputs()
    steps = trial.create_steps(inputs)
    trial.expect(steps == trial.create_steps(inputs), "prepare is not deterministic")
    trial.expect(bool(steps), "a create has no step")
    makers = [step for step in steps if step.creates]
    trial.expect(len(makers) == 1, f"{len(makers)} steps create the object")
    maker = makers[0]
    trial.expect(maker.recovery is trial.schema.recovery, f"the creating step is of class {maker.recovery}")
    if maker.recovery is RecoveryClass.TOKEN:
        trial.expect(maker.token is not None, "class A has no place for its token")
    for step in steps:
        text = json.dumps(_plain(step.parameters), sort_keys=True)
        trial.expect("object at 0x" not in text, "a parameter is no data")
    if trial.schema.taggable:
        text = json.dumps(_plain(maker.parameters))
        absent = [value for value in trial.owner().values() if value not in text]
        trial.expect(not absent, "owner tags are not in the create call")


def unknown_never_enters_steps(trial: Trial) -> None:
    inputs = trial.inputs()
    for name in inputs:
        asked = Preparation(
            type=trial.example.type, action=Action.CREATE, inputs={**inputs, name: Unknown()}, owner=trial.owner()
        )
        prepared = trial.subject.provider.prepare(asked)
        steps = [item.parameters for item in prepared if not isinstance(item, Diagnostic)]
        trial.expect(
            not any(any_mark(item, lambda leaf: isinstance(leaf, Unknown)) for item in steps),
            f"an unknown {name} went into a request",
        )


def nothing_becomes_all_unknown(trial: Trial) -> None:
    inputs = trial.inputs()
    proposal = trial.propose(inputs)
    trial.expect(proposal.action is Action.CREATE, f"nothing is there, and the proposal is to {proposal.action}")
    schema = trial.schema
    for path in schema.read_only:
        if ANY_ITEM in path or get(inputs, path) is not None:
            continue
        planned = get(proposal.planned, path)
        named = path in schema.identifier
        fine = isinstance(planned, Unknown) or (planned is None and not named)
        trial.expect(fine, f"output {render_path(path)} is planned as {planned!r} before it is made")


def _mistakes(trial: Trial, inputs: dict[str, Value]) -> list[Diagnostic]:
    found = mistakes(trial.schema, inputs) + trial.subject.provider.check(trial.example.type, inputs)
    trial.shown.append(found)
    return [item for item in found if item.is_error]


def _typed(schema: TypeSchema, inputs: dict[str, Value]) -> list[str]:
    root = schema.resolve(schema.root)
    free = (Kind.ANY, Kind.JSON)
    return [name for name in inputs if name in root.properties and schema.resolve(root.properties[name]).kind not in free]


def _other_kind(schema: TypeSchema, name: str) -> Value:
    node = schema.resolve(schema.resolve(schema.root).properties[name])
    kinds = (node.kind, *node.alternatives)
    return [[]] if Kind.LIST not in kinds else True


def _plain(value: object) -> object:
    if isinstance(value, Secret):
        return {"$secret": ""}
    if isinstance(value, Produced):
        return {"$produced": value.step}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _nodes(schema: TypeSchema) -> Iterator[tuple[str, Node]]:
    """Every node once, without following references; those must resolve."""
    waiting = [("", schema.root), *schema.definitions.items()]
    while waiting:
        where, node = waiting.pop()
        schema.resolve(node)
        yield where, node
        waiting += [(f"{where}.{name}", child) for name, child in node.properties.items()]
        if node.items is not None:
            waiting.append((f"{where}[]", node.items))
