"""Figures beside what they are held against."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`peer` is the same of Terraform, where it was measured. `limit` is what the figure may be at most; "" where nothing
    is promised. `holds` is None where there is nothing to judge by."""

    what: str
    ours: float
    unit: str
    peer: float | None = None
    limit: str = ""
    holds: bool | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.ours / self.peer if self.peer else None


def against(what: str, ours: float, unit: str, peer: float | None, parts: int) -> Row:
    """At most one part of `parts` of the peer's."""
    holds = None if peer is None else ours * parts <= peer
    return Row(what=what, ours=ours, unit=unit, peer=peer, limit=f"1/{parts}", holds=holds)


def within(what: str, ours: float, unit: str, most: float, note: str = "") -> Row:
    return Row(what=what, ours=ours, unit=unit, limit=f"{most:g} {unit}", holds=ours <= most, note=note)


def plain(row: Row) -> dict[str, Any]:
    return {**asdict(row), "ratio": row.ratio}


def text(title: str, rows: list[Row]) -> str:
    lines = [title, f"  {'':<44}{'plumb':>14}{'terraform':>14}{'ratio':>9}{'at most':>10}"]
    for row in rows:
        peer = "" if row.peer is None else f"{row.peer:.2f} {row.unit}"
        ratio = "" if row.ratio is None else f"1/{1 / row.ratio:.1f}" if row.ratio < 1 else f"{row.ratio:.1f}"
        said = {True: "yes", False: "NO", None: ""}[row.holds]
        figure = f"{row.ours:.2f} {row.unit}"
        lines.append(f"  {row.what:<44}{figure:>14}{peer:>14}{ratio:>9}{row.limit:>10}  {said:<4}{row.note}".rstrip())
    return "\n".join(lines)
