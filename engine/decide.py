"""The decision table: everything a decision looks at, and the first row that matches."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.plan import Act
from engine.records import Recorded, Role
from engine.stack import Adopt, Drift
from providers.contract.observation import Gone, Live, NotYet, Observation, Unreadable
from providers.contract.proposal import Action, Proposal


class Removal(StrEnum):
    """What a `removed` block says."""

    UNSAID = ""
    KEEP = "keep"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that a decision about one address looks at.

    `recorded` is the record that stands for the address, whatever its role but superseded. `same_place`: recorded
    under the same type in the same provider instance. `elsewhere` is the undeclared address whose record has the
    identity that is declared here. `proposal` is against the live object, or against nothing. `ours`: the live
    object carries the owner tags of this address. `held_data`: a generation at this address held data.
    `now` in seconds since the epoch.
    """

    desired: bool
    observation: Observation
    recorded: Recorded | None = None
    same_place: bool = True
    elsewhere: str = ""
    open_intent: bool = False
    proposal: Proposal | None = None
    adopt: Adopt = Adopt.REFUSE
    drift: Drift = Drift.HEAL
    drift_only: bool = False
    ours: bool = False
    marked: bool = False
    """The live object's owner tags name this repository, environment and stack, under another state than ours."""
    import_requested: bool = False
    replace_requested: str = ""
    holds_data: bool = False
    held_data: bool = False
    removal: Removal = Removal.UNSAID
    protect_lifted: bool = False
    now: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    act: Act
    code: str
    text: str = ""
    empty: bool = False
    also_update: bool = False
    """An adoption or a move whose object differs: it is updated in the same operation."""


def decide(situation: Situation) -> Decision:
    """The first row that matches. Total over every situation that can arise."""
    observation = situation.observation
    if situation.open_intent:
        return Decision(act=Act.BLOCKED, code="unresolved", text="an earlier request here has no known outcome")
    if isinstance(observation, Unreadable):
        return Decision(act=Act.BLOCKED, code="unreadable", text=observation.diagnostic.summary)
    if situation.desired:
        return _desired(situation)
    return _undeclared(situation)


def _desired(situation: Situation) -> Decision:
    if situation.recorded is None:
        return _new(situation)
    if not situation.same_place:
        return _elsewhere(situation)
    return _known(situation)


def _new(situation: Situation) -> Decision:
    match situation.observation:
        case Live():
            if situation.elsewhere:
                return Decision(
                    act=Act.MOVE,
                    code="moved",
                    text=f"was {situation.elsewhere}: the same object",
                    also_update=_differs(situation),
                )
            return _stranger(situation)
        case NotYet(reason=reason) | Gone(reason=reason):
            return Decision(act=Act.CREATE, code="deferred", text=reason, empty=_empties(situation))
        case _:
            if situation.import_requested:
                return Decision(act=Act.BLOCKED, code="not_found", text="there is nothing to import under this identity")
            return Decision(act=Act.CREATE, code="declared", empty=_empties(situation))


def _stranger(situation: Situation) -> Decision:
    if situation.import_requested:
        return Decision(act=Act.ADOPT, code="import", text="imported by its identity", also_update=_differs(situation))
    if situation.adopt is Adopt.ANY or (situation.adopt is Adopt.OURS and situation.ours):
        return Decision(act=Act.ADOPT, code="adopt", text="exists already", also_update=_differs(situation))
    if situation.marked:
        return Decision(
            act=Act.BLOCKED,
            code="elsewhere",
            text="the state of this is elsewhere: its owner tags name this repository, environment and stack",
        )
    return Decision(
        act=Act.BLOCKED,
        code="stranger",
        text="an object with this identity exists, and nothing recorded says that it is ours",
    )


def _elsewhere(situation: Situation) -> Decision:
    """Recorded under another type or in another provider instance."""
    recorded = situation.recorded
    if isinstance(situation.observation, Live):
        if recorded is not None and recorded.keep.protect and not situation.protect_lifted:
            return _protected(recorded)
        return Decision(act=Act.REPLACE, code="place", text="another type or provider", empty=_empties(situation))
    return Decision(act=Act.CREATE, code="vanished", text="what was recorded is gone", empty=_empties(situation))


def _known(situation: Situation) -> Decision:
    recorded = situation.recorded
    kept = recorded is not None and recorded.role in (Role.RETAINED, Role.GRACE)
    match situation.observation:
        case Live():
            if kept:
                return Decision(act=Act.ADOPT, code="readopt", text="was kept alive", also_update=_differs(situation))
            return _compared(situation)
        case NotYet(reason=reason) | Gone(reason=reason):
            return Decision(act=Act.CREATE, code="vanished", text=reason or "its parent is replaced", empty=_empties(situation))
        case _:
            text = "it was deleted while kept" if kept else "it was deleted behind Plumb's back"
            return Decision(act=Act.CREATE, code="vanished", text=text, empty=_empties(situation))


def _compared(situation: Situation) -> Decision:
    proposal, recorded = situation.proposal, situation.recorded
    if proposal is None or recorded is None:
        return Decision(act=Act.NONE, code="same")
    action = proposal.action
    if situation.replace_requested and action is not Action.CREATE:
        return _replacement(situation, "requested", situation.replace_requested)
    if action is Action.NONE:
        return Decision(act=Act.NONE, code="same")
    if situation.drift_only and situation.drift is Drift.REPORT:
        return Decision(act=Act.NONE, code="drift_reported", text="drift is only reported here")
    code = "drift" if situation.drift_only else "config"
    if action is Action.REPLACE:
        return _replacement(situation, code, "")
    return Decision(act=Act.UPDATE, code=code)


def _replacement(situation: Situation, code: str, text: str) -> Decision:
    recorded = situation.recorded
    if recorded is not None and recorded.keep.protect and not situation.protect_lifted:
        return _protected(recorded)
    return Decision(act=Act.REPLACE, code=code, text=text, empty=_empties(situation))


def _undeclared(situation: Situation) -> Decision:
    recorded = situation.recorded
    if recorded is None:
        return Decision(act=Act.NONE, code="not_ours")
    if not isinstance(situation.observation, Live):
        return Decision(act=Act.FORGET, code="vanished", text="it is no longer there")
    if recorded.role is Role.QUARANTINED:
        return Decision(act=Act.DELETE, code="quarantined", text="a second instance that a late request made")
    if recorded.role is Role.SUPERSEDED:
        return Decision(act=Act.DELETE, code="superseded", text="replaced by a newer generation")
    if situation.removal is Removal.KEEP:
        return Decision(act=Act.FORGET, code="removed", text="removed from the stack, left alive")
    if recorded.role is Role.RETAINED and situation.removal is Removal.UNSAID:
        return Decision(act=Act.NONE, code="retained", text="kept alive by on_delete: retain")
    if recorded.role is Role.GRACE and situation.now < recorded.until and situation.removal is Removal.UNSAID:
        return Decision(act=Act.NONE, code="grace", text="deleted when its grace ends")
    if recorded.keep.protect and not situation.protect_lifted:
        return _protected(recorded)
    if recorded.role is Role.CURRENT and situation.removal is Removal.UNSAID:
        if recorded.keep.retain:
            return Decision(act=Act.RETAIN, code="undeclared", text="stays alive: on_delete: retain")
        if recorded.keep.grace > 0:
            return Decision(act=Act.GRACE, code="undeclared", text="stays alive until its grace ends")
    code = "grace_over" if recorded.role is Role.GRACE else "undeclared"
    return Decision(act=Act.DELETE, code=code)


def _protected(recorded: Recorded) -> Decision:
    return Decision(act=Act.BLOCKED, code="protected", text=f"{recorded.address} is protected (lifecycle.protect)")


def _differs(situation: Situation) -> bool:
    return situation.proposal is not None and situation.proposal.action in (Action.UPDATE, Action.REPLACE)


def _empties(situation: Situation) -> bool:
    """An earlier generation held data, and the new one begins without it."""
    if not situation.held_data:
        return False
    return situation.holds_data or situation.recorded is not None
