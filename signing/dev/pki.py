"""A complete PKI for development, tests and demonstrations, so that everything runs offline (RFC 5280, 3161, 6960).

Nothing of it has legal value: subjects say so, personal numbers are invented, the password lies beside the keys.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from eid.keys import KeySet

from ..clock import moment
from ..cms.timestamp import TimestampAuthority, TimestampToken
from ..errors import UsageError
from ..files import read_file
from ..http import HttpClient
from ..signer import Signer, open_signer
from ..trust.evidence import Evidence
from ..trust.revocation import collect_evidence
from ..trust.store import TrustStore
from . import make as devmake
from .certs import SIGNER, Authority, PrivateKey, Validity, paths
from .people import HOLDERS, Holder
from .server import HOST, Route, Routes, free_port, serving
from .status import Responder, answer_ocsp, make_crl
from .store import PASSWORD_FILE, Store, der_of
from .tsa import POLICY, TimestampService

DEFAULT_PORT = 8318
MAX_PASSWORD_BYTES = 4096
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class DevPki:
    """A development PKI in `folder`, whose services answer on 127.0.0.1:`port` while `serve` runs.

    Names of holders: `receiver`, `appraiser`, `approver`, `official`, `clerk` (the office's certificate), `citizen`,
    `stranger` (no role), and for refusals `expired`, `not-yet-valid`, `revoked`, `suspended`, and `impostor` (the
    approver's very name under an unrelated root).
    """

    folder: Path
    port: int
    _store: Store = field(repr=False)
    _signers: dict[str, Signer] = field(default_factory=dict, repr=False, compare=False)
    _key_sets: dict[str, KeySet] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def create(
        cls, folder: Path, *, password: str, at: datetime | None = None, port: int = DEFAULT_PORT, rsa: bool = True
    ) -> DevPki:
        """Make a PKI in `folder`, which must not exist or be empty; it appears there whole or not at all.

        Certificates are valid around `at`. `port` 0 takes a free one. With `rsa` the official has an RSA key with
        3072 bits, otherwise all keys are P-256. Raises `UsageError` (`devpki.exists`, `output.unwritable`).
        """
        folder = Path(folder)
        now = moment(at).replace(microsecond=0)
        if not 0 <= port < 65536:
            raise UsageError("usage.argument", why=f"there is no port {port}")
        if not password:
            raise UsageError("key.password", where=folder)
        port = port or free_port()
        try:
            if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
                raise UsageError("devpki.exists", path=folder)
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".pki-", dir=folder.parent, ignore_cleanup_errors=True) as made:
                store = Store(folder=Path(made) / "pki", password=password)
                devmake.make(store, at=now, port=port, base_url=_base_url(port), with_rsa=rsa)
                store.folder.replace(folder)
        except OSError as e:
            raise UsageError("output.unwritable", path=folder, why=e.strerror or e) from None
        return cls(folder=folder, port=port, _store=Store(folder=folder, password=password))

    @classmethod
    def open(cls, folder: Path, ask: Callable[[str], str] | None = None) -> DevPki:
        """The PKI in `folder`; without `ask` the password comes from the file beside the keys.

        Raises `UsageError` when there is none, `MalformedError` (`devpki.malformed`) when it is broken.
        """
        folder = Path(folder)
        if ask is None:
            password = read_file(folder / PASSWORD_FILE, max_bytes=MAX_PASSWORD_BYTES).decode("utf-8", "replace")
            password = password.split("\n", 1)[0]
        else:
            password = ask(str(folder))
        store = Store(folder=folder, password=password)
        return cls(folder=folder, port=store.database()["port"], _store=store)

    @property
    def base_url(self) -> str:
        """The address below which all services are, with its final slash."""
        return _base_url(self.port)

    @property
    def tsa_url(self) -> str:
        """What `--tsa` wants."""
        return self.base_url + "tsa"

    @property
    def trust_folder(self) -> Path:
        """What `--trust` wants."""
        return self.folder / "trust"

    @property
    def password_file(self) -> Path:
        """The file with the one password of all keys."""
        return self.folder / PASSWORD_FILE

    def ask(self, _name: str) -> str:
        """The password of all keys, as a secret callback."""
        return self._store.password

    def trust(self) -> TrustStore:
        """The trust folder, read anew. Raises `SigningError` (`trust.malformed`) if it was spoilt."""
        return TrustStore.load(self.trust_folder)

    def holder(self, name: str) -> Holder:
        """Who `name` is. Raises `UsageError`."""
        if name not in HOLDERS:
            raise UsageError("devpki.unknown-name", name=name)
        return HOLDERS[name]

    def certificate(self, name: str) -> x509.Certificate:
        """The certificate of a holder, of `root`, `issuing`, `tsa`, `ocsp` or `impostor-root`. Raises `UsageError`."""
        return self._store.certificate(_checked(name))

    def key_uri(self, name: str) -> str:
        """What `--key` wants for this holder."""
        return f"pkcs12:{self._store.key_path(_checked(name))}"

    def signer(self, name: str) -> Signer:
        """The signer of a holder; loaded once. Raises `UsageError`."""
        if name not in self._signers:
            self.certificate(name)
            self._signers[name] = open_signer(self.key_uri(name), self.ask)
        return self._signers[name]

    def identity_keys(self) -> KeySet:
        """The keys of the identity issuer `devpeople.IDENTITY_ISSUER`, able to sign."""
        return self._key_set(devmake.IDENTITY_KEYS)

    def seal_keys(self) -> KeySet:
        """The keys of the seals of the office `devpeople.OFFICE`, able to sign."""
        return self._key_set(devmake.SEAL_KEYS)

    def _key_set(self, path: str) -> KeySet:
        """A key set, decrypted once."""
        if path not in self._key_sets:
            self._key_sets[path] = KeySet.load(self.folder / path, self.ask)
        return self._key_sets[path]

    def http(self, *, timeout_s: float = 10.0) -> HttpClient:
        """A client that reaches this PKI's services and nothing else."""
        return HttpClient(allow=(self.base_url,), timeout_s=timeout_s)

    def tsa(self, check: Callable[[TimestampToken], None] | None = None) -> TimestampAuthority:
        """The timestamp service; `check` may raise for a token whose authority is not trusted."""
        return TimestampAuthority(url=self.tsa_url, http=self.http(), policy=POLICY, check=check)

    def chain(self, name: str) -> tuple[x509.Certificate, ...]:
        """The certificate of `name` (a holder, `tsa` or `ocsp`) up to the root, which is last."""
        certificate, root = self.certificate(name), self.certificate("root")
        between = [] if certificate.issuer == root.subject else [self.certificate("issuing")]
        return (certificate, *between, root)

    def collect(self, chains: Iterable[Sequence[x509.Certificate]], at: datetime | None = None) -> Evidence:
        """Revocation evidence from the running services for `chains`, each leaf to root. Raises `ServiceError`."""
        return collect_evidence(chains, self.http(), moment(at))

    def issue(
        self,
        name: str,
        holder: Holder,
        *,
        at: datetime | None = None,
        begin: datetime | None = None,
        end: datetime | None = None,
        rsa: bool = False,
    ) -> Signer:
        """A new holder's key and certificate, valid around `at` or from `begin` to `end`; an old `name` is replaced."""
        usual = devmake.default_validity(moment(at).replace(microsecond=0))
        validity = Validity(begin=begin or usual.begin, end=end or usual.end)
        key = devmake.new_key(rsa)
        certificate = self._certify(_checked(name), holder, key, validity)
        self._store.put(name, key, [certificate, self.certificate("issuing"), self.certificate("root")])
        self._signers.pop(name, None)
        return self.signer(name)

    def certify(self, name: str, holder: Holder, key: PrivateKey) -> tuple[x509.Certificate, ...]:
        """A holder's certificate for a key of any kind that is kept elsewhere, valid from now on; root last.

        The services answer for it as for others; `name` is noted, and nothing is stored under it.
        """
        validity = devmake.default_validity(moment(None).replace(microsecond=0))
        certificate = self._certify(_checked(name), holder, key, validity)
        return (certificate, self.certificate("issuing"), self.certificate("root"))

    def _certify(self, name: str, holder: Holder, key: PrivateKey, validity: Validity) -> x509.Certificate:
        certificate = self._authority("issuing").issue(holder.subject(), key, SIGNER, validity, base_url=self.base_url)
        self._store.change(lambda data: devmake.record(data, name, certificate))
        return certificate

    def revoke(self, name: str, reason: str = "unspecified", at: datetime | None = None) -> None:
        """Revoke the certificate of `name`; a running server answers so from now on.

        `reason` is a name of RFC 5280 §5.3.1 in `x509.ReasonFlags`, such as `key_compromise`, or `certificate_hold`
        to suspend. Raises `UsageError`.
        """
        if reason not in x509.ReasonFlags.__members__:
            raise UsageError("usage.argument", why=f"no reason for revocation is called {reason}")
        certificate, when = self.certificate(name), moment(at)
        self._store.change(lambda data: devmake.revoke(data, certificate, when, x509.ReasonFlags[reason]))

    @contextmanager
    def serve(self, *, clock: Clock = lambda: moment(None)) -> Iterator[None]:
        """TSA, OCSP, CRLs and CA certificates on loopback while the block runs; `clock` tells the services the time.

        Raises `UsageError` (`devpki.port`) when something else listens on the port.
        """
        with serving(self.port, self._routes(clock)):
            yield

    def _authority(self, name: str) -> Authority:
        return Authority(name=name, certificate=self.certificate(name), key=self._store.key(name))

    def _routes(self, clock: Clock) -> Routes:
        """What is served, each address as it stands in the certificates."""
        issuing = self._authority("issuing")
        routes = self._authority_routes(self._authority("root"), clock) | self._authority_routes(issuing, clock)
        responder = Responder(certificate=self.certificate("ocsp"), key=self._store.key("ocsp"))
        tsa_key = cast(ec.EllipticCurvePrivateKey, self._store.key("tsa"))
        tsa = TimestampService(certificate=self.certificate("tsa"), key=tsa_key)
        routes["/ocsp"] = Route(
            answer=lambda body: answer_ocsp(body, issuing, responder, self._store.states("issuing"), clock()),
            accepts="application/ocsp-request",
            produces="application/ocsp-response",
        )
        routes["/tsa"] = Route(
            answer=lambda body: tsa.answer(body, clock()),
            accepts="application/timestamp-query",
            produces="application/timestamp-reply",
        )
        return routes

    def _authority_routes(self, authority: Authority, clock: Clock) -> dict[str, Route]:
        """A CA's certificate and its CRL."""
        path, certificate = paths(authority.name), der_of(authority.certificate)
        return {
            "/" + path["certificate"]: Route(answer=lambda _: certificate, produces="application/pkix-cert"),
            "/" + path["crl"]: Route(
                answer=lambda _: make_crl(authority, self._store.states(authority.name), clock()),
                produces="application/pkix-crl",
            ),
        }


def _base_url(port: int) -> str:
    return f"http://{HOST}:{port}/"


def _checked(name: str) -> str:
    """`name`, which becomes part of a file name. Raises `UsageError`."""
    if not _NAME.fullmatch(name):
        raise UsageError("devpki.unknown-name", name=name)
    return name
