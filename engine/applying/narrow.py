"""The one thing an apply decides: a change may become smaller once values are known, never larger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from engine.plan import Act, Change
from providers.contract.observation import Live
from providers.contract.proposal import Action, Proposal
from providers.contract.values import Secret, Unknown, Value, render_path, reveal


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Wider than what was reviewed: a person has to look (exit status 3)."""

    reason: str


Narrowed: TypeAlias = Action | Stop


def narrow(change: Change, known: dict[str, Value], proposal: Proposal, live: Live | None) -> Narrowed:
    """What may be done now that the inputs are known and the object was looked at again.

    replace > update > none; create, or adopt what is ours. Pure.
    """
    if change.desired is not None and not agrees(change.desired, known):
        return Stop(reason="its inputs turned out otherwise than planned")
    if change.act in (Act.CREATE, Act.REPLACE):
        return Action.CREATE
    if change.live is not None and live is None:
        return Stop(reason="it is gone since the plan was made")
    if change.live is not None and live is not None and _another(change.live, live):
        return Stop(reason="another object stands in its place since the plan was made")
    if proposal.action is Action.REPLACE:
        paths = ", ".join(render_path(path) for path in proposal.replaces)
        return Stop(reason=f"it would have to be replaced now ({paths}), and only an update was planned")
    if proposal.action is Action.UPDATE:
        return _update(change, proposal)
    return Action.NONE


def _update(change: Change, proposal: Proposal) -> Narrowed:
    """Every leaf that differs now was seen to differ by the plan, or lies where the plan had an unknown."""
    planned = [field.path for field in change.fields]
    for item in proposal.differences:
        if not any(_meet(item.path, path) for path in planned):
            return Stop(reason=f"{render_path(item.path)} has changed since the plan was made")
    for item in proposal.differences:
        for field in change.fields:
            if field.path == item.path and not _same(field.before, item.before):
                return Stop(reason=f"{render_path(item.path)} has changed since the plan was made")
    return Action.UPDATE


def _meet(one: tuple[str | int, ...], other: tuple[str | int, ...]) -> bool:
    return all(left == right for left, right in zip(one, other))


def _another(before: Live, now: Live) -> bool:
    return before.identity != now.identity or bool(before.uid and now.uid and before.uid != now.uid)


def _same(before: Value, now: Value) -> bool:
    return isinstance(before, Unknown) or reveal(before) == reveal(now)


def agrees(planned: Value, known: Value) -> bool:
    """True where every leaf that the plan knew is so; an Unknown of the plan may have become anything."""
    if isinstance(planned, Unknown):
        return True
    if isinstance(planned, Secret):
        return reveal(planned) == reveal(known) or isinstance(planned.value, Unknown)
    if isinstance(planned, dict):
        if not isinstance(known, dict):
            return False
        return all(agrees(item, known.get(key)) for key, item in planned.items()) and all(key in planned for key in known)
    if isinstance(planned, list):
        if not isinstance(known, list):
            return False
        if len(planned) != len(known):
            return any(isinstance(item, Unknown) for item in planned)
        return all(agrees(item, now) for item, now in zip(planned, known))
    return planned == reveal(known)
