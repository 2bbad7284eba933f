"""The functions of the language. All are pure: none sees a clock, a disk, a network or the environment."""

from engine.expressions.functions import (
    conversions,
    encoding,
    mappings,
    network,
    numbers,
    optionals,
    sequences,
    text,
)
from engine.expressions.functions.table import FUNCTIONS, Function, Overload, Undecided, fits, function

__all__ = [
    "FUNCTIONS",
    "Function",
    "Overload",
    "Undecided",
    "conversions",
    "encoding",
    "fits",
    "function",
    "mappings",
    "network",
    "numbers",
    "optionals",
    "sequences",
    "text",
]
