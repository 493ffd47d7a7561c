"""Which factors unlock a credential: auth/expression such as `PIN AND (OTP XOR FACE)` (CSC API v2.0 §11.5).

AND binds more tightly than XOR, and XOR more tightly than OR.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from itertools import combinations

MAX_CHARS = 512
MAX_DEPTH = 16  # brackets
MAX_FACTORS = 8

_TOKEN = re.compile(r"\s*(?:([()])|\"([^\"]{1,64})\"|([^\s()\"]{1,64}))\s*")
_OPERATORS = ("OR", "XOR", "AND")  # the loosest first

Test = Callable[[Collection[str]], bool]


def least_factors(expression: str | None, factors: Sequence[str]) -> tuple[str, ...]:
    """The fewest of `factors` that satisfy `expression`, the first ones named where several do; all without one.

    Raises `ValueError` for what is no expression over these factors, or what none of them satisfy.
    """
    if len(factors) > MAX_FACTORS:
        raise ValueError("too many factors")
    if not expression:
        return tuple(factors)
    test = _parse(expression, frozenset(factors))
    for count in range(len(factors) + 1):
        for chosen in combinations(factors, count):
            if test(chosen):
                return chosen
    raise ValueError("no factors satisfy it")


def _parse(expression: str, factors: frozenset[str]) -> Test:
    if len(expression) > MAX_CHARS:
        raise ValueError("too long")
    tokens = _tokens(expression)
    test, rest = _level(tokens, 0, 0, factors)
    if rest != len(tokens):
        raise ValueError("something is left over")
    return test


def _tokens(expression: str) -> list[str]:
    tokens, at = [], 0
    while at < len(expression):
        found = _TOKEN.match(expression, at)
        if found is None:
            raise ValueError("an unknown sign")
        tokens.append(found[1] or found[2] or found[3])
        at = found.end()
    return tokens


def _level(tokens: list[str], at: int, level: int, factors: frozenset[str], depth: int = 0) -> tuple[Test, int]:
    """The operands of one operator; `level` is its place in `_OPERATORS`."""
    if level == len(_OPERATORS):
        return _operand(tokens, at, factors, depth)
    test, at = _level(tokens, at, level + 1, factors, depth)
    while at < len(tokens) and tokens[at].upper() == _OPERATORS[level]:
        other, at = _level(tokens, at + 1, level + 1, factors, depth)
        test = _joined(_OPERATORS[level], test, other)
    return test, at


def _operand(tokens: list[str], at: int, factors: frozenset[str], depth: int) -> tuple[Test, int]:
    if at >= len(tokens) or depth > MAX_DEPTH:
        raise ValueError("an operand is missing, or brackets are too deep")
    word = tokens[at]
    if word == "(":
        test, at = _level(tokens, at + 1, 0, factors, depth + 1)
        if at >= len(tokens) or tokens[at] != ")":
            raise ValueError("a bracket is open")
        return test, at + 1
    if word not in factors:
        raise ValueError("an unknown factor")
    return (lambda given: word in given), at + 1


def _joined(operator: str, one: Test, other: Test) -> Test:
    if operator == "AND":
        return lambda given: one(given) and other(given)
    if operator == "OR":
        return lambda given: one(given) or other(given)
    return lambda given: one(given) != other(given)
