"""The version of the installed distribution."""

from __future__ import annotations


def version() -> str:
    """As pyproject.toml says it; "0" where Plumb runs from files that were never installed."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("plumb-engine")
    except PackageNotFoundError:
        return "0"
