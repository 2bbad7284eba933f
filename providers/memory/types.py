"""The types of the pretended cloud: one table, and the schema that follows from each line of it."""

from __future__ import annotations

from dataclasses import dataclass

from providers.contract.schema import Kind, Node, Ordering, RecoveryClass, TypeSchema
from providers.contract.values import Path, Unknown, Value

OWNER_PREFIX = "plumb.dev/"
"""Tags whose key begins so are owner tags, never a property."""

DEFAULTS: dict[str, Value] = {"Size": 0, "Zone": "main"}
"""What the cloud fills in where nothing is given."""

CREATE_ONLY = ("Zone", "Fixed")
OUTPUTS = ("Id", "Arn", "Endpoint", "Generation", "CreatedBy", "Double", "Status", "Key")
SECRET_OUTPUT = "Key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What tells one type from the next. `named`: its identity is its Name, unique in its partition.

    `carries`: a provider instance can be built on it.
    """

    type: str
    recovery: RecoveryClass
    named: bool = False
    taggable: bool = True
    holds_data: bool = False
    carries: bool = False

    @property
    def stem(self) -> str:
        """What minted identities begin with."""
        return self.type.rpartition("::")[2].lower()


FACTS: dict[str, Facts] = {
    facts.type: facts
    for facts in (
        Facts(type="Memory::Bare", recovery=RecoveryClass.NONE, taggable=False),
        Facts(type="Memory::Cluster", recovery=RecoveryClass.TOKEN, carries=True),
        Facts(type="Memory::Key", recovery=RecoveryClass.NATURAL_KEY, named=True, taggable=False),
        Facts(type="Memory::Name", recovery=RecoveryClass.NAME, named=True),
        Facts(type="Memory::Store", recovery=RecoveryClass.NAME, named=True, holds_data=True),
        Facts(type="Memory::Tagged", recovery=RecoveryClass.TAGS),
        Facts(type="Memory::Thing", recovery=RecoveryClass.TOKEN),
        Facts(type="Memory::Token", recovery=RecoveryClass.TOKEN),
    )
}

_TEXT = Node(kind=Kind.STRING)
_TAG = Node(kind=Kind.OBJECT, properties={"Key": _TEXT, "Value": _TEXT}, required=frozenset({"Key", "Value"}))
_TAGS = Node(kind=Kind.LIST, items=_TAG, ordering=Ordering.KEYED, keys=("Key",), tags=True)
_NUMBER = Node(kind=Kind.INTEGER)

INPUT_NODES: dict[str, Node] = {
    "Name": Node(kind=Kind.STRING, min_length=1, max_length=128),
    "Value": Node(kind=Kind.ANY),
    "Size": Node(kind=Kind.INTEGER, minimum=0, default=DEFAULTS["Size"]),
    "Labels": Node(kind=Kind.MAP, items=_TEXT),
    "Items": Node(kind=Kind.LIST, items=Node(kind=Kind.ANY)),
    "Zone": Node(kind=Kind.STRING, default=DEFAULTS["Zone"]),
    "Fixed": Node(kind=Kind.STRING),
    "Password": _TEXT,
    "Slow": Node(kind=Kind.NUMBER, minimum=0),
}
"""What every type takes. `Slow`: seconds from its creation until it is ready."""

OUTPUT_NODES: dict[str, Node] = {name: _NUMBER if name in ("Generation", "Double") else _TEXT for name in OUTPUTS}

REFUSED = {"Legacy": "the pretended cloud published it and serves it no longer"}


def _schema(facts: Facts) -> TypeSchema:
    inputs = dict(INPUT_NODES)
    if facts.taggable:
        inputs["Tags"] = _TAGS
    identifier: Path = ("Name",) if facts.named else ("Id",)
    fixed = {(name,) for name in CREATE_ONLY} | ({identifier} if facts.named else set())
    return TypeSchema(
        type=facts.type,
        root=Node(
            kind=Kind.OBJECT,
            properties={**inputs, **OUTPUT_NODES},
            required=frozenset({"Name"}) if facts.named else frozenset(),
        ),
        recovery=facts.recovery,
        identifier=(identifier,),
        create_only=frozenset(fixed),
        read_only=frozenset((name,) for name in OUTPUTS),
        write_only=frozenset({("Password",)}),
        refused=REFUSED,
        taggable=facts.taggable,
        unique_name=facts.named,
        holds_data=facts.holds_data,
    )


SCHEMAS: dict[str, TypeSchema] = {type: _schema(facts) for type, facts in FACTS.items()}

UNKNOWN_OUTPUTS: dict[str, Value] = {name: Unknown(kind=node.kind.value) for name, node in OUTPUT_NODES.items()}
"""The outputs of an object that is only to be created."""
