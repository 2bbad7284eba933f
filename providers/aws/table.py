"""The table of AWS types: what an entry says, and the marks its requests are written with.

A new type is one `Entry` in `providers/aws/types/`. Requests are templates: mappings in the form botocore wants, with
marks as leaves. A mark that has no value is left out, and so is a mapping or list that only held such marks.

    Take("CidrBlock")            the wanted value of a property (a path: "DnsOptions.Type")
    Take("Policy", JSON)         ... written in another form, see `providers.aws.forms`
    Identity()                   the object's identity; Identity(1): the second of its parts
    Known("Arn")                 a value of the live object, or of the create call's answer (an output, no input)
    Tags("vpc")                  the wanted tags and the owner tags in the form the call takes (the entry's `Tagging`)
    Item(), Item("PolicyName")   inside `ListUpdate`: the item in hand, or a member of it; Items(): all of them
    Ids()                        inside `Read`: the ids that one request asks for

What the entry gives:

    create     one request, then every `Update` that serves properties the create request does not take
    updates    `Update`: properties -> one request; `ListUpdate`: items of a list -> requests to add and remove
    read       the request that reads many (`limit` ids at once) or one, `answer`: property -> place in the item,
               `follows`: further requests for what it lacks (asked only when somebody declared it, or nothing is recorded)
    delete     the request, with what must go before
    ready      words of the status; `gone`: words that mean that the object is no more

Properties of the schema that neither the templates nor `answer` name must stand in `refused`, each with a reason
(tests/providers/aws/test_table.py). Everything is checked there against botocore's models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from providers.contract.observation import Target
from providers.contract.schema import RecoveryClass
from providers.contract.step import Step, TokenSlot
from providers.contract.transport import Send
from providers.contract.values import Path, Value

Form: TypeAlias = Callable[[Any], Any]
"""How a value is written in a request. It is handed values without marks and gives botocore's."""


@dataclass(frozen=True, slots=True)
class Take:
    path: str
    form: Form | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    part: int | None = None


@dataclass(frozen=True, slots=True)
class Known:
    path: str
    form: str = "{}"
    """`{}` in it is the value: "{}:*" wraps it in more text."""


@dataclass(frozen=True, slots=True)
class Tags:
    resource_type: str = ""
    """For the EC2 form, TagSpecifications: the word for what is tagged."""


@dataclass(frozen=True, slots=True)
class Item:
    path: str = ""
    form: Form | None = None


@dataclass(frozen=True, slots=True)
class Items:
    form: Form | None = None


@dataclass(frozen=True, slots=True)
class Ids:
    """As a list; with `filter`, as an EC2 filter of that name."""

    filter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """`item` is where the answer holds the object; `identity` where its identity is, from the answer's top; empty
    where the identity follows from the inputs."""

    call: Call
    item: Path = ()
    identity: Path = ()
    """Where `identity` is empty and the inputs do not give it, it is made from the answer's item."""
    token: TokenSlot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One request that brings the properties `on` (top-level names) to what is wanted.

    `created` says that the create request takes them too, so that nothing follows it. `changed_only`: the template
    sees only those of `on` that differ. `undo` is sent where the property is not declared any more and has no default.
    """

    on: tuple[str, ...]
    call: Call
    undo: Call | None = None
    created: bool = False
    changed_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListUpdate:
    """Items of the list `on` that are wanted and not there are added, those there and not wanted removed.

    `key` are the members that make an item (none: the whole item); an item of the same key that differs is added again
    (`replace`: removed first). `together`: one request takes all items.
    """

    on: str
    add: Call
    remove: Call
    key: tuple[str, ...] = ()
    together: bool = False
    replace: bool = False
    created: bool = False
    initial: tuple[Any, ...] = ()
    """Items that AWS itself puts there when the object is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What `Custom` steps are made from: everything `prepare` knows."""

    identity: Any
    inputs: Mapping[str, Value]
    wanted: Mapping[str, Value]
    live: Mapping[str, Value]
    changed: frozenset[str]
    creating: bool
    owner: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Custom:
    """Steps that no template can say. `on` are the properties it looks after."""

    on: tuple[str, ...]
    steps: Callable[[Change], Sequence[Step]]
    created: bool = False


AnyUpdate: TypeAlias = Update | ListUpdate | Custom


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagging:
    """`form`: "list" (Key/Value), "map", "ec2" (TagSpecifications), "kms" (TagKey/TagValue), "lower" (key/value).

    `add` and `remove` take Tags() and TagKeys(). `whole`: `add` replaces all tags, so it gets all; there is no `remove`.
    """

    form: str
    add: Call
    remove: Call | None = None
    whole: bool = False
    property: str = "Tags"


@dataclass(frozen=True, slots=True)
class TagKeys:
    """The keys to remove. `form` "ec2": as a list of {Key}."""

    form: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """One more request for what the read lacks.

    `gives`: property -> path in the answer (empty: all of it). `absent` are codes that mean "not set".
    `fixed`: it can never change, so what is recorded is taken. `limit` above 1: for many at once (Ids()), the item of
    each found by `key`; with `items` and a limit of 1 all pages are read, and the one property given is their items.
    """

    call: Call
    gives: Mapping[str, str]
    items: Path = ()
    key: Path = ()
    absent: frozenset[str] = frozenset()
    fixed: bool = False
    limit: int = 1
    always: bool = False
    convert: Callable[[Any, str], dict[str, Any]] | None = None
    """Makes the properties from the answer and the identity, where a path does not say it; `gives` still names them."""


Split: TypeAlias = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]
Shape: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]
Locate: TypeAlias = Callable[[str, Target, Send], Any]
More: TypeAlias = Callable[[dict[str, Any], str, Target, Send], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """`limit` above 1: Ids() are the values of `sought` (an identity part) of so many targets.

    `items` leads to the list of items (or to the one item where `limit` is 1), `key` to an item's own id.
    `answer`: property -> path in the item; an item that is read alone has its identity under "Identity". `split` makes
    the objects where an answer's items are something else (the routes of tables); they are known by their identity, not by
    `key`. `locate` is asked first where what it gives is not recorded. `shape`
    prepares an item before `answer` is applied. `more` reads what no `Follow` can say: it gives properties, or an answer
    that was not one. `lower`: members are spelt with a small first letter.
    """

    call: Call
    items: Path = ()
    key: Path = ()
    answer: Mapping[str, str] = field(default_factory=dict)
    limit: int = 1
    sought: int = 0
    lower: bool = False
    absent: frozenset[str] = frozenset()
    follows: tuple[Follow, ...] = ()
    locate: Follow | None = None
    locate_by: Locate | None = None
    """Like `locate`, where it takes more than one request: it gives properties, None where nothing is there, or an
    answer that was not one. `located` names what it gives."""
    located: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()
    """Codes of a refusal that prove that the object is there and has nothing to tell."""
    split: Split | None = None
    shape: Shape | None = None
    more: More | None = None
    more_gives: frozenset[str] = frozenset()
    more_always: bool = False
    private: Mapping[str, str] = field(default_factory=dict)
    """Like `answer`, for what the requests need and the schema has no place for; `Known` finds it."""
    status: str = ""
    status_reason: str = ""
    created_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """`identity` are the paths of an item whose values make the identity; empty: the item is the identity.
    `within`: the parent's property that must be in the filter."""

    call: Call
    items: Path
    identity: tuple[str, ...] = ()
    within: str = ""
    whole: bool = False
    """The items are those of `Read`, complete; nothing needs to be read again."""
    absent: frozenset[str] = frozenset()
    """Codes that prove that there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """`before`: requests for every item of a list property (`ListUpdate.remove` of it). `proves`: the answer itself
    says that it is gone."""

    call: Call
    before: tuple[str, ...] = ()
    proves: bool = True
    custom: Callable[[Change], Sequence[Step]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One AWS type. `identity` lists the parts of the identity: a property, or several of which one is set
    ("GatewayId/InstanceId"), a fixed word for one ("InternetGatewayId=IGW"); empty: the schema's identifier.

    `known_identity`: the identity follows from the inputs. `name` is the property that names the object; where nobody
    declares it a name is made from the owner tags, at most `name_length` long.
    `defaults`: what AWS fills in, by path. `exactly_one`: groups of properties of which one must be declared.
    """

    type: str
    recovery: RecoveryClass
    create: Create
    read: Read
    delete: Delete
    updates: tuple[AnyUpdate, ...] = ()
    tagging: Tagging | None = None
    listing: Listing | None = None
    identity: tuple[str, ...] = ()
    known_identity: bool = False
    name: str = ""
    name_length: int = 64
    name_suffix: Callable[[Mapping[str, Value]], str] | None = None
    holds_data: bool = False
    defaults: Mapping[str, Value] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    exactly_one: tuple[tuple[str, ...], ...] = ()
    replace: frozenset[str] = frozenset()
    """Properties that the schema calls updatable and that replace here."""
    ignored: frozenset[str] = frozenset()
    """Properties that only steer requests (how long to wait, whether to force): a change of one alone does nothing."""
    update: frozenset[str] = frozenset()
    """Properties whose change replaces only sometimes and that are updated here."""
    ready: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    sets: frozenset[str] = frozenset()
    """Paths of lists whose order means nothing, though the schema does not say so."""
    by_name: Mapping[str, str] = field(default_factory=dict)
    """EC2 filter -> parameter of the create request: how a lost create is found by its unique name."""
    tidy: Callable[[dict[str, Value]], dict[str, Value]] | None = None
    """Brings inputs to the spelling AWS answers with."""
    computed: Mapping[str, Callable[[Mapping[str, Value]], str]] = field(default_factory=dict)
    """Outputs that the create request chooses, from the inputs: part of the identity. "" while they are not known."""
    unread: frozenset[str] = frozenset()
    """Paths that no request reads back: compared with what was sent, like write-only ones."""
    readable: frozenset[str] = frozenset()
    """Paths that the schema calls write-only and that the read does give."""
    needs: tuple[str, ...] = ()
    """Read-only properties without which it is not ready."""


def answers(*same: str, **other: str) -> dict[str, str]:
    """`answer` of a read: names that stand for themselves, and others with their place."""
    return {**{name: name for name in same}, **other}


def takes(*names: str) -> dict[str, Any]:
    """Parameters that are properties of the same name."""
    return {name: Take(name) for name in names}
