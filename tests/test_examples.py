"""Every example and every Python block of the README runs as it stands, and prints what it promises."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("[0-9]*.py"))
README = (ROOT / "README.md").read_text()

PROMISED = {
    "01_identity_tokens.py": ["token.level", "level-2 auth-level-4 Trần Thị Kiểm Thử"],
    "02_sign_a_pdf.py": ["TOTAL-PASSED B-LT", "001*****3404"],
    "03_dossier.py": ["dossier.role", "appraised complete"],
    "04_result_and_seal.py": ["0001/2026-GKS N. T. NGHIỆM"],
    "05_audit.py": ["changed.pdf pdf invalid", "signature.digest", "signed.pdf pdf indeterminate"],
    "06_card_qr.py": ["card.unsigned", "Trần Thị Kiểm Thử - repaired from iso-8859-1", "card.number-birth"],
    "07_prove_age_only.py": [
        "18 or over: True - all that was shown: {'age_equal_or_over': {'18': True}}",
        "credential.replayed",
        "credential.not-shown",
    ],
    "08_chip.py": [
        "without an anchor: chip.no-anchor",
        "genuine: Trần Thị Kiểm Thử, face image/jpeg",
        "a copy: chip.active-failed",
        "changed: chip.group-changed",
    ],
    "09_hospital_counter.py": [
        "admitted: Trần Thị Kiểm Thử level-2",
        "the same code again: counter.replayed",
        "a photo of it for the next patient: counter.holder-signature",
    ],
    "10_bank.py": [
        'token.auth-level -> Bearer error="insufficient_user_authentication"',
        "consent.missing",
        "with birthdate name personal_number",
        "token.evidence-too-old",
        "2 refusals and one acceptance",
    ],
    "11_accounts_rotation_revocation.py": [
        "locked, asked at once: account.locked - by the next list: token.suspended",
        "made before the rotation: level-2 - after it: level-2",
        "the old key leaked: token.key-inactive - the new one holds: level-2",
        "intact: 1 account",
    ],
    "12_hsm_key.py": ["1 PIN: TOTAL-PASSED TOTAL-PASSED TOTAL-PASSED", "Trần Thị Kiểm Thử - signed by Pkcs11Signer"],
}


def run(code: list[str], cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, *code],
        cwd=cwd,
        env={**os.environ, "PYTHONUTF8": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda p: p.name)
def test_an_example_runs_and_prints_what_it_promises(example, tmp_path):
    printed = run([str(example)], tmp_path)
    assert PROMISED[example.name]
    for promised in PROMISED[example.name]:
        assert promised in printed


def test_the_readme_s_code_runs_in_one_go(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert len(blocks) >= 3
    (tmp_path / "letter.pdf").write_bytes((ROOT / "examples/inputs/Giấy chứng sinh.pdf").read_bytes())
    (tmp_path / "readme.py").write_text("\n".join(blocks))
    printed = run(["readme.py"], tmp_path)
    assert "valid" in printed


def test_every_readme_command_exists():
    """Each `signing …` or `eid …` line of the README names a verb that has help."""
    pattern = r"^(signing|eid) ([a-z]+(?: (?:new|init|show|check))?)"
    verbs = set(re.findall(pattern, README, re.MULTILINE))
    assert ("signing", "sign") in verbs
    for program, verb in verbs:
        done = subprocess.run(
            [sys.executable, "-m", program, *verb.split(), "--help"], capture_output=True, cwd=ROOT, check=False
        )
        assert done.returncode == 0, (program, verb, done.stderr.decode())
