"""The `plumb` command: nothing is imported that the verb at hand does not need."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Sequence
from typing import Any

import click

from console.argv import normalized

VERBS: dict[str, str] = {
    "init": "Write the starter files, and say the next command",
    "validate": "Check every stack file; asks no cloud",
    "plan": "Show what an apply would do",
    "apply": "Make it so",
    "destroy": "Delete everything of a stack",
    "drift": "Show what has changed behind Plumb's back",
    "status": "Each stack: commit, health, drift, next check",
    "output": "The outputs of a stack",
    "show": "A saved plan, or one resource: desired, recorded, live, history",
    "why": "Why a resource is as it is: the chain of causes",
    "graph": "Who waits for whom",
    "history": "What was done, when, by whom, with what result",
    "suspend": "Tell the controller to leave a stack alone",
    "resume": "Tell the controller to go on",
    "reconcile": "Tell the controller to look now",
    "state": "What is recorded: list, show, mv, rm, verify",
    "types": "The types that are served, their attributes, what replaces",
    "schema": "A JSON Schema of stack files, for editors",
    "eval": "Evaluate an expression",
    "sandbox": "A cloud on your own machine: up, down, status",
    "controller": "Follow a branch: plan, apply, heal",
    "completion": "A completion script for your shell",
    "version": "The version",
}

ELSEWHERE: dict[str, str] = {
    "up": "plumb apply",
    "preview": "plumb plan",
    "sync": "plumb apply",
    "console": "plumb eval EXPRESSION",
    "refresh": "plumb plan --refresh-only",
    "taint": "plumb plan --replace ADDRESS",
    "untaint": "nothing is ever tainted; plumb plan shows what there is to do",
    "workspace": "environments: plumb plan --env NAME",
    "force-unlock": "there is no lock to break: leases expire; `plumb status` names the holder",
    "get": "plumb status",
    "rollback": "git revert COMMIT, then plumb apply",
    "revert": "git revert COMMIT, then plumb apply",
    "diff": "plumb plan",
    "delete": "plumb destroy",
    "bootstrap": "plumb controller run",
    "new": "plumb init",
    "login": "credentials are those of your cloud's own tools",
    "fmt": "there is no formatter yet: stack files are plain YAML",
    "import": "`import: IDENTITY` on the resource in its stack file, then plumb plan",
}


COLLECT = (100_000, 50, 1_000)
"""When Python looks for circles of garbage. A plan is a large tree that lives to the end and has none: a sixth of its time
went into looking through it again and again."""


class Verbs(click.Group):
    """The verbs by name, each imported from `console.commands` when it is first wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"console.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Without importing a single verb."""
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name in ELSEWHERE:
            raise click.UsageError(f"{name}: {ELSEWHERE[name]}")
        if name and not name.startswith("-") and name not in VERBS:
            raise click.UsageError(_unknown(name))
        return super().resolve_command(ctx, args)


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, VERBS, n=1)
    return f'there is no command "{name}"' + (f'; did you mean "{near[0]}"?' if near else "; plumb --help lists them")


@click.group(
    cls=Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    help="A plan/apply engine driven from Git: infrastructure and Kubernetes workloads in one graph.",
)
@click.version_option(package_name="plumb-engine", prog_name="plumb")
def root() -> None:
    pass


def spelled(arguments: Sequence[str]) -> list[str]:
    """The arguments with Terraform's spelling read as click's; the verb's own options decide what a word means."""
    words = list(arguments)
    name = next((word for word in words if not word.startswith("-")), "")
    if name not in VERBS:
        return words
    command = root.get_command(click.Context(root), name)
    place = words.index(name)
    if isinstance(command, click.Group):
        inner = next((word for word in words[place + 1 :] if not word.startswith("-")), "")
        command = command.commands.get(inner, command)
    assert command is not None
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    long = [word.lstrip("-") for option in options for word in (*option.opts, *option.secondary_opts) if word[:2] == "--"]
    flags = [word.lstrip("-") for option in options if option.is_flag for word in (*option.opts, *option.secondary_opts)]
    return words[: place + 1] + normalized(words[place + 1 :], long, flags)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command and ends the process with its exit status (UX.md section 1)."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """The exit status: 0 done, 1 error, 2 changes (on request), 3 a person must decide, 130 interrupted."""
    _log()
    gc.set_threshold(*COLLECT)
    try:
        result: Any = root.main(args=spelled(arguments), prog_name="plumb", standalone_mode=False)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.UsageError as error:
        return _misuse(error)
    except click.ClickException as error:
        click.echo(f"error: {error.format_message()}", err=True)
        return 1
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return 130
    except BrokenPipeError:
        return _closed_pipe()
    except Exception as error:  # noqa: BLE001 - the last place where a traceback can be kept from a person
        return _failed(error)
    return result if isinstance(result, int) else 0


def _log() -> None:
    """PLUMB_LOG=debug|info|warning: what the parts of Plumb have to say, on standard error."""
    import os

    level = os.environ.get("PLUMB_LOG", "")
    if level:
        from console.log import start

        start(level)


def _misuse(error: click.UsageError) -> int:
    """One clear line. The click library would end it with 2."""
    click.echo(f"error: {error.format_message()}", err=True)
    if error.ctx is not None and error.ctx.command is not root:
        click.echo(f"       {error.ctx.command_path} --help shows how it is used", err=True)
    return 1


def _closed_pipe() -> int:
    """Whoever read our output has left."""
    import os

    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    return 1


def _failed(error: Exception) -> int:
    """What a verb raised on purpose is told as diagnostics; what it did not is a bug, told without a traceback."""
    from console.failing import tell

    return tell(error)


if __name__ == "__main__":
    main()
