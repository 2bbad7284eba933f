"""The table against the published facts and botocore's models: nothing unserved goes unnamed, nothing is misspelt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from providers.aws import catalog, schemas
from providers.aws.paging import OTHER_TOKENS, TOKENS
from providers.aws.table import (
    Call,
    Entry,
    Identity,
    Ids,
    Item,
    Items,
    Known,
    ListUpdate,
    TagKeys,
    Tags,
    Take,
    Update,
)

botocore = pytest.importorskip("botocore.session", reason="the extra [aws] is not installed")
SESSION = botocore.get_session()
TYPES = sorted(catalog.entries())
MARKS = (Take, Identity, Known, Tags, Item, Items, Ids, TagKeys)
WANTED = """EC2::VPC EC2::Subnet EC2::InternetGateway EC2::VPCGatewayAttachment EC2::RouteTable EC2::Route
EC2::SubnetRouteTableAssociation EC2::SecurityGroup EC2::SecurityGroupIngress EC2::Instance EC2::EIP EC2::NatGateway
S3::Bucket S3::BucketPolicy IAM::Role IAM::RolePolicy IAM::ManagedPolicy IAM::InstanceProfile IAM::OIDCProvider
Lambda::Function Lambda::Permission SQS::Queue SNS::Topic DynamoDB::Table Logs::LogGroup SSM::Parameter KMS::Key
ECR::Repository EKS::Cluster EKS::Nodegroup"""


def calls(entry: Entry) -> Iterator[Call]:
    yield entry.create.call
    yield entry.read.call
    yield entry.delete.call
    yield from (follow.call for follow in entry.read.follows)
    if entry.read.locate is not None:
        yield entry.read.locate.call
    if entry.listing is not None:
        yield entry.listing.call
    if entry.tagging is not None:
        yield entry.tagging.add
        yield from filter(None, (entry.tagging.remove,))
    for update in entry.updates:
        if isinstance(update, Update):
            yield update.call
            yield from filter(None, (update.undo,))
        elif isinstance(update, ListUpdate):
            yield update.add
            yield update.remove


def marks(template: Any) -> Iterator[Any]:
    if isinstance(template, MARKS):
        yield template
    elif isinstance(template, Mapping):
        for item in template.values():
            yield from marks(item)
    elif isinstance(template, list):
        for item in template:
            yield from marks(item)


def model(operation: str) -> Any:
    service, _, name = operation.partition(":")
    return SESSION.get_service_model(service).operation_model(name)


def test_every_promised_type_is_served() -> None:
    assert {f"AWS::{name}" for name in WANTED.split()} <= set(TYPES)


@pytest.mark.parametrize("type", TYPES)
def test_every_property_is_served_or_refused(type: str) -> None:
    kind = catalog.served(type)
    entry, facts = kind.entry, schemas.facts(type)
    named = catalog.updatable(entry) | {name.split(".")[0] for name in entry.refused if "." not in name}
    named |= entry.ignored | set(entry.computed)
    for call in (entry.create.call, entry.delete.call):
        named |= {mark.path.split(".")[0] for mark in marks(call.parameters) if isinstance(mark, Take)}
        if any(isinstance(mark, Take) and mark.path == "" for mark in marks(call.parameters)):
            named |= set(facts.root.properties)
    outputs = {str(path[0]) for path in facts.read_only if len(path) == 1}
    parents = {str(path[0]) for path in facts.read_only}
    lacking = set(facts.root.properties) - named - outputs - parents
    assert not lacking, f"neither served nor refused: {sorted(lacking)}"
    unknown = {name for name in entry.refused if facts_node(type, name) is None}
    assert not unknown, f"refused and not in the schema: {sorted(unknown)}"


def facts_node(type: str, name: str) -> Any:
    """The node at a dotted name, through the items of lists."""
    facts = schemas.facts(type)
    node = facts.root
    for part in name.split("."):
        while node.ref or (node.items is not None and not node.properties):
            node = facts.definitions[node.ref] if node.ref else node.items  # type: ignore[assignment]
        if part not in node.properties:
            return None
        node = node.properties[part]
    return node


@pytest.mark.parametrize("type", TYPES)
def test_what_is_declared_can_be_read_back(type: str) -> None:
    """A property that is neither read nor known to be unreadable would differ for ever."""
    kind = catalog.served(type)
    entry = kind.entry
    read = set(entry.read.answer) | entry.read.more_gives | {name for follow in entry.read.follows for name in follow.gives}
    inputs = set(kind.schema.root.properties) - {str(path[0]) for path in kind.schema.read_only if len(path) == 1}
    hidden = {str(path[0]) for path in kind.schema.write_only if len(path) == 1}
    refused = {name for name in entry.refused if "." not in name}
    lacking = inputs - read - hidden - refused - entry.ignored
    nested = {str(path[0]) for path in kind.schema.write_only | kind.schema.read_only if len(path) > 1}
    assert not lacking - nested, f"declared and never read: {sorted(lacking - nested)}"


@pytest.mark.parametrize("type", TYPES)
def test_every_request_is_spelt_as_botocore_spells_it(type: str) -> None:
    for call in calls(catalog.served(type).entry):
        shape = model(call.operation).input_shape
        check(call.parameters, shape, call.operation)


def check(template: Any, shape: Any, where: str) -> None:
    if isinstance(template, Ids) and template.filter:
        assert shape.type_name == "list", where
    elif isinstance(template, MARKS):
        return
    elif isinstance(template, Mapping):
        if not template:
            return
        assert shape.type_name in ("structure", "map"), f"{where} is a {shape.type_name}"
        if shape.type_name == "structure":
            for name, item in template.items():
                assert name in shape.members, f"{where} has no member {name}"
                check(item, shape.members[name], f"{where}.{name}")
    elif isinstance(template, list):
        assert shape.type_name == "list", f"{where} is a {shape.type_name}"
        for item in template:
            check(item, shape.member, f"{where}[]")
    elif isinstance(template, bool):
        assert shape.type_name == "boolean", f"{where} is a {shape.type_name}"
    elif isinstance(template, int):
        assert shape.type_name in ("integer", "long"), f"{where} is a {shape.type_name}"
    else:
        assert shape.type_name == "string", f"{where} is a {shape.type_name}"


@pytest.mark.parametrize("type", TYPES)
def test_tokens_fit_their_members(type: str) -> None:
    entry = catalog.served(type).entry
    if entry.create.token is None:
        return
    shape = model(entry.create.call.operation).input_shape
    for part in entry.create.token.path:
        shape = shape.members[part]
    longest = shape.metadata.get("max")
    assert longest is None or entry.create.token.longest <= longest


@pytest.mark.parametrize("type", TYPES)
def test_answers_are_where_botocore_puts_them(type: str) -> None:
    entry = catalog.served(type).entry
    shape = model(entry.read.call.operation).output_shape
    for part in entry.read.items:
        shape = shape.member if part == "*" or isinstance(part, int) else shape.members[part]
    while shape.type_name == "list":
        shape = shape.member
    if entry.read.shape is not None or entry.read.split is not None or shape.type_name == "map":
        return
    for name, place in {**entry.read.answer, **entry.read.private}.items():
        if place in ("Identity", "", *entry.read.located):
            continue
        at = shape
        for part in place.split("."):
            at = at.member if part == "*" or part.isdigit() else at.members[part]
        assert at is not None, name


@pytest.mark.parametrize("type", TYPES)
def test_listings_know_their_next_page(type: str) -> None:
    entry = catalog.served(type).entry
    listing = [entry.listing.call] if entry.listing is not None else []
    for call in [*([entry.read.call] if entry.read.limit > 1 else []), *listing]:
        operation = model(call.operation)
        names = set(operation.output_shape.members)
        paging = {name for name in names if name.lower() in ("nexttoken", "marker", "nextmarker", "continuationtoken")}
        if paging:
            asks, says = OTHER_TOKENS.get(call.operation) or TOKENS[call.operation.partition(":")[0]]
            assert says in names, f"{call.operation} names its next page {paging}"
            assert asks in operation.input_shape.members


@pytest.mark.parametrize("type", TYPES)
def test_defaults_and_names_are_properties(type: str) -> None:
    kind = catalog.served(type)
    for name in [*kind.entry.defaults, *filter(None, [kind.entry.name]), *kind.entry.replace, *kind.entry.unread]:
        assert facts_node(type, name) is not None, name


def test_a_type_that_aws_has_and_we_do_not_says_so() -> None:
    assert "does not serve" in catalog.not_served("AWS::Athena::WorkGroup").summary
    assert ("help", "did you mean AWS::SQS::Queue?") in catalog.not_served("AWS::SQS::Queu").notes


def test_an_entry_is_a_value() -> None:
    entry = catalog.served("AWS::SQS::Queue").entry
    assert replace(entry) == entry
