"""The pages: the generated ones are up to date, the tutorial runs from top to bottom, links lead somewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from docs.generate import pages
from examples.stage import own_environment
from sandbox.runtime import SandboxInfo
from tests.examples.place import EXAMPLES, place

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", sorted(pages()))
def test_generated_pages_are_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text() == pages()[name], "run `make docs`"


@pytest.mark.parametrize("path", sorted([*DOCS.glob("*.md"), ROOT / "README.md"]), ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    found = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text())
    assert [link for link in found if not (path.parent / link).exists()] == []


@dataclass(frozen=True, slots=True)
class Command:
    words: str
    status: int
    shows: list[str] = field(default_factory=list)


def commands(block: str) -> Iterator[Command]:
    """Of a console block: what stands after `$`, with the output that follows it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        words, *shows = part.rstrip("\n").split("\n")
        written, _, status = words.partition("  # status ")
        yield Command(written, int(status or 0), shows)


def matches(shows: list[str], output: str) -> bool:
    """`...` alone is any number of lines, in a line any text."""
    if not shows:
        return True
    pattern = ""
    for line in shows:
        pattern += "(?:.*\n)*?" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") + "\n"
    return re.fullmatch(pattern, output if output.endswith("\n") or not output else output + "\n") is not None


@pytest.mark.sandbox
def test_the_tutorial(tmp_path: Path) -> None:
    """In a place of its own, with a sandbox that it starts and ends itself."""
    if shutil.which("bash") is None:
        pytest.skip("there is no bash")
    for part in ("home", "run"):
        (tmp_path / part).mkdir(mode=0o700)
    here, environ = tmp_path, {**own_environment(tmp_path), "PYTHONPATH": str(ROOT)}
    try:
        for kind, name, text in BLOCK.findall((DOCS / "tutorial.md").read_text()):
            if name:
                (here / name).write_text(text)
            elif kind == "console":
                for command in commands(text):
                    if command.words.startswith("cd "):
                        here = here / command.words.removeprefix("cd ")
                    else:
                        run(command, here, environ)
    finally:
        subprocess.run(["plumb", "sandbox", "down"], cwd=tmp_path, env=environ, capture_output=True, check=False, timeout=60)


def run(command: Command, place: Path, environ: dict[str, str]) -> None:
    done = subprocess.run(
        ["bash", "-c", command.words],
        cwd=place,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == command.status, f"$ {command.words}\n{done.stdout}"
    assert matches(command.shows, done.stdout), f"$ {command.words}\n{done.stdout}\nis not\n" + "\n".join(command.shows)


def test_the_stack_of_the_readme(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "README.md").read_text()
    kind, _, written = BLOCK.findall(text)[1]
    assert kind == "yaml"
    with place(EXAMPLES / "hello", tmp_path, capsys, None) as found:
        stack = found.repository / "stacks" / "hello.plumb.yaml"
        stack.write_text(written)
        found.plumb("validate").ok()
        stack.write_text(written.replace("QueueUrl", "QueueURL"))
        told = found.plumb("validate").ok(1).text
    assert told.partition("1 error")[0] in text


def test_matching() -> None:
    assert matches(["a", "...", "b ... d"], "a\n1\n2\nb c d\n")
    assert not matches(["a", "b"], "a\n1\nb\n")


def test_the_sandbox_is_told_by_its_file() -> None:
    """The tutorial's script reads these names."""
    assert {"endpoint", "region", "access_key", "secret_key"} <= set(SandboxInfo.__dataclass_fields__)


@pytest.mark.parametrize("path", sorted([*DOCS.glob("*.md"), ROOT / "README.md"]), ids=lambda path: path.name)
def test_commands_in_the_text_exist(path: Path) -> None:
    """Every `plumb VERB --option` in code: the verb and its options are there."""
    text = path.read_text()
    code = [*re.findall(r"^```.*?^```$", text, re.MULTILINE | re.DOTALL), *re.findall(r"`([^`\n]+)`", text)]
    wrong = [
        line for part in code for line in re.findall(r"(?<![-/.\w])plumb [a-z][^\n`#|>]*", part) if unknown(line.split()[1:])
    ]
    assert wrong == []


def unknown(words: list[str]) -> bool:
    import click

    from console.main import VERBS, root

    if words[0] not in VERBS:
        return True
    command = root.get_command(click.Context(root), words[0])
    if isinstance(command, click.Group):
        choices = words[1].split("\\|") if len(words) > 1 else []
        if not all(choice in command.commands for choice in choices):
            return True
        command = command.commands[choices[0]] if choices else command
    assert command is not None
    known = {name for item in command.params for name in (*item.opts, *item.secondary_opts)} | {"--help"}
    return any(word.rstrip("`,.;)") not in known for word in words[1:] if word.startswith("--"))
