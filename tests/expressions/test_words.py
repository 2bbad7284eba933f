"""Words of other tools, and names that may not be declared."""

from __future__ import annotations

import pytest

from engine.expressions import Problem, check, name_problem, parse, suggested_name, words
from tests.expressions.scopes import Types

WORDS = [
    ("var.x", '"var" is of Terraform', "an input is inputs.NAME", "var"),
    ("local.x + 1", '"local" is of Terraform', "a local is locals.NAME", "local"),
    ("data.aws_ami.x.id", '"data" is of Terraform', "a resource with read: is referenced bare, as NAME.Attribute", "data"),
    ("module.net.vpc", '"module" is of Terraform', "an output of another stack is stacks.STACK.OUTPUT", "module"),
    ("count.index", '"count" is of Terraform',
     "repeat with for_each over a map; its parts are each.key and each.value", "count"),
    ("aws_subnet.main.id", '"aws_subnet.NAME" is of Terraform',
     "a resource is referenced by its name alone: NAME.Attribute", "aws_subnet"),
    ("jsonencode({})", '"jsonencode" is of Terraform', "write to_json(x)", "jsonencode"),
    ("jsondecode('')", '"jsondecode" is of Terraform', "write from_json(text)", "jsondecode"),
    ("length([])", '"length" is of Terraform', "write size(x)", "length"),
    ("lookup({}, 'a')", '"lookup" is of Terraform', "write map[?key].orValue(default)", "lookup"),
    ("element([1], 0)", '"element" is of Terraform', "write list[index]", "element"),
    ("concat([1], [2])", '"concat" is of Terraform', "write a + b", "concat"),
    ("tostring(1)", '"tostring" is of Terraform', "write string(x)", "tostring"),
    ("join(',', ['a'])", 'unknown function "join"', "write list<string>.join() or list<string>.join(string)", "join"),
    ("main[*].id", "[*] is of Terraform",
     "write list.map(x, x.field), for a repeated resource values(NAME).map(x, x.field)", "*"),
    ("main.*.id", "[*] is of Terraform",
     "write list.map(x, x.field), for a repeated resource values(NAME).map(x, x.field)", "*"),
    ("main.0.id", "numbering by position is of Terraform",
     "a repeated resource is a map by key: NAME[each.key].Attribute", ".0"),
    ("[for x in inputs.any : x]", '"for" is of Terraform', "write list.map(x, ...), or list.filter(x, ...)", "for"),
    ("{for k, v in inputs.any : k => v}", '"for" is of Terraform', "write list.map(x, ...), or list.filter(x, ...)", "for"),
    ("{'a' => 1}", '"=>" is of Terraform', "a mapping is {key: value}; build one with transformMap(key, value, ...)", "=>"),
    ("{a = 1}", "unexpected =", "CEL compares with ==; a mapping is {key: value}", "="),
    ("true and false", '"and" is of Python', "CEL writes &&", "and"),
    ("true or false", '"or" is of Python', "CEL writes ||", "or"),
    ("not true", '"not" is of Python', "CEL writes !", "not"),
    ("1 if true else 2", '"if" is not of CEL', "write condition ? a : b", "if"),
    ("Ref('a')", '"Ref" is of CloudFormation', "an input is inputs.NAME, a resource NAME.Attribute", "Ref"),
    ("!Ref main", "tags such as !Ref and !GetAtt are of CloudFormation",
     "an input is inputs.NAME, a resource NAME.Attribute", "Ref"),
    ("!GetAtt main.Arn", "tags such as !Ref and !GetAtt are of CloudFormation",
     "an input is inputs.NAME, a resource NAME.Attribute", "GetAtt"),
    ("!Sub 'x'", "tags such as !Ref and !GetAtt are of CloudFormation",
     "an input is inputs.NAME, a resource NAME.Attribute", "Sub"),
    ("Fn::GetAtt(main)", '"Fn::" is of CloudFormation', "write NAME.Attribute; functions are called as f(x)", "Fn"),
    ("AWS::Region", "pseudo parameters are of CloudFormation",
     "write provider.region, provider.account_id, provider.partition", "AWS"),
    ("'a-${main.id}'", "${ inside a text of an expression",
     'join with +: "a-" + inputs.x; a literal ${ is written "\\u0024{"', "${"),
    ("each.value * 1.5", "int * double is not defined",
     "CEL does not mix int and double: write double(x), or 1.0 for 1", "each.value * 1.5"),
    (".Values.image", '".Values" is of Helm', "an input is inputs.NAME", "Values"),
    ("inputs.any ?? 1", "?? is of JavaScript", "write x.?field.orValue(value)", "?"),
    ("inputs?.any", "?. is of JavaScript", "write x.?field", "?"),
    ("len([])", '"len" is of Python', "write size(x)", "len"),
    ("None", '"None" is of Python', "write null", "None"),
    ("now()", "expressions have no clock", "pass the time as an input", "now"),
    ("env.HOME", "expressions do not see the environment", "declare an input; PLUMB_VAR_name sets it", "env"),
    ("inputs.any & 1", "unexpected &", "CEL writes &&", "&"),
    ("inputs.any | upper", "unexpected |", "CEL writes ||", "|"),
    ("“a”", "“ is a typographic quotation mark", "write \" or '", "“"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "summary", "help", "place"), WORDS, ids=[row[0] for row in WORDS])
def test_words_of_other_tools(text: str, summary: str, help: str, place: str) -> None:
    node = parse(text)
    found = [node] if isinstance(node, Problem) else check(node, Types()).problems
    assert len(found) == 1, found
    first = found[0]
    assert (first.diagnostic.summary, dict(first.diagnostic.notes).get("help", "")) == (summary, help)
    assert text[first.start : first.end] == place


def test_every_word_has_one_line() -> None:
    tables = (words.ROOTS, words.FUNCTIONS, words.METHODS, words.SYNTAX, words.YAML)
    for summary, help in (word for table in tables for word in table.values()):
        assert summary
        assert help
        assert "\n" not in summary + help
        assert not summary.endswith(".")


REFUSED = [
    ("resource", "namespace", "P0331", "ns"),
    ("resource", "function", "P0331", "handler"),
    ("resource", "inputs", "P0331", "settings"),
    ("resource", "string", "P0331", "text"),
    ("resource", "exists", "P0331", "my_exists"),
    ("input", "in", "P0331", "inside"),
    ("output", "null", "P0331", "nothing"),
    ("resource", "cert-manager", "P0330", "cert_manager"),
    ("input", "VpcId", "P0330", "vpc_id"),
    ("local", "9lives", "P0330", "lives"),
]


@pytest.mark.parametrize(("kind", "name", "code", "better"), REFUSED)
def test_refused_names(kind: str, name: str, code: str, better: str) -> None:
    found = name_problem(kind, name)
    assert found is not None
    assert found.code == code
    assert found.notes == (("help", f'call it "{better}"'),)
    assert name_problem(kind, better) is None


@pytest.mark.parametrize(
    ("kind", "name"),
    [("resource", "orders"), ("input", "namespace"), ("local", "function"), ("output", "string"), ("file", "inputs"),
     ("resource", "web_2"), ("stack", "shop")],
)  # fmt: skip
def test_allowed_names(kind: str, name: str) -> None:
    assert name_problem(kind, name) is None


def test_a_name_without_letters_has_no_suggestion() -> None:
    assert suggested_name("---") == ""
    found = name_problem("resource", "42")
    assert found is not None
    assert found.notes == ()
