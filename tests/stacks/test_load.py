"""From files to stacks."""

from __future__ import annotations

from engine.expressions import Template
from tests.stacks.support import good, loaded, told

SHOP = """\
stack: shop
inputs:
  size: {type: integer, default: 2, minimum: 1}
  zones: {type: map, items: {type: integer}, default: {a: 0, b: 1}}
locals:
  prefix: shop-${inputs.size}
resources:
  orders:
    type: Memory::Thing
    properties:
      Name: ${locals.prefix}
      Size: ${inputs.size}
  many:
    type: Memory::Thing
    for_each: ${inputs.zones}
    properties:
      Name: n-${each.key}
      Value: ${orders.Id}
outputs:
  id: ${orders.Id}
  all: ${values(many).map(m, m.Id)}
"""


def test_a_file_with_inputs_resources_and_outputs_becomes_a_stack() -> None:
    stack = good(SHOP).stacks.stacks["shop"]
    assert stack.inputs == {"size": 2, "zones": {"a": 0, "b": 1}}
    assert list(stack.declarations) == ["orders", "many"]
    orders = stack.declarations["orders"]
    assert (orders.type, orders.provider, orders.line, orders.column) == ("Memory::Thing", "memory", 8, 3)
    assert isinstance(orders.inputs["Size"], Template)
    assert stack.providers["memory"].implicit
    assert list(stack.outputs) == ["id", "all"]


def test_an_unknown_attribute_is_told_in_the_form_of_the_page() -> None:
    text = SHOP.replace("Value: ${orders.Id}", 'Value: "${orders.ID}"')
    assert told(loaded(text)) == (
        'error[P0312]: unknown attribute "ID" of orders\n'
        "  --> stacks/shop.plumb.yaml:18:17\n"
        "   |\n"
        '18 |       Value: "${orders.ID}"\n'
        "   |                 ^^^^^^^^^ Memory::Thing has Id\n"
        "   |\n"
        "   = declared: orders at stacks/shop.plumb.yaml:8:3\n"
        '   = help:     did you mean "orders.Id"?\n'
        "1 error in 1 of 2 files. Nothing was planned.\n"
    )


def test_a_misspelt_mark_of_an_output_does_not_slip_by() -> None:
    text = SHOP + "  key: {value: x, sensitiv: true}\n"
    assert 'did you mean "sensitive"?' in told(loaded(text))
    plain = SHOP + "  tree: {value: x, other: y}\n"
    assert good(plain).stacks.stacks["shop"].outputs["tree"].value == {"value": "x", "other": "y"}


def test_the_locator_finds_what_stands_in_another_file_of_the_stack() -> None:
    files = {"stacks/a.plumb.yaml": SHOP, "stacks/b.plumb.yaml": "stack: shop\n\nlocals:\n  late: x\n"}
    stack = good(files).stacks.stacks["shop"]
    assert str(stack.locator(stack.file, ("locals", "late"))) == "stacks/b.plumb.yaml:4:9"
    assert str(stack.locator(stack.file, ("resources", "orders", "properties", "Size"), 2, 13)) == "stacks/a.plumb.yaml:12:15"


def test_a_pattern_that_is_none_is_told_once() -> None:
    shown = told(loaded("stack: shop\ninputs: {a: {pattern: '(', default: x}}\n"))
    assert shown.count("P0204") == 1
