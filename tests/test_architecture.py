"""The house's rules about itself: who imports whom, who may open a socket, who may touch which dependency."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted(p for package in ("eid", "signing") for p in (ROOT / package).rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(p): p for p in SOURCES}


def _absolute(name: str, path: Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)


def imports(name: str, *, everywhere: bool = True) -> set[str]:
    """Absolute names of what a module imports; with `everywhere=False` only at module level."""
    path = MODULES[name]
    tree = ast.parse(path.read_text())
    found: set[str] = set()
    nodes = ast.walk(tree) if everywhere else iter(tree.body)
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(name, path, node)
            for alias in node.names:
                full = f"{base}.{alias.name}"
                found.add(full if full in MODULES else base)
    return found


def _graph() -> dict[str, set[str]]:
    return {name: {m for m in imports(name) if m in MODULES and m != name} for name in MODULES}


def test_imports_have_no_cycle() -> None:
    graph = _graph()
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join([*trail[trail.index(name) :], name])
        if name in done:
            return
        for other in graph[name]:
            visit(other, (*trail, name))
        done.add(name)

    for name in graph:
        visit(name, ())


def test_eid_never_imports_signing() -> None:
    assert not [
        name for name in MODULES if name.startswith("eid") and any(m.startswith("signing") for m in imports(name))
    ]


MAY_IMPORT_EID = (
    "signing.dossier.",
    "signing.seal.",
    "signing.audit",
    "signing.recognize",
    "signing.pdf.words",  # the process that PDFium works in
    "signing.pictures",  # the same
    "signing.dev.",
    "signing.story.",
    "signing.cli",
)


def test_only_the_upper_rooms_of_signing_import_eid() -> None:
    for name in MODULES:
        if name.startswith("signing") and any(m.split(".")[0] == "eid" for m in imports(name)):
            assert name.startswith(MAY_IMPORT_EID), name


SOCKET_MODULES = {
    "socket",
    "ssl",
    "http.client",
    "urllib.request",
    "requests",
    "httpx",
    "aiohttp",
    "socketserver",
    "http.server",
}


def test_eid_opens_no_socket() -> None:
    assert not [n for n in MODULES if n.startswith("eid") and imports(n) & SOCKET_MODULES]


def test_the_only_client_socket_of_signing_is_http() -> None:
    users = {n for n in MODULES if n.startswith("signing") and imports(n) & SOCKET_MODULES}
    assert users <= {"signing.http", "signing.dev.server"}, users


def test_only_algorithms_imports_python_jose() -> None:
    assert {n for n in MODULES if any(m.split(".")[0] == "jose" for m in imports(n))} == {"eid.algorithms"}


def test_pyhanko_stays_behind_the_pdf_rooms() -> None:
    users = {n for n in MODULES if any(m.split(".")[0].startswith("pyhanko") for m in imports(n))}
    assert all(n.startswith(("signing.pdf.", "signing.pdf_check.")) for n in users), users


@pytest.mark.parametrize("extra", ["zxingcpp", "pypdfium2", "psycopg", "PIL", "pkcs11", "distributed"])
def test_an_optional_dependency_is_never_imported_at_module_level(extra: str) -> None:
    assert not [n for n in MODULES if any(m.split(".")[0] == extra for m in imports(n, everywhere=False))]


def test_the_distribution_lists_every_package() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    present = {module_name(p) for p in SOURCES if p.name == "__init__.py"}
    assert present <= set(listed), present - set(listed)


def test_every_message_has_both_languages_and_a_known_severity() -> None:
    from signing.messages import _TABLE

    for code, (severity, english, vietnamese) in _TABLE.items():
        assert severity in {"error", "warning", "info"}, code
        assert english.strip(), code
        assert vietnamese.strip(), code
        assert code == code.lower(), code
        assert english != vietnamese, code
        first, second = (set(re.findall(r"{(\w+?)(?:_vi)?}", text)) for text in (english, vietnamese))
        assert first == second, code  # nobody is told less than others


def test_every_code_that_is_raised_or_found_is_in_the_catalogue() -> None:
    """A code that is not in the catalogue would fail at the worst moment: while reporting something else."""
    from signing.messages import codes

    known = codes()
    raisers = {
        "UsageError",
        "MalformedError",
        "LimitError",
        "RefusedError",
        "VerificationError",
        "IndeterminateError",
        "ServiceError",
        "SigningError",
    }
    missing = []
    for name, path in MODULES.items():
        if not name.startswith("signing"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            finding = (
                called == "of"
                and isinstance(node.func, ast.Attribute)
                and getattr(node.func.value, "id", "") == "Finding"
            )
            if (called in raisers or finding) and node.args[0].value not in known:
                missing.append(f"{path.name}:{node.lineno} {node.args[0].value}")
    assert not missing, missing
