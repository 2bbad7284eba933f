"""The expression language: CEL inside `${...}` (LANGUAGE.md, rules 1 to 8 and 13).

parse_template(text)            -> str | Template | list[Problem]      a scalar of a stack file
parse(text)                     -> Node | Problem                      an expression without its braces
references(node or template)    -> list[Reference]                     what it needs: the edges of the graph
check(node, types)              -> Checked(type, problems)             before anything is read
check_template(template, types) -> Checked
evaluate(node, Scope)           -> Value | Problem                     Unknown and Secret at any depth
evaluate_template(template, Scope) -> Value | Problem
show(node)                      -> str                                 the normalised text
name_problem(kind, name)        -> Diagnostic | None                   names that may be declared
words.YAML, words.root_word     words of other tools, one line each

Problems carry offsets: into the text given to `parse`, or into the scalar's decoded text for templates.
"""

from engine.expressions import words
from engine.expressions.checker import Checked, check, check_template
from engine.expressions.codes import Code
from engine.expressions.evaluator import Scope, evaluate, evaluate_template
from engine.expressions.names import ROOTS, name_problem, suggested_name
from engine.expressions.nodes import Node
from engine.expressions.parser import parse
from engine.expressions.printer import show
from engine.expressions.problem import Problem, Problems
from engine.expressions.references import Reference, references
from engine.expressions.suggestions import nearest, some
from engine.expressions.template import Embedded, Template, parse_template
from engine.expressions.types import (
    BOOL,
    BYTES,
    DOUBLE,
    DYN,
    INT,
    NULL,
    STRING,
    ListOf,
    MapOf,
    Nullable,
    ObjectOf,
    ObjectShape,
    OptionalOf,
    Simple,
    Type,
    TypeScope,
    describe,
)

__all__ = [
    "BOOL",
    "BYTES",
    "DOUBLE",
    "DYN",
    "INT",
    "NULL",
    "ROOTS",
    "STRING",
    "Checked",
    "Code",
    "Embedded",
    "ListOf",
    "MapOf",
    "Node",
    "Nullable",
    "ObjectOf",
    "ObjectShape",
    "OptionalOf",
    "Problem",
    "Problems",
    "Reference",
    "Scope",
    "Simple",
    "Template",
    "Type",
    "TypeScope",
    "check",
    "check_template",
    "describe",
    "evaluate",
    "evaluate_template",
    "name_problem",
    "nearest",
    "parse",
    "parse_template",
    "references",
    "show",
    "some",
    "suggested_name",
    "words",
]
