"""The codes of everything that can be wrong with an expression. A code never changes its meaning."""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    SYNTAX = "P0301"  # something else was expected here
    UNCLOSED = "P0302"  # `${` without its `}`
    EMPTY = "P0303"  # `${}`
    TEXT = "P0304"  # a string literal that is not one
    NUMBER = "P0305"  # a number literal out of range
    TOO_DEEP = "P0306"  # nested too deeply, or too long
    FOREIGN = "P0307"  # a word of another tool
    MACRO = "P0308"  # a macro used in another way than it is defined
    UNKNOWN_NAME = "P0310"
    UNKNOWN_FUNCTION = "P0311"
    UNKNOWN_ATTRIBUTE = "P0312"
    ARGUMENTS = "P0313"  # number or types of a function's arguments
    OPERANDS = "P0314"  # types of an operator's operands
    NULLABLE = "P0315"  # null or optional where a value is needed
    NO_MEMBERS = "P0316"  # a field or an index of something that has none
    IN_TEXT = "P0317"  # a value that has no form inside text
    CONDITION = "P0318"  # a condition that is no bool
    ABSENT = "P0320"  # a key that is not there
    OUT_OF_RANGE = "P0321"  # an index outside of its list
    ARITHMETIC = "P0322"  # division by zero, overflow
    REFUSED = "P0323"  # a function cannot work on this value
    STEPS = "P0324"  # the step limit
    SIZE = "P0325"  # the output limit
    NO_VALUE = "P0326"  # a result that cannot be a property's value (bytes, optional, type)
    KEY = "P0327"  # a mapping's key that is no text, or twice the same
    NAME_FORM = "P0330"  # a declared name of the wrong form
    NAME_RESERVED = "P0331"  # a declared name that expressions need for themselves
