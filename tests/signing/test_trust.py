"""Trust folders: what is not there is not trusted, what cannot be read is an error, purposes stay apart."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from signing.errors import LimitError, MalformedError, SigningError, UsageError
from signing.policy import DEFAULT_POLICY
from signing.trust.chain import Purpose
from signing.trust.folder import MAX_FILE_BYTES
from signing.trust.roles import RoleGrant
from signing.trust.store import TrustStore
from tests.world import World

from .authority import DAY, NOW, make

KEY = {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "1"}
GRANT: dict[str, Any] = {
    "certificate_sha256": "00" * 32,
    "office": "H26.19",
    "role": "receiver",
    "steps": ["receive"],
    "not_before": "2026-01-01T00:00:00+07:00",
    "not_after": None,
    "title": "Công chức một cửa",
}


def write(folder: Path, path: str, value: object) -> None:
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())


def test_an_empty_folder_trusts_nobody(tmp_path: Path) -> None:
    trust = TrustStore.load(tmp_path)
    assert (trust.ca, trust.tsa, dict(trust.identity), dict(trust.seals), trust.roles) == ((), (), {}, {}, ())


def test_a_missing_folder_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        TrustStore.load(tmp_path / "nowhere")


def test_everything_that_the_layout_names_is_read(tmp_path: Path) -> None:
    first, second, third = (make(f"Root {n}", ca=True) for n in range(3))
    write(tmp_path, "ca/both.pem", b"# two roots\n" + first.pem + second.pem)
    write(tmp_path, "ca/again.CRT", first.der)
    write(tmp_path, "ca/README.txt", b"not a certificate")
    write(tmp_path, "tsa/third.cer", third.der)
    write(tmp_path, "identity/a.json", {"issuer": "https://id.example", "keys": [KEY]})
    write(tmp_path, "seals/a.json", {"office": "H26.19", "keys": [KEY, KEY | {"kid": "2"}]})
    write(tmp_path, "seals/status.jwt", b" a.b.c\n")
    write(tmp_path, "roles/a.json", [GRANT])
    trust = TrustStore.load(tmp_path)
    assert set(trust.ca) == {first.certificate, second.certificate}
    assert len(trust.ca) == 2
    assert trust.tsa == trust.anchors(Purpose.TSA) == (third.certificate,)
    assert trust.identity["https://id.example"] == {"keys": [KEY]}
    assert len(trust.seals["H26.19"]["keys"]) == 2
    assert trust.seal_status == (b"a.b.c",)
    [grant] = trust.roles
    assert (grant.office, grant.steps, grant.title) == ("H26.19", ("receive",), "Công chức một cửa")
    assert grant.not_before == datetime(2025, 12, 31, 17, tzinfo=UTC)


def test_the_development_trust_folder_is_read(world: World) -> None:
    trust = TrustStore.load(world.pki.trust_folder)
    assert trust.ca
    assert trust.tsa
    assert trust.roles


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("ca/a.pem", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        ("ca/a.pem", b"-----BEGIN NONSENSE-----\n"),
        ("ca/a.der", b""),
        ("tsa/a.crt", b"\x30\x82\xff\xff"),
        ("identity/a.json", b"{"),
        ("identity/a.json", b"[" * 100_000),
        ("identity/a.json", b'\xff{"issuer": "https://a.example", "keys": []}'),
        ("identity/a.json", b'{"issuer": "https://a.example", "issuer": "https://b.example", "keys": []}'),
        ("identity/a.json", {"issuer": "http://a.example", "keys": []}),
        ("identity/a.json", {"keys": []}),
        ("identity/a.json", {"issuer": "https://a.example", "keys": {}}),
        ("identity/a.json", {"issuer": "https://a.example", "keys": [KEY | {"d": "AA"}]}),
        ("seals/a.json", {"office": "h26", "keys": [KEY]}),
        ("seals/a.json", {"office": "H26.19", "keys": [{"kty": "oct", "k": "AA"}]}),
        ("roles/a.json", {}),
        ("roles/a.json", [[]]),
        ("roles/a.json", [GRANT | {"certificate_sha256": "00"}]),
        ("roles/a.json", [GRANT | {"certificate_sha256": 7}]),
        ("roles/a.json", [GRANT | {"steps": "receive"}]),
        ("roles/a.json", [GRANT | {"role": ""}]),
        ("roles/a.json", [GRANT | {"not_before": "2026-01-01"}]),
        ("roles/a.json", [GRANT | {"not_before": 5}]),
        ("roles/a.json", [GRANT | {"admin": True}]),
        ("roles/a.json", [{k: v for k, v in GRANT.items() if k != "office"}]),
    ],
)
def test_what_cannot_be_read_is_an_error_and_never_left_out(tmp_path: Path, path: str, value: object) -> None:
    write(tmp_path, path, value)
    with pytest.raises(MalformedError) as caught:
        TrustStore.load(tmp_path)
    assert caught.value.code == "trust.malformed"
    assert path.rpartition("/")[2] in caught.value.text


def test_two_files_for_one_owner_are_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path, f"seals/{name}.json", {"office": "H26.19", "keys": [KEY]})
    with pytest.raises(MalformedError):
        TrustStore.load(tmp_path)


@pytest.mark.parametrize("link", ["file", "folder", "loop"])
def test_links_that_lead_out_are_refused(tmp_path: Path, link: str) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "trust"
    write(outside, "root.pem", make("Root", ca=True).pem)
    (folder / "tsa").mkdir(parents=True)
    if link == "file":
        (folder / "tsa" / "root.pem").symlink_to(outside / "root.pem")
    elif link == "folder":
        (folder / "ca").symlink_to(outside)
    else:
        (folder / "tsa" / "a.pem").symlink_to(folder / "tsa" / "a.pem")
    with pytest.raises(SigningError):
        TrustStore.load(folder)


def test_links_inside_the_folder_are_fine(tmp_path: Path) -> None:
    root = make("Root", ca=True)
    write(tmp_path, "ca/root.pem", root.pem)
    (tmp_path / "tsa").mkdir()
    (tmp_path / "tsa" / "root.pem").symlink_to(tmp_path / "ca" / "root.pem")
    assert TrustStore.load(tmp_path).tsa == (root.certificate,)


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "ca/a.pem", bytes(MAX_FILE_BYTES + 1))
    with pytest.raises(LimitError):
        TrustStore.load(tmp_path)


def test_a_folder_where_a_file_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca" / "a.pem").mkdir(parents=True)
    with pytest.raises(MalformedError):
        TrustStore.load(tmp_path)


def test_a_store_travels_to_other_processes() -> None:
    root = make("Root", ca=True)
    trust = TrustStore(ca=(root.certificate,), identity={"https://a.example": {"keys": [KEY]}}, seal_status=(b"x",))
    copy = pickle.loads(pickle.dumps(trust))
    assert (copy.ca, copy.identity, copy.seal_status) == (trust.ca, trust.identity, (b"x",))
    relaxed = replace(DEFAULT_POLICY, require_revocation=False)
    leaf = make("Leaf", root).certificate
    assert copy.validate(leaf, [], Purpose.SIGNER, at=NOW, now=NOW, policy=relaxed).passed


@pytest.mark.parametrize(
    ("begin", "end", "holds"),
    [(None, None, True), (NOW, NOW, True), (NOW + DAY, None, False), (None, NOW - DAY, False)],
)
def test_a_grant_holds_between_its_days(begin: datetime | None, end: datetime | None, holds: bool) -> None:
    grant = RoleGrant(certificate_sha256=bytes(32), office="H26.19", role="x", not_before=begin, not_after=end)
    assert grant.holds_at(NOW) is holds


def test_a_store_shows_no_memory_in_its_repr() -> None:
    show: Callable[[object], str] = repr
    assert "_cache" not in show(TrustStore())
