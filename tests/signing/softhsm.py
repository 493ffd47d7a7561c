"""Tokens of SoftHSM2 for the tests: made in a folder of their own by the programs that offices use.

`softhsm2-util` makes tokens and imports keys, `pkcs11-tool` writes certificates; our own code does neither.
"""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from signing.sources import pkcs11_module

PLACES = ("lib*/softhsm", "lib*/*/softhsm", "lib*/pkcs11", "local/lib/softhsm")
MODULE = next(
    (found for place in PLACES for found in Path("/usr").glob(f"{place}/libsofthsm2.so")),
    Path("/usr/lib/softhsm/libsofthsm2.so"),
).resolve()
PIN = "mã-pin-4729"
SO_PIN = "87654321"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftHsm:
    """Tokens in one folder. SoftHSM reads `SOFTHSM2_CONF` when it is initialised, so one folder serves a process."""

    folder: Path

    @classmethod
    def create(cls, folder: Path) -> SoftHsm:
        """An empty set of tokens; the environment of this process points to it from now on."""
        tokens = folder / "tokens"
        tokens.mkdir(parents=True)
        conf = folder / "softhsm2.conf"
        conf.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
        os.environ["SOFTHSM2_CONF"] = str(conf)
        gc.collect()  # signers that other tests left in a traceback keep their tokens
        for module in pkcs11_module._modules.values():
            module.release()
        return cls(folder=folder)

    def token(self, label: str) -> None:
        """A new token with a user PIN."""
        run("softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", SO_PIN, "--pin", PIN)

    def key(self, token: str, key: Any, key_id: str, label: str = "Khóa ký") -> None:
        """A private key, and its public key, under a CKA_ID in hexadecimal."""
        path = self.folder / "key.pem"
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        run("softhsm2-util", "--import", path, "--token", token, "--label", label, "--id", key_id, "--pin", PIN)
        path.unlink()

    def certificate(self, token: str, certificate: x509.Certificate, key_id: str, label: str = "Chứng thư") -> None:
        """A certificate under a CKA_ID in hexadecimal."""
        path = self.folder / "certificate.der"
        path.write_bytes(certificate.public_bytes(Encoding.DER))
        write = ("--write-object", path, "--type", "cert", "--id", key_id, "--label", label)
        run("pkcs11-tool", "--module", MODULE, "--token-label", token, "--login", "--pin", PIN, *write)

    def strict_key(self, token: str, key: Any, key_id: str) -> None:
        """A private key that asks for the PIN before each signature (CKA_ALWAYS_AUTHENTICATE)."""
        path = self.folder / "key.der"
        path.write_bytes(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
        write = ("--write-object", path, "--type", "privkey", "--id", key_id, "--always-auth", "--usage-sign")
        run("pkcs11-tool", "--module", MODULE, "--token-label", token, "--login", "--pin", PIN, *write)
        path.unlink()

    def generate(self, token: str, key_type: str, key_id: str) -> None:
        """A key pair made on the token."""
        made = ("--keypairgen", "--key-type", key_type, "--id", key_id)
        run("pkcs11-tool", "--module", MODULE, "--token-label", token, "--login", "--pin", PIN, *made)

    def remove(self, token: str, what: str, key_id: str) -> None:
        """Delete an object (`pubkey`, `privkey`, `cert`)."""
        gone = ("--delete-object", "--type", what, "--id", key_id)
        run("pkcs11-tool", "--module", MODULE, "--token-label", token, "--login", "--pin", PIN, *gone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """A module that passes everything on to a SoftHSM of its own, but for the rules in a file; see pkcs11_faults.c."""

    module: Path
    rules: Path
    log: Path

    @classmethod
    def build(cls, folder: Path) -> Faults:
        """Compile it. The SoftHSM behind it is a copy: one library can be initialised once in a process."""
        made = cls(module=folder / "faults.so", rules=folder / "rules", log=folder / "log")
        source = Path(__file__).parent / "pkcs11_faults.c"
        run("cc", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", "-o", made.module, source, "-ldl")
        real = shutil.copy(MODULE, folder / "softhsm-behind.so")
        os.environ.update(P11_REAL=str(real), P11_FAULTS=str(made.rules), P11_LOG=str(made.log))
        made.set()
        return made

    def set(self, *rules: str) -> None:
        """These rules from now on; the log begins anew."""
        self.rules.write_text("".join(f"{rule}\n" for rule in rules))
        self.log.write_text("")

    def calls(self, name: str) -> int:
        """How often a call was made since `set`."""
        return self.log.read_text().split().count(name)


def uri(token: str, *more: str, module: Path = MODULE) -> str:
    """A URI for a token by its label, with further attributes of the path."""
    return ";".join([f"pkcs11:token={quote(token)}", *more]) + f"?module-path={module}"


def run(*arguments: object) -> str:
    """A program's standard output; a failing program fails the test."""
    done = subprocess.run(list(map(str, arguments)), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, (arguments[0], done.stdout, done.stderr)
    return done.stdout
