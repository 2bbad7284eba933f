"""Words of other tools, each with one line that says how it is written here.

`ROOTS`, `FUNCTIONS` and `SYNTAX` are met inside expressions; `YAML` by whoever reads the stack file (tags,
keys and scalars). Each entry is (summary, help).
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

Word: TypeAlias = tuple[str, str]

ROOTS: Final[dict[str, Word]] = {
    "var": ('"var" is of Terraform', "an input is inputs.NAME"),
    "local": ('"local" is of Terraform', "a local is locals.NAME"),
    "data": ('"data" is of Terraform', "a resource with read: is referenced bare, as NAME.Attribute"),
    "module": ('"module" is of Terraform', "an output of another stack is stacks.STACK.OUTPUT"),
    "count": ('"count" is of Terraform', "repeat with for_each over a map; its parts are each.key and each.value"),
    "path": ('"path" is of Terraform', "declare the file under files: and write files.NAME"),
    "terraform": ('"terraform" is of Terraform', "the environment is chosen with --env; declare an input for it"),
    "Ref": ('"Ref" is of CloudFormation', "an input is inputs.NAME, a resource NAME.Attribute"),
    "AWS": ("pseudo parameters are of CloudFormation", "write provider.region, provider.account_id, provider.partition"),
    "Fn": ('"Fn::" is of CloudFormation', "write NAME.Attribute; functions are called as f(x)"),
    "Values": ('".Values" is of Helm', "an input is inputs.NAME"),
    "Release": ('".Release" is of Helm', "an input is inputs.NAME"),
    "env": ("expressions do not see the environment", "declare an input; PLUMB_VAR_name sets it"),
    "True": ('"True" is of Python', "write true"),
    "False": ('"False" is of Python', "write false"),
    "None": ('"None" is of Python', "write null"),
    "nil": ('"nil" is of Go', "write null"),
    "undefined": ('"undefined" is of JavaScript', "write null"),
}

_METHOD_INSTEAD: Final = {
    "upper": "text.upperAscii()",
    "lower": "text.lowerAscii()",
    "trimspace": "text.trim()",
    "substr": "text.substring(start, end)",
    "startswith": "text.startsWith(prefix)",
    "endswith": "text.endsWith(suffix)",
    "strrev": "text.reverse()",
    "regex": "text.matches(pattern)",
    "regexall": "text.matches(pattern)",
}

_FUNCTION_INSTEAD: Final = {
    "jsonencode": "to_json(x)",
    "jsondecode": "from_json(text)",
    "yamlencode": "to_yaml(x)",
    "length": "size(x)",
    "lookup": "map[?key].orValue(default)",
    "element": "list[index]",
    "concat": "a + b",
    "tostring": "string(x)",
    "tonumber": "int(x), or double(x)",
    "tobool": "bool(x)",
    "toset": "distinct(list)",
    "tolist": "the list itself",
    "tomap": "the map itself",
    "base64encode": "base64(x)",
    "base64decode": "base64_decode(text)",
    "cidrsubnet": "cidr_subnet(cidr, bits, number)",
    "cidrsubnets": "cidr_subnet(cidr, bits, number)",
    "cidrhost": "cidr_host(cidr, number)",
    "setproduct": "product(a, b)",
    "zipmap": "zip(keys, values).index_by(p, p[0], p[1])",
    "coalesce": "a != null ? a : b",
    "compact": 'list.filter(x, x != null && x != "")',
    "can": "has(x.field), or x.?field.hasValue()",
    "try": "x.?field.orValue(default)",
    "one": "list[0]",
    "chunklist": "list.slice(start, end)",
    "templatefile": "declare the file under files:, and text with ${...} in the stack",
    "file": "declare the file under files: and write files.NAME",
    "filebase64": "declare the file under files: and write base64(files.NAME)",
    "fileset": "declare files: {NAME: {folder: ./path}} and write files.NAME",
}

FUNCTIONS: Final[dict[str, Word]] = {
    **{name: (f'"{name}" is of Terraform', f"write {text}") for name, text in _METHOD_INSTEAD.items()},
    **{name: (f'"{name}" is of Terraform', f"write {text}") for name, text in _FUNCTION_INSTEAD.items()},
    "len": ('"len" is of Python', "write size(x)"),
    "str": ('"str" is of Python', "write string(x)"),
    "float": ('"float" is of Python', "write double(x)"),
    "Ref": ('"Ref" is of CloudFormation', "an input is inputs.NAME, a resource NAME.Attribute"),
    "GetAtt": ('"GetAtt" is of CloudFormation', "write NAME.Attribute"),
    "Sub": ('"Sub" is of CloudFormation', 'write "text ${NAME.Attribute} text" in the stack file'),
    "now": ("expressions have no clock", "pass the time as an input"),
    "timestamp_now": ("expressions have no clock", "pass the time as an input"),
    "env": ("expressions do not see the environment", "declare an input; PLUMB_VAR_name sets it"),
    "getenv": ("expressions do not see the environment", "declare an input; PLUMB_VAR_name sets it"),
    "uuid": ("expressions have no randomness", "pass the value as an input"),
    "random": ("expressions have no randomness", "pass the value as an input"),
}

METHODS: Final[dict[str, Word]] = {
    "length": ('"length" is not of CEL', "write size(x)"),
    "upper": ('"upper" is not of CEL', "write text.upperAscii()"),
    "lower": ('"lower" is not of CEL', "write text.lowerAscii()"),
    "toUpperCase": ('"toUpperCase" is of JavaScript', "write text.upperAscii()"),
    "toLowerCase": ('"toLowerCase" is of JavaScript', "write text.lowerAscii()"),
    "startswith": ('"startswith" is of Python', "write text.startsWith(prefix)"),
    "endswith": ('"endswith" is of Python', "write text.endsWith(suffix)"),
    "strip": ('"strip" is of Python', "write text.trim()"),
    "includes": ('"includes" is of JavaScript', "write x in list, or text.contains(part)"),
    "items": ('"items" is of Python', "write map.transformList(key, value, ...)"),
    "get": ('"get" is of Python', "write map[?key].orValue(default)"),
    "apply": ('"apply" is of Pulumi', "an attribute is used directly: NAME.Attribute"),
}

SYNTAX: Final[dict[str, Word]] = {
    "splat": ("[*] is of Terraform", "write list.map(x, x.field), for a repeated resource values(NAME).map(x, x.field)"),
    "for": ('"for" is of Terraform', "write list.map(x, ...), or list.filter(x, ...)"),
    "if": ('"if" is not of CEL', "write condition ? a : b"),
    "and": ('"and" is of Python', "CEL writes &&"),
    "or": ('"or" is of Python', "CEL writes ||"),
    "not": ('"not" is of Python', "CEL writes !"),
    "is": ('"is" is of Python', "CEL writes =="),
    "eq": ('"eq" is of templates', "CEL writes =="),
    "default": ('"default" is of templates', "write x.?field.orValue(value)"),
    "tag": ("tags such as !Ref and !GetAtt are of CloudFormation", "an input is inputs.NAME, a resource NAME.Attribute"),
    "Fn": ROOTS["Fn"],
    "AWS": ROOTS["AWS"],
    "??": ("?? is of JavaScript", "write x.?field.orValue(value)"),
    "?.": ("?. is of JavaScript", "write x.?field"),
    "===": ("=== is of JavaScript", "CEL writes =="),
    "**": ("** is of Python", "CEL has no power operator"),
    "++": ("++ is not of CEL", "lists and texts are joined with one +"),
    "|": ("a pipe is of templates", "functions are called as f(x)"),
    "position": ("numbering by position is of Terraform", "a repeated resource is a map by key: NAME[each.key].Attribute"),
}

_REFERENCE: Final = "an input is ${inputs.NAME}, a resource ${NAME.Attribute}"
YAML: Final[dict[str, Word]] = {
    "!Ref": ("!Ref is of CloudFormation", _REFERENCE),
    "!GetAtt": ("!GetAtt is of CloudFormation", "write ${NAME.Attribute}"),
    "!Sub": ("!Sub is of CloudFormation", "text may hold ${NAME.Attribute} anywhere"),
    "!Join": ("!Join is of CloudFormation", 'write ${list.join(",")}'),
    "!Select": ("!Select is of CloudFormation", "write ${list[0]}"),
    "!Split": ("!Split is of CloudFormation", 'write ${text.split(",")}'),
    "!If": ("!If is of CloudFormation", "write ${condition ? a : b}"),
    "!Base64": ("!Base64 is of CloudFormation", "write ${base64(text)}"),
    "!Cidr": ("!Cidr is of CloudFormation", "write ${cidr_subnet(cidr, bits, number)}"),
    "!ImportValue": ("!ImportValue is of CloudFormation", "write ${stacks.STACK.OUTPUT}"),
    "!FindInMap": ("!FindInMap is of CloudFormation", "write ${locals.NAME[key]}"),
    "Ref": ("Ref is of CloudFormation", _REFERENCE),
    "Fn::GetAtt": ("Fn::GetAtt is of CloudFormation", "write ${NAME.Attribute}"),
    "Fn::Sub": ("Fn::Sub is of CloudFormation", "text may hold ${NAME.Attribute} anywhere"),
    "Fn::Join": ("Fn::Join is of CloudFormation", 'write ${list.join(",")}'),
    "Fn::Select": ("Fn::Select is of CloudFormation", "write ${list[0]}"),
    "Fn::If": ("Fn::If is of CloudFormation", "write ${condition ? a : b}"),
    "Fn::ImportValue": ("Fn::ImportValue is of CloudFormation", "write ${stacks.STACK.OUTPUT}"),
    "<<": ("merge keys (<<) are not of YAML 1.2", "write ${merge(locals.common, {...})}"),
    "{{": ("{{ }} is of templates", "write ${...}"),
}

MIXED_NUMBERS: Final = "CEL does not mix int and double: write double(x), or 1.0 for 1"

_TERRAFORM_TYPE: Final = re.compile(r"(aws|google|azurerm|kubernetes|helm|random|null|tls|local|archive)_[a-z][a-z0-9_]*\Z")


def root_word(name: str) -> Word | None:
    """The word for a root that is not declared, also for Terraform's `aws_subnet.a.id`."""
    if name in ROOTS:
        return ROOTS[name]
    if _TERRAFORM_TYPE.match(name):
        return (f'"{name}.NAME" is of Terraform', "a resource is referenced by its name alone: NAME.Attribute")
    return None


def mismatch(sign: str, left: str, right: str) -> Word:
    """Summary and help for an operator that is not defined for these types."""
    if sign == "in":
        return (f"{left} in {right} is not defined", "in looks for a key in a map, or an item of its type in a list")
    hint = ""
    if {left, right} == {"int", "double"}:
        hint = MIXED_NUMBERS
    elif sign == "+" and "string" in (left, right):
        hint = f"write string(x) for the {right if left == 'string' else left}"
    elif "null" in (left, right):
        hint = "guard it: x != null ? ... : ..."
    return (f"{left} {sign} {right} is not defined", hint)
