"""The committed schema files are what the published packages give, byte for byte."""

from __future__ import annotations

import zlib

import pytest

from tests.schemas import extract

pytest.importorskip("cfnlint", reason="the extra [schemas] is not installed")
pytest.importorskip("kubernetes_validate", reason="the extra [schemas] is not installed")


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return extract.files()


@pytest.mark.parametrize("name", ["aws.schemas", "kubernetes.schemas"])
def test_extraction_gives_the_committed_file(made: dict[str, bytes], name: str) -> None:
    committed = (extract.FOLDER / name).read_bytes()
    assert extract.unpack(made[name]) == extract.unpack(committed)
    if "ng" not in zlib.ZLIB_RUNTIME_VERSION:  # another compressor writes the same facts with other bytes
        assert made[name] == committed


def test_every_type_is_there(made: dict[str, bytes]) -> None:
    _, types = extract.unpack(made["aws.schemas"])
    assert len(types) == 1898
    table = types["AWS::DynamoDB::Table"]
    assert table["root"]["p"]["KeySchema"] == {"r": "KeySchema"}
    assert table["definitions"]["KeySchema"]["k"] == "list"
    assert ["VpcId"] in types["AWS::EC2::Subnet"]["createOnly"]


def test_kubernetes_facts(made: dict[str, bytes]) -> None:
    head, definitions = extract.unpack(made["kubernetes.schemas"])
    assert head["kinds"]["apps/v1/Deployment"]["plural"] == "deployments"
    assert head["kinds"]["v1/Namespace"]["namespaced"] is False
    ports = definitions["io.k8s.api.core.v1.ServiceSpec"]["p"]["ports"]
    assert (ports["s"], ports["keys"]) == ("keyed", ["port", "protocol"])


def test_no_prose_is_taken_over(made: dict[str, bytes]) -> None:
    _, types = extract.unpack(made["aws.schemas"])
    texts = [text for entry in types.values() for text in strings(entry["root"], keep=("e", "d", "re"))]
    assert not [text for text in texts if text.count(" ") > 3]


def strings(node: object, keep: tuple[str, ...]) -> list[str]:
    if isinstance(node, dict):
        return [text for key, item in node.items() if key not in keep for text in strings(item, keep)]
    if isinstance(node, list):
        return [text for item in node for text in strings(item, keep)]
    return [node] if isinstance(node, str) else []
