"""What is checked before anything is read from a cloud; the exact words are in bad/."""

from __future__ import annotations

from typing import Any

import pytest

from engine.expressions import Template, parse_template
from engine.stack import Form, Mapped
from stacks.paths import parse_path
from stacks.relations import cycles
from tests.stacks.support import good, loaded, readers, told

HEAD = "stack: shop\nresources:\n"


def stack(text: str) -> Any:
    return good(HEAD + text, readers=readers()).stacks.stacks["shop"]


def said(text: str) -> list[tuple[str, str]]:
    return [(item.code, item.summary) for item in loaded(HEAD + text, readers=readers()).diagnostics]


def test_the_source_text_is_taken_where_text_is_wanted() -> None:
    text = """\
  orders:
    type: AWS::SQS::Queue
    properties: {QueueName: 012345678901, Tags: {Version: 1.30, On: true, Owner: "${'a' + 'b'}"}, DelaySeconds: 0x10}
"""
    inputs = stack(text).declarations["orders"].inputs
    assert inputs["QueueName"] == "012345678901"
    assert inputs["DelaySeconds"] == 16
    assert inputs["Tags"]["Version"] == "1.30"
    assert inputs["Tags"]["On"] == "true"


def test_a_document_may_be_a_mapping_or_text() -> None:
    text = """\
  one:
    type: AWS::SQS::Queue
    properties: {RedrivePolicy: {maxReceiveCount: 3, deadLetterTargetArn: "${two.Arn}"}}
  two:
    type: AWS::SQS::Queue
    properties: {RedriveAllowPolicy: '{"redrivePermission": "denyAll"}'}
  three:
    type: AWS::SQS::Queue
    properties: {RedrivePolicy: "${{'maxReceiveCount': 3}}"}
"""
    assert isinstance(stack(text).declarations["one"].inputs["RedrivePolicy"], dict)
    bad = "  a: {type: AWS::S3::BucketPolicy, properties: {Bucket: b, PolicyDocument: '{not json'}}\n"
    assert said(bad)[0][0] == "P0214"


def test_a_leading_zero_is_never_lost_silently() -> None:
    bad = "  a: {type: AWS::S3::BucketPolicy, properties: {Bucket: b, PolicyDocument: {account: 012345678901}}}\n"
    assert said(bad) == [("P0109", "012345678901 is the number 12345678901 to YAML: the leading 0 is lost")]


def test_null_is_not_set() -> None:
    good(HEAD + "  a: {type: AWS::SQS::Queue, properties: {QueueName: ~, Arn: null}}\n", readers=readers())


def test_keys_may_be_expressions() -> None:
    text = '  a:\n    type: AWS::SQS::Queue\n    properties: {Tags: {"${provider.region}-x": y, plain: z}}\n'
    tags = stack(text).declarations["a"].inputs["Tags"]
    assert isinstance(tags, Mapped)
    assert isinstance(tags.entries[0][0], Template)
    assert tags.entries[1] == ("plain", "z")


def test_read_and_list_ask_by_any_property() -> None:
    text = """\
  vpc: {type: AWS::EC2::VPC, read: {VpcId: vpc-1}}
  every: {type: AWS::EC2::VPC, list: {CidrBlock: 10.0.0.0/16}}
  settings: {read: {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}}
outputs:
  id: ${vpc.VpcId}
  ids: ${values(every).map(v, v.VpcId)}
  data: ${settings.data}
"""
    declarations = stack(text).declarations
    assert [item.form for item in declarations.values()] == [Form.READ, Form.LIST, Form.READ]
    assert declarations["settings"].type == "v1/ConfigMap"
    assert said("  vpc: {type: AWS::EC2::VPC, read: {VpcIds: x}}\n")[0][0] == "P0212"


def test_a_list_is_a_map_by_identifier() -> None:
    assert said("  every: {type: AWS::EC2::VPC, list: {}}\noutputs: {x: '${every.VpcId}'}\n")[0][0] == "P0312"


def test_providers() -> None:
    text = """\
  cluster:
    type: AWS::EKS::Cluster
    properties: {Name: c, RoleArn: "arn:aws:iam::012345678901:role/c", ResourcesVpcConfig: {SubnetIds: [a, b]}}
  far: {type: AWS::SQS::Queue, provider: aws_us}
  ns: {object: {apiVersion: v1, kind: Namespace, metadata: {name: space}}}
providers:
  aws_us: {type: aws, region: us-east-1, account: 012345678901, parallelism: 4}
  kubernetes: {cluster: "${cluster}", namespace: space}
"""
    found = stack(text)
    assert found.declarations["far"].provider == "aws_us"
    assert found.providers["aws_us"].settings == {"region": "us-east-1", "account": "012345678901"}
    assert found.providers["aws_us"].parallelism == 4
    assert found.providers["aws"].implicit
    assert isinstance(found.providers["kubernetes"].settings["cluster"], Template)


def test_a_cluster_that_waits_for_its_own_objects() -> None:
    text = """\
  cluster:
    type: AWS::EKS::Cluster
    properties: {Name: "${ns.metadata.name}", RoleArn: "arn:aws:iam::1:role/c", ResourcesVpcConfig: {SubnetIds: [a, b]}}
  ns: {object: {apiVersion: v1, kind: Namespace, metadata: {name: space}}}
providers:
  kubernetes: {cluster: "${cluster}"}
"""
    assert said(text)[0] == ("P0401", "these wait for each other: cluster -> ns -> providers.kubernetes -> cluster")


def test_a_cycle_through_outputs_of_other_stacks() -> None:
    result = loaded(
        {
            "stacks/a.plumb.yaml": "stack: a\noutputs: {x: '${stacks.b.y}'}\n",
            "stacks/b.plumb.yaml": "stack: b\noutputs: {y: '${stacks.a.x}'}\n",
        }
    )
    assert "a.outputs.x -> b.outputs.y -> a.outputs.x" in told(result)


@pytest.mark.parametrize(
    ("graph", "found"),
    [
        ({"a": {"b"}, "b": set()}, []),
        ({"a": {"a"}}, [["a"]]),
        ({"c": {"a"}, "a": {"b"}, "b": {"c"}}, [["a", "b", "c"]]),
        ({"a": {"b"}, "b": {"a"}, "c": {"d"}, "d": {"c"}, "x": {"a"}}, [["a", "b"], ["c", "d"]]),
        ({"a": {"gone"}}, []),
    ],
)
def test_cycles(graph: dict[str, set[str]], found: list[list[str]]) -> None:
    assert cycles(graph) == found


def test_a_long_cycle_needs_no_recursion() -> None:
    graph = {str(number): {str((number + 1) % 20_000)} for number in range(20_000)}
    assert len(cycles(graph)[0]) == 20_000


def test_one_identity_by_the_namespace_of_the_instance() -> None:
    text = """\
  a: {object: {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}}
  b: {object: {apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: space}}}
"""
    assert not said(text)
    assert said(text + "providers: {kubernetes: {context: x, namespace: space}}\n")[0][0] == "P0403"
    other = text.replace("b: {", "b: {provider: other, ")
    other += "providers: {kubernetes: {namespace: space}, other: {type: kubernetes, context: y}}\n"
    assert not said(other)


def test_one_identity_over_stacks() -> None:
    bucket = "resources: {data: {type: AWS::S3::Bucket, properties: {BucketName: acme-data}}}\n"
    files = {"stacks/a.plumb.yaml": "stack: a\n" + bucket, "stacks/b.plumb.yaml": "stack: b\n" + bucket}
    assert "b.data and a.data are one AWS::S3::Bucket" in told(loaded(files, readers=readers()))


def test_moves_over_stacks_and_keys() -> None:
    text = """\
  new: {type: Memory::Thing}
  many: {type: Memory::Thing, for_each: [a]}
moved:
  - {from: other.old, to: new}
  - {from: many, to: "many[a]"}
  - {from: "many[b]", to: "many[a]"}
removed:
  - {from: gone, keep: true}
"""
    found = stack(text)
    assert [(move.from_, move.to) for move in found.moved] == [
        ("other.old", "shop.new"),
        ("shop.many", "shop.many[a]"),
        ("shop.many[b]", "shop.many[a]"),
    ]
    assert found.removed[0].keep


def test_depends_on_addresses_of_everywhere() -> None:
    text = """\
  one: {type: Memory::Thing, for_each: ["x y"]}
  web: {bundle: ./web}
  two:
    type: Memory::Thing
    depends_on: ["one[\\"x y\\"]", web/Deployment.apps/default/api, other.thing, shop.one]
"""
    manifest = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"
    files = {"stacks/shop.plumb.yaml": HEAD + text, "stacks/web/a.yaml": manifest}
    result = good(files, readers=readers())
    assert result.stacks.stacks["shop"].declarations["two"].depends_on == (
        'shop.one["x y"]',
        "shop.web/Deployment.apps/default/api",
        "other.thing",
        "shop.one",
    )


def test_rules_lifecycle_and_the_rest() -> None:
    text = """\
  image: {type: Memory::Thing}
  a:
    type: Memory::Thing
    properties: {Labels: {a: b}, Tags: {x: y}}
    lifecycle:
      protect: true
      on_delete: retain
      grace: 1h30m
      create_first: false
      ignore: [Labels.a, 'Labels["x-y"]', "Tags[0].Value"]
      replace_when: [image, image.Id]
    ready: ${self.Status == 'ready'}
    timeouts: {create: 5m}
    before: [{rule: "${self.Size < 5}", message: "at most ${self.Size}"}]
    after: [{rule: true, message: fine}]
    import: thing-1
"""
    item = stack(text).declarations["a"]
    assert item.lifecycle.grace == 5400
    assert item.lifecycle.ignore == (("Labels", "a"), ("Labels", "x-y"), ("Tags", 0, "Value"))
    assert item.lifecycle.replace_when[1] == parse_template("${image.Id}")
    assert item.timeouts.create == 300
    assert item.import_identity == "thing-1"
    assert isinstance(item.before[0].message, Template)
    assert item.after[0].message == "fine"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a.b[0].c", ("a", "b", 0, "c")),
        ('a["x-y"].b', ("a", "x-y", "b")),
        ("metadata.annotations[example.com/x]", ("metadata", "annotations", "example.com/x")),
        ("a[*].b", ("a", "*", "b")),
        ("a..b", None),
        (".a", None),
        ("a[", None),
        ("", None),
        ("a b", None),
    ],
)
def test_paths_of_properties(text: str, path: tuple[str | int, ...] | None) -> None:
    assert parse_path(text) == path


def test_types_flow_through_locals_and_outputs() -> None:
    files = {
        "stacks/a.plumb.yaml": "stack: a\nlocals: {n: '${1 + 1}', tree: {x: 1, y: b}}\n"
        "outputs: {n: '${locals.n}', t: '${locals.tree}'}\n",
        "stacks/b.plumb.yaml": "stack: b\noutputs: {m: \"${stacks.a.n + 'x'}\", z: '${stacks.a.t.z}'}\n",
    }
    shown = told(loaded(files))
    assert "int + string is not defined" in shown
    assert 'unknown attribute "z"' in shown
