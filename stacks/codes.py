"""The codes of everything that can be wrong with a stack file. A code never changes its meaning.

P01xx: the file as YAML. P02xx: keys, values and properties. P03xx: expressions (engine/expressions/codes.py).
P04xx: what stands in relation to something else.
"""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    SYNTAX = "P0101"  # not YAML
    LIMIT = "P0102"  # too large, too deep, too many nodes
    ENCODING = "P0103"  # bytes that are no text
    DUPLICATE_KEY = "P0104"
    UNQUOTED = "P0105"  # an expression that YAML cannot hold without quotes
    DOCUMENTS = "P0106"  # a second document
    FOREIGN = "P0107"  # a word of another tool: tags, merge keys, Fn::
    ALIAS = "P0108"  # an alias of nothing, or of itself
    AMBIGUOUS = "P0109"  # a scalar that kubectl reads in another way
    KEY_KIND = "P0110"  # a key that is no text

    UNKNOWN_KEY = "P0201"
    WRONG_KIND = "P0202"  # a mapping where a list is wanted, and the like
    MISSING_KEY = "P0203"
    BAD_VALUE = "P0204"  # a choice, a duration, a path that is none
    LATER = "P0205"  # a key that comes with a later version
    NAME_TWICE = "P0206"
    NO_EXPRESSION = "P0207"  # an expression where only a plain value may stand
    FORMS = "P0208"  # none or several of type, object, bundle
    UNKNOWN_TYPE = "P0210"
    NOT_SERVED = "P0211"
    UNKNOWN_PROPERTY = "P0212"
    MISSING_PROPERTY = "P0213"
    WRONG_TYPE = "P0214"
    NOT_ALLOWED = "P0215"  # not one of the allowed values
    OUT_OF_RANGE = "P0216"  # pattern, length, range
    READ_ONLY = "P0217"
    REFUSED = "P0218"
    NEVER_DIFFERS = "P0219"  # ignore of a place that makes no sense
    INPUT_MISSING = "P0220"
    INPUT_VALUE = "P0221"
    INPUT_RULE = "P0222"
    INPUT_UNKNOWN = "P0223"
    INPUT_DEPRECATED = "P0224"
    FILE_MISSING = "P0230"
    FILE_REFUSED = "P0231"
    NO_MANIFEST = "P0232"
    UNKNOWN_PROVIDER = "P0240"
    UNKNOWN_SETTING = "P0241"
    NO_REPOSITORY = "P0250"  # plumb.yaml is missing or unusable
    UNKNOWN_ENVIRONMENT = "P0251"
    UNKNOWN_STACK = "P0252"

    CYCLE = "P0401"
    SELF_REFERENCE = "P0402"
    SAME_IDENTITY = "P0403"
    UNKNOWN_ADDRESS = "P0404"
    MOVED = "P0405"
    UNGUARDED = "P0406"
    OUTSIDE_FOR_EACH = "P0407"
    FOR_EACH = "P0408"
