"""Lengths of time as people type them: 90s, 15m, 2h, 3d, 1h30m."""

from __future__ import annotations

import re

from console.project import refuse

_PART = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds(text: str, option: str) -> float:
    """Raises Refused where the text is no length of time; `option` is the one it was given to."""
    text = text.strip().replace("min", "m")
    if text.replace(".", "", 1).isdigit():
        return float(text)
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise refuse("P0516", f'{option}: "{text}" is no length of time', "write 90s, 15m, 2h or 3d")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)
