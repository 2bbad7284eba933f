"""The exact text of a few plans."""

from __future__ import annotations

from tests.console.support import Repository, settled

FIRST = """\
env dev · memory memory-account · state sqlite:STATE/plumb/test-repository/dev/journal.db, NEW · uncommitted

+ shop.db                                 Memory::Store             create
    declared, stacks/shop.plumb.yaml:15
      Name        db
      Labels.net  (known after apply)   # from shop.net.Id
      Arn         (known after apply)
      CreatedBy   (known after apply)
      Double      (known after apply)
      Endpoint    (known after apply)
      Generation  (known after apply)
      Id          (known after apply)
      Key         (known after apply)
      Status      (known after apply)
"""

LAST = """\
Outputs:
  + shop.net  (known after apply)

Plan: 4 to create.
digest DIGEST · 1 object read TIME ago · 0 unreadable · 0 unresolved · 3 values known after apply · uncommitted
"""

CHANGED = """\
env dev · memory memory-account · state sqlite:STATE/plumb/test-repository/dev/journal.db, last apply TIME ago · uncommitted

! shop.net                                Memory::Thing             REPLACE, create first, then delete
    config, stacks/shop.plumb.yaml:8
    ~ Zone  east -> west   # forces replacement, stacks/shop.plumb.yaml:10

- shop.sub[b]                             Memory::Thing             DELETE
    no longer declared

~ shop.db                                 Memory::Store             update
    config, stacks/shop.plumb.yaml:15
    ~ Labels.net  thing-00000001 -> (known after apply)   # from shop.net.Id, stacks/shop.plumb.yaml:17

~ shop.sub[a]                             Memory::Thing             update
    config, stacks/shop.plumb.yaml:11
    ~ Value  thing-00000001 -> (known after apply)   # from shop.net.Id, stacks/shop.plumb.yaml:14

Outputs:
  ~ shop.net  thing-00000001 -> (known after apply)

1 replaced · 1 deleted · 2 to update
Plan: 2 to update, 1 to replace, 1 to delete.
digest DIGEST · 4 objects read TIME ago · 0 unreadable · 0 unresolved · 2 values known after apply · uncommitted
"""

NOTHING = """\
env dev · memory memory-account · state sqlite:STATE/plumb/test-repository/dev/journal.db, last apply TIME ago · uncommitted

Plan: nothing to do. 4 unchanged.
digest DIGEST · 4 objects read TIME ago · 0 unreadable · 0 unresolved · uncommitted
"""


def test_the_first_plan(repository: Repository) -> None:
    found = settled(repository.good("plan").out, repository)
    assert found.startswith(FIRST)
    assert found.endswith(LAST)


def test_a_plan_with_changes(applied: Repository) -> None:
    applied.edit("stacks/shop.plumb.yaml", "Zone: east", "Zone: west")
    applied.edit("stacks/shop.plumb.yaml", "{a: 1, b: 2}", "{a: 1}")
    assert settled(applied.good("plan").out, applied) == CHANGED


def test_nothing_to_do(applied: Repository) -> None:
    assert settled(applied.good("plan").out, applied) == NOTHING


def test_equal_changes_are_one_entry(applied: Repository) -> None:
    applied.edit("stacks/shop.plumb.yaml", 'Value: "${net.Id}"', "Value: fixed")
    first = "~ shop.sub[a] shop.sub[b]  (the same on 2)  Memory::Thing             update"
    found = applied.good("plan").out.splitlines()
    assert any(line == first or line.startswith("~ shop.sub[a]") for line in found)


def test_what_comes_back_empty_stands_first(applied: Repository) -> None:
    applied.edit("stacks/shop.plumb.yaml", "Name: db, Labels", "Name: db, Zone: west, Labels")
    applied.edit("stacks/shop.plumb.yaml", "Name: net, Size", "Name: net, Fixed: x, Size")
    lines = applied.good("plan").lines
    assert "comes back EMPTY" in lines[2]
    assert lines[2].startswith("! shop.db")


def test_texts_of_several_lines_are_compared_line_by_line(applied: Repository) -> None:
    applied.edit("stacks/shop.plumb.yaml", 'Value: "${net.Id}"', 'Value: "one\\ntwo\\nthree\\n"')
    applied.good("apply", "-y", "-q")
    applied.edit("stacks/shop.plumb.yaml", "one\\ntwo\\nthree", "one\\n2\\nthree")
    out = applied.good("plan").out
    assert "        -two\n        +2\n" in out


def test_no_colour_codes_without_a_terminal(applied: Repository) -> None:
    assert "\x1b" not in applied.good("plan").out
    assert "\x1b" in applied.good("plan", "--color", "always").out
    applied.environ["FORCE_COLOR"] = "1"
    assert "\x1b" in applied.good("plan").out
    applied.environ["NO_COLOR"] = "1"
    assert "\x1b" not in applied.good("plan").out


def test_control_characters_of_a_cloud_are_no_commands_to_a_terminal(repository: Repository) -> None:
    repository.edit("stacks/shop.plumb.yaml", "Name: net,", 'Name: "a\\x1b[2Jb",')
    assert "\x1b" not in repository.good("plan").out


def test_what_goes_with_its_cluster_has_not_drifted(repository: Repository) -> None:
    stack = (
        "stack: c\nproviders:\n  memory: {path: ./world.db}\n"
        '  inner: {type: memory, path: ./world.db, cluster: "${boss}"}\nresources:\n'
        "  boss: {type: Memory::Cluster, properties: {Name: boss}}\n"
        "  app: {type: Memory::Thing, provider: inner, properties: {Name: app}}\n"
    )
    repository.write("stacks/shop.plumb.yaml", stack)
    assert "memory on c.boss (to be created)" in repository.good("plan").lines[0]
    repository.good("apply", "-y", "-q")
    repository.edit("stacks/shop.plumb.yaml", "Name: boss", "Name: boss, Zone: x")
    text = repository.good("plan").out
    assert "c.boss is replaced, stacks/shop.plumb.yaml:7" in text
    assert "1 replaced · 1 to create" in text
    assert "drift" not in text


def test_a_stack_that_vanished_from_the_files(applied: Repository) -> None:
    applied.write("stacks/other.plumb.yaml", "stack: other\n")
    (applied.root / "stacks/shop.plumb.yaml").unlink()
    text = applied.good("plan").out
    assert "stack shop removed: 4 to delete" in text
    assert text.index("DELETE, with the data it holds") < text.index("- shop.net")


def test_moved_retained_and_graced(applied: Repository) -> None:
    applied.edit(
        "stacks/shop.plumb.yaml", "    type: Memory::Store\n", "    type: Memory::Store\n    lifecycle: {on_delete: retain}\n"
    )
    applied.good("apply", "-y", "-q")
    text = (applied.root / "stacks/shop.plumb.yaml").read_text()
    start, end = text.index("  db:"), text.index("outputs:")
    applied.write("stacks/shop.plumb.yaml", text[:start] + text[end:] + "moved: [{from: sub, to: subs}]\n")
    applied.edit("stacks/shop.plumb.yaml", "  sub:", "  subs:")
    text = applied.good("plan").out
    assert "keep it alive, no longer declared" in text
    assert "was shop.sub[a], stacks/shop.plumb.yaml:11" in text
    assert "Plan: 2 to move, 1 to keep alive. 1 unchanged." in text
