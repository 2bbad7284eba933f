"""What the facts of a schema alone refuse, at any depth."""

from __future__ import annotations

import pytest

from providers.contract.check_inputs import mistakes
from providers.contract.schema import Kind, Node, TypeSchema
from providers.contract.values import Secret, Unknown, Value

TEXT = Node(kind=Kind.STRING)
RULE = Node(
    kind=Kind.OBJECT,
    properties={"Port": Node(kind=Kind.INTEGER, alternatives=(Kind.STRING,)), "Id": TEXT, "Old": TEXT},
    required=frozenset({"Port"}),
)
SCHEMA = TypeSchema(
    type="Some::Type",
    root=Node(
        kind=Kind.OBJECT,
        properties={
            "Rules": Node(kind=Kind.LIST, items=Node(ref="Rule")),
            "Labels": Node(kind=Kind.MAP, items=TEXT),
            "On": Node(kind=Kind.BOOLEAN),
            "Count": Node(kind=Kind.INTEGER),
            "Document": Node(kind=Kind.JSON),
        },
    ),
    definitions={"Rule": RULE},
    read_only=frozenset({("Rules", "*", "Id")}),
    refused={"Rules[0].Old": "gone"},
)


@pytest.mark.parametrize(
    ("inputs", "found"),
    [
        ({"Rules": [{"Port": 1}, {"Port": "http"}], "On": True, "Document": {"any": [1]}}, []),
        ({"Rules": [{"Port": Unknown()}], "On": Unknown(), "Labels": {"a": Unknown()}}, []),
        ({"Rules": [{}]}, ["Rules[0].Port is missing"]),
        ({"Rules": [{"Port": 1, "Id": "x"}]}, ["Rules[0].Id is an output"]),
        ({"Rules": [{"Port": 1, "Old": "x"}]}, ["Rules[0].Old is not served"]),
        ({"Rules": [{"Port": 1, "Prot": "x"}]}, ["Rules[0].Prot is no property"]),
        ({"Rules": {"Port": 1}}, ["Rules wants list, not dict"]),
        ({"Labels": {"a": 1}}, ["Labels.a wants string, not int"]),
        ({"Count": True}, ["Count wants integer, not bool"]),
        ({"Count": Secret("x")}, ["Count wants integer, not str"]),
        ({"Counts": 1, "On": 1}, ["Counts is no property", "On wants boolean, not int"]),
    ],
)
def test_mistakes(inputs: dict[str, Value], found: list[str]) -> None:
    assert [item.summary for item in mistakes(SCHEMA, inputs)] == found
