"""A half of a sentence, written where something goes wrong, has its Vietnamese in a table: no sentence is mixed."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from eid.messages.phrases import in_vietnamese as of_eid
from signing.messages.phrases import in_vietnamese as of_signing

ROOT = Path(__file__).parent.parent
LOOKED_UP = {"why", "what", "kind", "kinds", "limit", "demand", "detail"}
# what no person reads, or argparse shows beside its own English
NOT_SHOWN = {"AssertionError", "TypeError", "RuntimeError", "KeyError", "argparse.ArgumentTypeError"}
# names in standards, options and formats; words that are the same in both languages
NAMES = {
    *("https", "http", "stdin", "pdf", "asice", "byte", "base64", "unzip"),
    *("path", "state", "seen", "signatures", "documents", "content"),  # members of JSON
}
VIETNAMESE = re.compile("[À-ỹ]")


def rendered(node: ast.expr | None) -> Iterator[str]:
    """The constant texts that an expression can be; `{}` for what stands in an f-string."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in parts)
        case ast.IfExp(body=one, orelse=other):
            yield from rendered(one)
            yield from rendered(other)
        case ast.BoolOp(values=values):
            for each in values:
                yield from rendered(each)
        case ast.Tuple(elts=values):
            for each in values:
                yield from rendered(each)


def _helpers(tree: ast.Module) -> dict[str, int]:
    """Functions of a module that take a `why`, and its place."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names = [a.arg for a in node.args.args if a.arg != "self"]
            if "why" in names and "why_vi" not in names:
                found[node.name] = names.index("why")
    return found


def texts(tree: ast.Module, helpers: dict[str, int]) -> Iterator[tuple[int, str]]:
    """Every constant that can stand for `{why}` and the like, and its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            named = {k.arg: k.value for k in node.keywords if k.arg}
            shown = name.endswith(("Error", "notice", "of", "failed", "doubt", "kind")) or name in helpers
            for key in LOOKED_UP & named.keys() if shown else ():
                if f"{key}_vi" not in named:
                    yield from ((node.lineno, text) for text in rendered(named[key]))
            if name in helpers and len(node.args) > helpers[name]:
                yield from ((node.lineno, text) for text in rendered(node.args[helpers[name]]))
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            if ast.unparse(node.exc.func) not in NOT_SHOWN and len(node.exc.args) == 1:
                yield from ((node.lineno, t) for t in rendered(node.exc.args[0]) if " " in t)
        elif isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == ["why"]:
            yield from ((node.lineno, text) for text in rendered(node.value))


def test_an_error_as_a_reason_is_handed_on_in_both_languages() -> None:
    """`why=error` is shown in the sentence's language; `why=error.text` would be English in a Vietnamese sentence."""
    alone = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "signing").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        for k in node.keywords
        if k.arg == "why" and "why_vi" not in {other.arg for other in node.keywords}
        if any(isinstance(part, ast.Attribute) and part.attr == "text" for part in ast.walk(k.value))
    ]
    assert not alone, alone


def is_english(text: str) -> bool:
    """Whether it says something in English: a word in small letters that is no name."""
    words = re.findall(r"(?<![\w=./%#:-])[a-z]{2,}(?![\w=./:({-])", text.replace("{}", " "))
    return not VIETNAMESE.search(text) and bool(set(words) - NAMES)


@pytest.mark.parametrize(("package", "in_vietnamese"), [("eid", of_eid), ("signing", of_signing)])
def test_no_reason_is_english_in_a_vietnamese_sentence(package: str, in_vietnamese: Callable[[str], str]) -> None:
    trees = {
        p: ast.parse(p.read_text()) for p in (ROOT / package).rglob("*.py") if not {"messages", "story"} & {*p.parts}
    }
    helpers = {name: place for tree in trees.values() for name, place in _helpers(tree).items()}
    english = sorted(
        f"{path.relative_to(ROOT)}:{line} {text}"
        for path, tree in trees.items()
        for line, text in texts(tree, helpers)
        if is_english(text) and in_vietnamese(text) == text
    )
    assert not english, "give these in messages/phrases_*.py:\n" + "\n".join(english)


def discarded() -> list[str]:
    """The last column of the table of words."""
    rows = re.findall(r"^\|(.+)\|(.+)\|(.+)\|$", (ROOT / ".github/CONTRIBUTING.md").read_text(), re.MULTILINE)
    return [word.strip() for _, _, words in rows[2:] for word in words.split(",") if word.strip()]


def test_one_thing_has_one_word() -> None:
    words = discarded()
    assert len(words) >= 15
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} {word}"
        for package in ("eid", "signing")
        for path in sorted((ROOT / package).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for word in words
        if word in node.value.lower()
    ]
    assert not found, "see the words in .github/CONTRIBUTING.md:\n" + "\n".join(found)
