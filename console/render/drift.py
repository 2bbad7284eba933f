"""Drift for a terminal: what is live and was not recorded, by danger, per field."""

from __future__ import annotations

from console.render.plan_text import Paint, plain
from console.render.review import Danger, Entry, Review

WORDS = {
    Danger.DATA: "GONE, with the data it held",
    Danger.DELETE: "gone",
    Danger.REPLACE: "drift that a replacement would undo",
}


def drift_text(review: Review, paint: Paint = plain) -> str:
    blocks = [paint(review.target, "bold"), *(_entry(entry, paint) for entry in review.drift)]
    blocked = [entry for entry in review.entries if entry.danger is Danger.BLOCKED]
    blocks.extend(f"? {' '.join(entry.addresses)}: not known: {entry.why}" for entry in blocked)
    count = sum(entry.count for entry in review.drift)
    parts = [f"{count} {'has' if count == 1 else 'have'} drifted" if count else "no drift"]
    parts.append(f"{review.counts.same - count} as recorded")
    if blocked:
        parts.append(f"{len(blocked)} unreadable or blocked")
    tail = "plumb apply undoes it, where a stack does not say `drift: report`; to keep it, write it into the stack file"
    blocks.append(", ".join(parts) + "." + (f"\n{tail}." if count else ""))
    return "\n\n".join(blocks) + "\n"


def _entry(entry: Entry, paint: Paint) -> str:
    names = " ".join(entry.addresses)
    style = ("red", "bold") if entry.danger is not Danger.NONE else ("yellow",)
    lines = [paint(f"! {names:<38}  {entry.type:<24}  {WORDS.get(entry.danger, 'drift')}", *style)]
    if entry.where:
        lines.append(paint(f"    declared at {entry.where}", "dim"))
    width = min(40, max((len(leaf.path) for leaf in entry.leaves), default=0))
    for leaf in entry.leaves:
        lines.append(f"    {leaf.path:<{width}}  {leaf.before or '(not set)'} -> {leaf.after or '(not set)'}")
    return "\n".join(lines)
