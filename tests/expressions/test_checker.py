"""The check of names and types before anything is read."""

from __future__ import annotations

import pytest

from engine.expressions import Checked, Problem, Template, check, check_template, describe, parse, parse_template
from tests.expressions.scopes import Types


def checked(text: str) -> Checked:
    node = parse(text)
    assert not isinstance(node, Problem), node
    return check(node, Types())


TYPES = [
    ("1 + 2", "int"),
    ("1.5 * 2.0", "double"),
    ("'a' + string(1)", "string"),
    ("[1, 2]", "list<int>"),
    ("[1, 'a']", "list<dyn>"),
    ("{'a': 1}", "map<int>"),
    ("orders", "AWS::SQS::Queue"),
    ("orders.QueueUrl", "string"),
    ("orders['QueueUrl']", "string"),
    ("subnet", "map<AWS::EC2::Subnet>"),
    ("subnet[each.key].SubnetId", "string"),
    ("values(subnet).map(s, s.SubnetId)", "list<string>"),
    ("subnet.transformMap(k, s, s.CidrBlock)", "map<string>"),
    ("subnet.map(k, k)", "list<string>"),
    ("values(subnet).filter(s, s.VpcId == 'a')", "list<AWS::EC2::Subnet>"),
    ("inputs.waf", "string or null"),
    ("inputs.waf != null ? inputs.waf : 'x'", "string"),
    ("inputs.waf == null ? 'x' : inputs.waf + 'y'", "string"),
    ("inputs.waf != null && inputs.waf.size() > 1", "bool"),
    ("inputs.waf == null || inputs.waf.size() > 1", "bool"),
    ("has(inputs.waf) ? inputs.waf.size() : 0", "int"),
    ("inputs.?waf.orValue('x')", "string"),
    ("nat.?SubnetId.orValue(null)", "string or null"),
    ("nat != null ? nat.SubnetId : 'x'", "string"),
    ("inputs.any.foo.bar + 1", "int"),
    ("size(subnet) >= 2", "bool"),
    ("main.Tags[0].Key", "string"),
    ("main.Tags.first().orValue({}).Key", "dyn"),
    ("cidr_subnet(main.CidrBlock, 8, each.value)", "string"),
    ("from_json('1') == 1 ? from_json('2') : 3", "dyn"),
    ("timestamp('2026-01-01T00:00:00Z') - timestamp('2026-01-01T00:00:00Z') < duration('1s')", "bool"),
    ("optional.of(1).optMap(x, x + 1).orValue(2)", "int"),
    ("cel.bind(x, [1], x[0])", "int"),
    ("sum([1, 2])", "int"),
    ("type(1) == int", "bool"),
    ("'a' in subnet && 1 in [1]", "bool"),
    ("true ? 1 : null", "int or null"),
]


@pytest.mark.parametrize(("text", "kind"), TYPES, ids=[row[0] for row in TYPES])
def test_types(text: str, kind: str) -> None:
    found = checked(text)
    assert found.problems == []
    assert describe(found.type) == kind


PROBLEMS = [
    ("orders.QueueURL", "P0312", 'unknown attribute "QueueURL" of orders',
     "AWS::SQS::Queue has QueueUrl", 'did you mean "orders.QueueUrl"?'),
    ("orders['QueueURL']", "P0312", 'unknown attribute "QueueURL" of orders',
     "AWS::SQS::Queue has QueueUrl", 'did you mean "orders.QueueUrl"?'),
    ("main.id", "P0312", 'unknown attribute "id" of main',
     "AWS::EC2::Subnet has SubnetId (the identifier)", 'did you mean "main.SubnetId" (the identifier)?'),
    ("subnet['a'].id", "P0312", 'unknown attribute "id" of subnet["a"]',
     "AWS::EC2::Subnet has SubnetId (the identifier)", 'did you mean "subnet["a"].SubnetId" (the identifier)?'),
    ("main.vpc_id", "P0312", 'unknown attribute "vpc_id" of main',
     "AWS::EC2::Subnet has VpcId", 'did you mean "main.VpcId"?'),
    ("main.Cidr", "P0312", 'unknown attribute "Cidr" of main',
     "AWS::EC2::Subnet has CidrBlock", 'did you mean "main.CidrBlock"?'),
    ("orders.Zzz", "P0312", 'unknown attribute "Zzz" of orders',
     "AWS::SQS::Queue has Arn, QueueName, QueueUrl", ""),
    ("orders.?QueueURL.orValue('')", "P0312", 'unknown attribute "QueueURL" of orders',
     "AWS::SQS::Queue has QueueUrl", 'did you mean "orders.QueueUrl"?'),
    ("has(orders.Nope)", "P0312", 'unknown attribute "Nope" of orders',
     "AWS::SQS::Queue has Arn, QueueName, QueueUrl", ""),
    ("inputs.replica", "P0310", 'unknown input "replica"', "inputs has replicas", 'did you mean "inputs.replicas"?'),
    ("order.QueueUrl", "P0310", 'unknown name "order"', "no resource has this name", 'did you mean "orders"?'),
    ("subnet.SubnetId", "P0312", "subnet is repeated: it is a map by key", "which of subnet?",
     "write subnet[each.key].SubnetId, or values(subnet).map(x, x.SubnetId)"),
    ("nat.SubnetId", "P0315", "nat may be disabled", "", "write nat.?SubnetId.orValue(...)"),
    ("inputs.waf.size()", "P0315", "inputs.waf may be null", "", "guard it: inputs.waf != null ? ... : ..."),
    ("inputs.waf + 'x'", "P0315", "inputs.waf may be null", "", "guard it: inputs.waf != null ? ... : ..."),
    ("each.value * 1.5", "P0314", "int * double is not defined", "",
     "CEL does not mix int and double: write double(x), or 1.0 for 1"),
    ("'n' + each.value", "P0314", "string + int is not defined", "", "write string(x) for the int"),
    ("orders.QueueUrl == 1", "P0314", "string and int are never equal", "", ""),
    ("1 in ['a']", "P0314", "int in list<string> is not defined", "",
     "in looks for a key in a map, or an item of its type in a list"),
    ("orders.QueueUrl ? 1 : 2", "P0318", "a condition is a bool, not a string", "", ""),
    ("[1].filter(x, x)", "P0318", "a condition is a bool, not an int", "", ""),
    ("orders.QueueUrl.foo", "P0316", "orders.QueueUrl is a string, which has no members", "", ""),
    ("values(subnet).SubnetId", "P0316", "values(subnet) is a list<AWS::EC2::Subnet>, which has no members", "",
     "write values(subnet)[0].SubnetId, or values(subnet).map(x, x.SubnetId)"),
    ("[1]['a']", "P0327", "the index of a list is an int, not a string", "", ""),
    ("subnet[0]", "P0327", "a key is a string, not an int", "", ""),
    ("size(1)", "P0313", "size is not defined for int", "", "write size(string) or size(bytes) or size(list<A>)"),
    ("'a'.contains(1)", "P0313", "contains takes a string here, not an int", "", "write string.contains(string)"),
    ("cidr_subnet('a', 1)", "P0313", "cidr_subnet does not take 2 arguments", "", "write cidr_subnet(string, int, int)"),
    ("inputs.?waf", "P0326", "an optional<string> is no value of a property", "", "end it with .orValue(x)"),
    ("b'a'", "P0326", "bytes is no value of a property", "", "write base64(x), or string(x)"),
    ("'a'.matches('(')", "P0323", "'(' is no pattern: a ( without its )", "", ""),
    ("each.value.map(x, x)", "P0314", "map is of a list or a map, not of an int", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "summary", "label", "help"), PROBLEMS, ids=[row[0] for row in PROBLEMS])
def test_problems(text: str, code: str, summary: str, label: str, help: str) -> None:
    found = checked(text).problems
    assert len(found) == 1, found
    first = found[0].diagnostic
    assert (first.code, first.summary, first.label, dict(first.notes).get("help", "")) == (code, summary, label, help)


def test_all_problems_of_an_expression_come_together() -> None:
    found = checked("orders.QueueURL + main.id + nope(1) + inputs.waf").problems
    assert [item.diagnostic.code for item in found] == ["P0312", "P0312", "P0311", "P0315"]


def test_the_caret_stands_below_the_whole_reference() -> None:
    text = "url: ${orders.QueueURL}"
    template = parse_template(text)
    assert isinstance(template, Template)
    found = check_template(template, Types())
    assert describe(found.type) == "string"
    assert text[found.problems[0].start : found.problems[0].end] == "orders.QueueURL"


IN_TEXT = [
    ("x ${subnet}", "subnet is a map<AWS::EC2::Subnet>, which has no form inside text", "write to_json(subnet)"),
    ("x ${main}", "main is AWS::EC2::Subnet, which has no form inside text", 'did you mean "main.SubnetId"?'),
    ("x ${inputs.waf}", "inputs.waf may be null", 'write inputs.waf != null ? inputs.waf : "..."'),
    ("x ${inputs.?waf}", "inputs.?waf is an optional<string>, which has no form inside text", "end it with .orValue(x)"),
]


@pytest.mark.parametrize(("text", "summary", "help"), IN_TEXT)
def test_what_has_no_form_inside_text(text: str, summary: str, help: str) -> None:
    template = parse_template(text)
    assert isinstance(template, Template)
    found = check_template(template, Types()).problems
    assert [(item.diagnostic.summary, dict(item.diagnostic.notes)["help"]) for item in found] == [(summary, help)]
