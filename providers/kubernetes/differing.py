"""One declared object beside its live one: what differs, what is let go of, whose it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from providers.contract.observation import Live
from providers.contract.proposal import Difference
from providers.contract.schema import covers
from providers.contract.values import Path, Value, put, reveal
from providers.kubernetes.compare import holds
from providers.kubernetes.fields import Field, Leaf, Ownership, covered, is_marked, leaves, ownerships, places
from providers.kubernetes.names import ObjectType
from providers.kubernetes.objects import MANAGERS, OWNER_PREFIX
from providers.kubernetes.schemas import Shape, shape
from providers.kubernetes.veiling import secret_fields, veil

IDENTIFYING: frozenset[Field] = frozenset({(".apiVersion",), (".kind",), (".metadata", ".name"), (".metadata", ".namespace")})


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`declared` are all leaves of the inputs but those that identify the object, `differing` those that are not so
    live, `released` what is live, was declared at the last apply (or is still owned by us) and is declared no more.
    """

    type: ObjectType
    inputs: dict[str, Value]
    live: Live
    shape: Shape
    declared: tuple[Leaf, ...]
    differing: tuple[Leaf, ...]
    released: tuple[Leaf, ...]
    recorded: frozenset[Field]
    others: tuple[Ownership, ...]
    places: Mapping[Field, Value]
    """What stands where in the live object."""
    secret: frozenset[Field]
    """Where something is secret that the cluster gives back in clear: marked in `live`."""

    @property
    def is_same(self) -> bool:
        return not self.differing and not self.released

    def live_at(self, field: Field) -> Value:
        return self.places.get(field)

    def was_ours(self, field: Field) -> bool:
        """True where the leaf, or something below or above it, was declared at the last apply."""
        return covered(field, self.recorded) or any(known[: len(field)] == field for known in self.recorded)

    def taken(self) -> tuple[Leaf, ...]:
        """The differing leaves that another manager owns, so that only force can change them."""
        return tuple(leaf for leaf in self.differing if self.owners(leaf.field))

    def owners(self, field: Field) -> list[str]:
        return sorted({owner.manager for owner in self.others if _touches(field, owner.fields)})


def _touches(field: Field, fields: Iterable[Field]) -> bool:
    return any(known[: len(field)] == field or field[: len(known)] == known for known in fields)


def compare(
    type: ObjectType,
    inputs: dict[str, Value],
    recorded: dict[str, Value] | None,
    live: Live,
    ignore: tuple[Path, ...] = (),
) -> Comparison:
    """`inputs` of the result hold the live value where `ignore` covers a leaf: applying it changes nothing there."""
    form = shape(str(type))
    veiled = secret_fields(form, inputs, recorded or {})
    live = replace(live, values=veil(live.values, form, veiled))
    there = places(live.values, form)
    kept = _keep_ignored(inputs, there, form, frozenset(ignore))
    declared = tuple(_declared(kept, form))
    fields = frozenset(leaf.field for leaf in declared)
    before = declared if recorded == kept else tuple(_declared(recorded or {}, form))
    owners = ownerships(live.private.get(MANAGERS))
    ours = frozenset(field for owner in owners if owner.is_ours for field in owner.fields)
    return Comparison(
        type=type,
        inputs=kept,
        live=live,
        shape=form,
        declared=declared,
        differing=tuple(leaf for leaf in declared if not _is_so(leaf, there, ours)),
        released=tuple(_released(fields, before, ours if owners else None, live, form, frozenset(ignore))),
        places=there,
        secret=veiled,
        recorded=frozenset(leaf.field for leaf in before),
        others=tuple(owner for owner in owners if not owner.is_ours),
    )


def _declared(manifest: dict[str, Value], form: Shape) -> Iterable[Leaf]:
    return (leaf for leaf in leaves(manifest, form) if leaf.field not in IDENTIFYING and leaf.field[:1] != (".status",))


def _is_so(leaf: Leaf, there: Mapping[Field, Value], ours: frozenset[Field]) -> bool:
    """A zero that the server left out when it stored the object is so: ours still, as nobody took it away."""
    found = there.get(leaf.field)
    if found is None and not is_marked(leaf.value) and not leaf.value:
        return covered(leaf.field, ours) or (leaf.field[:1] == (".metadata",) and isinstance(leaf.value, dict))
    return holds(leaf.value, found, leaf.shape)


def _keep_ignored(
    inputs: dict[str, Value], there: Mapping[Field, Value], form: Shape, ignore: frozenset[Path]
) -> dict[str, Value]:
    result: Value = inputs
    for leaf in leaves(inputs, form) if ignore else ():
        if covers(ignore, leaf.path) and (found := there.get(leaf.field)) is not None:
            result = put(result, leaf.path, found)
    return result if isinstance(result, dict) else inputs


def _released(
    declared: frozenset[Field],
    before: Iterable[Leaf],
    ours: frozenset[Field] | None,
    live: Live,
    form: Shape,
    ignore: frozenset[Path],
) -> Iterable[Leaf]:
    """By managedFields where the read brought them, else by what was recorded. A leaf that we own in part, as a list whose
    keys only the cluster knows, is released too: the dry run tells what becomes of it."""
    fields = frozenset(leaf.field for leaf in before) if ours is None else ours
    let_go = [field for field in fields - declared if not _is_kept(field, declared)]
    known = {field[:length] for field in let_go for length in range(1, len(field) + 1)}
    paths = {leaf.field: leaf.path for leaf in before}
    for leaf in leaves(live.values, form) if known else ():
        if leaf.field in known and not covered(leaf.field, declared) and not _is_kept(leaf.field, declared):
            path = paths.get(leaf.field, leaf.path)
            if not covers(ignore, path):
                yield Leaf(field=leaf.field, path=path, value=leaf.value, shape=leaf.shape)


def _is_kept(field: Field, declared: frozenset[Field]) -> bool:
    """True for what names the object or an item that stays, and for what is still declared in part."""
    if field in IDENTIFYING or any(known[: len(field)] == field for known in declared):
        return True
    if len(field) == 3 and field[2].startswith(f".{OWNER_PREFIX}"):
        return True
    names_item = len(field) > 1 and field[-2].startswith("[") and f"{field[-1][1:]}=" in field[-2]
    return names_item and any(known[: len(field) - 1] == field[:-1] for known in declared)


def predicted_differences(comparison: Comparison) -> tuple[Difference, ...]:
    """Without asking the server: what differs becomes as declared; what is released goes, unless another owns it too."""
    found: list[Difference] = []
    for leaf in comparison.differing:
        found.extend(_within(leaf.path, comparison.live_at(leaf.field), leaf.value, leaf.shape))
    for leaf in comparison.released:
        if not comparison.owners(leaf.field):
            found.append(Difference(path=leaf.path, before=leaf.value, after=None))
    return tuple(found)


def _within(path: Path, before: Value, after: Value, shape: Shape) -> list[Difference]:
    """What differs inside a leaf that is replaced whole; the leaf itself where its parts cannot be told apart."""
    found: list[Difference] = []
    if isinstance(before, dict) and isinstance(after, dict):
        for key, item in after.items():
            if not holds(item, before.get(key), shape.child(key)):
                found.extend(_within((*path, key), before.get(key), item, shape.child(key)))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            if not holds(new, old, shape.child(index)):
                found.extend(_within((*path, index), old, new, shape.child(index)))
    return found or [Difference(path=path, before=before, after=after)]


def asked_differences(comparison: Comparison, after: dict[str, Value]) -> tuple[Difference, ...]:
    """By the server's own answer: declared and released leaves that would be another value afterwards."""
    found: list[Difference] = []
    then = places(veil(after, comparison.shape, comparison.secret), comparison.shape)
    for leaf in (*comparison.declared, *comparison.released):
        old, new = comparison.live_at(leaf.field), then.get(leaf.field)
        if reveal(old) != reveal(new):
            found.extend(_exactly(leaf.path, old, new))
    return tuple(found)


def _exactly(path: Path, before: Value, after: Value) -> list[Difference]:
    """Every part in which two values differ, as far as their parts can be paired."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [*after, *(key for key in before if key not in after)]
        pairs = [((*path, key), before.get(key), after.get(key)) for key in keys]
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = [((*path, index), old, new) for index, (old, new) in enumerate(zip(before, after, strict=True))]
    else:
        return [Difference(path=path, before=before, after=after)]
    return [item for place, old, new in pairs if reveal(old) != reveal(new) for item in _exactly(place, old, new)]
