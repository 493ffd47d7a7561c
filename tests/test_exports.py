"""The public names: what the contract lists, no more than promised, and each really there."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import eid
import signing

CONTRACT_EID = {
    "PersonalNumber", "Person", "Level", "AuthenticationLevel", "Key", "KeySet", "Issuer", "Verifier", "Identity",
    "StatusList", "EidError", "MalformedError", "VerificationError",
}  # fmt: skip
CONTRACT_SIGNING = {
    "Signer", "open_signer", "Baseline", "Stamp", "TimestampAuthority", "TrustStore", "sign_pdf", "extend_pdf",
    "sign_file", "verify_pdf", "Dossier", "Step", "Decision", "Register", "Seal", "audit_file", "audit_folder",
    "Report", "Finding", "SigningError",
}  # fmt: skip


@pytest.mark.parametrize(("package", "contract"), [(eid, CONTRACT_EID), (signing, CONTRACT_SIGNING)])
def test_the_contract_s_names_are_public(package, contract):
    assert contract <= set(package.__all__)


@pytest.mark.parametrize("package", [eid, signing])
def test_every_public_name_is_there_and_sorted(package):
    assert [getattr(package, name) is not None for name in package.__all__] == [True] * len(package.__all__)
    assert len(set(package.__all__)) == len(package.__all__)


def test_lazy_names_are_those_that_type_checkers_see():
    tree = ast.parse(Path(signing.__file__).read_text())
    (block,) = [n for n in tree.body if isinstance(n, ast.If)]
    seen = {alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert seen == signing._MODULE_OF
    assert set(seen) == set(signing.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError):
        _ = signing.no_such_name


def test_checking_a_pdf_loads_no_database_library():
    code = "import signing, sys; signing.verify_pdf; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
