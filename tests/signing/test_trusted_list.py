"""Trusted lists (TS 119 612) and anchors with dates: trusted in their time alone, only as a known key signed them."""

from __future__ import annotations

import base64
import hashlib
import json
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from signing.errors import MalformedError, SigningError, UsageError, VerificationError
from signing.online import OnlineTrust
from signing.report import Indication, SignatureReport
from signing.trust.chain import Purpose
from signing.trust.evidence import Evidence
from signing.trust.periods import Period
from signing.trust.store import TrustStore
from signing.trusted_list import load_trust, read_trusted_list

from .authority import DAY, HOUR, NOW, Holder, crl, make
from .scene import Scene, judge, sign, stamped

TSL = "http://uri.etsi.org/02231/v2#"
DS = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
STATUS = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"
OLD = "http://uri.etsi.org/TrstSvc/eSigDir-1999-93-EC-TrustedList/Svcstatus/"
CA_QC, TSA_QTST = "CA/QC", "TSA/QTST"
WEB = "ForWebSiteAuthentication"


@dataclass(frozen=True, slots=True)
class Entry:
    """A service: its status now, and those before, as (status, since)."""

    holder: Holder
    kind: str = CA_QC
    states: tuple[tuple[str, datetime], ...] = ((STATUS + "granted", NOW - 300 * DAY),)
    extension: str = ""


def added(uri: str) -> str:
    inside = f"<AdditionalServiceInformation><URI>http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/{uri}</URI>"
    return f'<Extension Critical="true">{inside}</AdditionalServiceInformation></Extension>'


def iso(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def information(entry: Entry, status: str, since: datetime) -> str:
    certificate = base64.b64encode(entry.holder.der).decode()
    return (
        f"<ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/{entry.kind}</ServiceTypeIdentifier>"
        f"<ServiceName><Name xml:lang='vi'>Dịch vụ</Name></ServiceName><ServiceDigitalIdentity><DigitalId>"
        f"<X509Certificate>{certificate}</X509Certificate></DigitalId></ServiceDigitalIdentity>"
        f"<ServiceStatus>{status}</ServiceStatus><StatusStartingTime>{iso(since)}</StatusStartingTime>"
        f"<ServiceInformationExtensions>{entry.extension}</ServiceInformationExtensions>"
    )


def unsigned_list(
    *entries: Entry, version: int = 6, update: datetime | None = NOW + 30 * DAY, root: str = "TrustServiceStatusList"
) -> bytes:
    services = ""
    for entry in entries:
        (status, since), *old = entry.states
        past = "".join(f"<ServiceHistoryInstance>{information(entry, *s)}</ServiceHistoryInstance>" for s in old)
        services += f"<TSPService><ServiceInformation>{information(entry, status, since)}</ServiceInformation>"
        services += (f"<ServiceHistory>{past}</ServiceHistory>" if past else "") + "</TSPService>"
    next_update = f"<dateTime>{iso(update)}</dateTime>" if update else ""
    return (
        f'<{root} xmlns="{TSL}" Id="list" TSLTag="http://uri.etsi.org/19612/TSLTag"><SchemeInformation>'
        f"<TSLVersionIdentifier>{version}</TSLVersionIdentifier><TSLSequenceNumber>7</TSLSequenceNumber>"
        f"<SchemeTerritory>VN</SchemeTerritory><ListIssueDateTime>{iso(NOW - DAY)}</ListIssueDateTime>"
        f"<NextUpdate>{next_update}</NextUpdate></SchemeInformation><TrustServiceProviderList><TrustServiceProvider>"
        f"<TSPServices>{services}</TSPServices></TrustServiceProvider></TrustServiceProviderList></{root}>"
    ).encode()


def canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True)


def signed(xml: bytes, operator: Holder) -> bytes:
    """`xml` with an enveloped signature over all of it."""
    root = etree.fromstring(xml)
    digest = base64.b64encode(hashlib.sha256(canonical(root)).digest()).decode()
    info = (
        f'<ds:SignedInfo xmlns:ds="{DS}"><ds:CanonicalizationMethod Algorithm="{C14N}"/>'
        f'<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/><ds:Reference URI="">'
        f'<ds:Transforms><ds:Transform Algorithm="{DS}enveloped-signature"/><ds:Transform Algorithm="{C14N}"/>'
        f'</ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
        f"<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    )
    assert isinstance(operator.key, ec.EllipticCurvePrivateKey)
    r, s = utils.decode_dss_signature(operator.key.sign(canonical(etree.fromstring(info)), ec.ECDSA(SHA256())))
    value = base64.b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).decode()
    key = (
        f"<ds:X509Data><ds:X509Certificate>{base64.b64encode(operator.der).decode()}</ds:X509Certificate></ds:X509Data>"
    )
    signature = f'<ds:Signature xmlns:ds="{DS}">{info}<ds:SignatureValue>{value}</ds:SignatureValue>'
    root.append(etree.fromstring(f"{signature}<ds:KeyInfo>{key}</ds:KeyInfo></ds:Signature>"))
    return etree.tostring(root)


@pytest.fixture(scope="module")
def operator() -> Holder:
    return make("Bên phát hành danh sách")


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene()


@pytest.fixture(scope="module")
def issuing(scene: Scene) -> Holder:
    return scene.issuing()


@pytest.fixture(scope="module")
def leaf(issuing: Holder) -> Holder:
    return make("Người ký", issuing)


def folder(place: Path, operator: Holder, *lists: bytes) -> Path:
    (place / "lists").mkdir(parents=True)
    (place / "lists" / "operator.pem").write_bytes(operator.pem)
    for number, xml in enumerate(lists):
        (place / "lists" / f"{number}.xml").write_bytes(xml)
    return place


def lists(scene: Scene, issuing: Holder) -> Evidence:
    return Evidence(crls=(crl(issuing, at=NOW - HOUR), crl(scene.tsa_root, at=NOW - HOUR)))


def answer(report: SignatureReport) -> tuple[Indication, str | None]:
    return report.indication, report.sub_indication


ENDED = (Indication.INDETERMINATE, "NO_CERTIFICATE_CHAIN_FOUND_NO_POE")
PASSED = (Indication.PASSED, None)


# --- lists -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [5, 6])
def test_services_of_a_list_are_anchors_each_for_its_purpose(
    tmp_path: Path, operator: Holder, scene: Scene, issuing: Holder, leaf: Holder, version: int
) -> None:
    entries = (Entry(issuing), Entry(scene.tsa_root, TSA_QTST), Entry(make("Khác", ca=True), "Certstatus/OCSP/QC"))
    trust = load_trust(folder(tmp_path, operator, signed(unsigned_list(*entries, version=version), operator)), at=NOW)
    assert (trust.ca, trust.tsa) == ((issuing.certificate,), (scene.tsa_root.certificate,))
    cms = stamped(sign(leaf, [issuing]), scene.tsa())
    report = judge(cms, trust, evidence=lists(scene, issuing))
    assert answer(report) == PASSED
    assert report.timestamp is not None
    swapped = TrustStore(ca=trust.tsa, tsa=trust.ca, ca_periods=trust.tsa_periods, tsa_periods=trust.ca_periods)
    assert judge(cms, swapped, evidence=lists(scene, issuing)).indication is Indication.INDETERMINATE


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (((STATUS + "granted", NOW - 99 * DAY),), PASSED),
        (((STATUS + "granted", NOW + DAY),), ENDED),
        (((STATUS + "withdrawn", NOW - DAY), (STATUS + "granted", NOW - 99 * DAY)), ENDED),
        (((STATUS + "withdrawn", NOW + DAY), (STATUS + "granted", NOW - 99 * DAY)), PASSED),
        (((STATUS + "granted", NOW - 50 * DAY), (OLD + "undersupervision", NOW - 99 * DAY)), PASSED),
        (((STATUS + "granted", NOW - DAY), (STATUS + "withdrawn", NOW - 99 * DAY)), PASSED),
        (((STATUS + "granted", NOW - DAY), (STATUS + "withdrawn", NOW - DAY)), ENDED),
    ],
    ids=["granted", "not yet", "withdrawn", "to be withdrawn", "renewed", "granted again", "both at once"],
)
def test_the_status_of_a_service_counts_in_its_time(
    operator: Holder,
    scene: Scene,
    issuing: Holder,
    leaf: Holder,
    states: tuple[tuple[str, datetime], ...],
    expected: tuple[Indication, str | None],
) -> None:
    found = read_trusted_list(
        signed(unsigned_list(Entry(issuing, states=states)), operator), [operator.certificate], at=NOW
    )
    ca, periods = found.anchors(Purpose.SIGNER)
    trust = TrustStore(ca=ca, ca_periods=periods)
    assert not ca if expected == ENDED and not periods else ca
    report = judge(sign(leaf, [issuing]), trust, evidence=lists(scene, issuing))
    if periods:
        assert answer(report) == expected
    else:
        assert report.indication is Indication.INDETERMINATE


def test_a_signature_proven_older_than_the_withdrawal_stays_valid(
    operator: Holder, scene: Scene, issuing: Holder, leaf: Holder
) -> None:
    states = ((STATUS + "withdrawn", NOW - 10 * DAY), (STATUS + "granted", NOW - 99 * DAY))
    xml = signed(unsigned_list(Entry(issuing, states=states)), operator)
    ca, periods = read_trusted_list(xml, [operator.certificate], at=NOW).anchors(Purpose.SIGNER)
    trust = TrustStore(ca=ca, ca_periods=periods, tsa=(scene.tsa_root.certificate,))
    for at, expected in ((NOW - 20 * DAY, PASSED), (NOW - DAY, ENDED), (NOW - 200 * DAY, ENDED)):
        cms = stamped(sign(leaf, [issuing], at=at), scene.tsa(), at=at)
        held = Evidence(crls=(crl(issuing, at=at), crl(issuing), crl(scene.tsa_root)))
        assert answer(judge(cms, trust, evidence=held)) == expected


def test_another_anchor_above_a_withdrawn_one_still_counts(
    operator: Holder, scene: Scene, issuing: Holder, leaf: Holder
) -> None:
    """The caller trusts the root, whatever a list says of one authority below it."""
    states = ((STATUS + "withdrawn", NOW - 10 * DAY), (STATUS + "granted", NOW - 99 * DAY))
    xml = signed(unsigned_list(Entry(issuing, states=states)), operator)
    ca, periods = read_trusted_list(xml, [operator.certificate], at=NOW).anchors(Purpose.SIGNER)
    both = TrustStore(ca=(*ca, scene.root.certificate), ca_periods=periods)
    held = lists(scene, issuing) + Evidence(crls=(crl(scene.root),))
    assert answer(judge(sign(leaf, [issuing]), both, evidence=held)) == PASSED


def test_a_list_past_its_next_update_could_not_tell_a_withdrawal(
    operator: Holder, scene: Scene, issuing: Holder, leaf: Holder
) -> None:
    for update, expected in ((NOW - HOUR, ENDED), (None, PASSED)):
        xml = signed(unsigned_list(Entry(issuing), update=update), operator)
        ca, periods = read_trusted_list(xml, [operator.certificate], at=NOW).anchors(Purpose.SIGNER)
        report = judge(sign(leaf, [issuing]), TrustStore(ca=ca, ca_periods=periods), evidence=lists(scene, issuing))
        assert answer(report) == expected


@pytest.mark.parametrize("newest_first", [True, False])
def test_an_older_list_beside_the_newest_does_not_undo_a_withdrawal(
    tmp_path: Path, operator: Holder, scene: Scene, issuing: Holder, leaf: Holder, newest_first: bool
) -> None:
    """Whoever puts last month's list back into the folder brings back nobody."""
    states = ((STATUS + "withdrawn", NOW - 10 * DAY), (STATUS + "granted", NOW - 99 * DAY))
    newest = unsigned_list(Entry(issuing, states=states)).replace(b"SequenceNumber>7<", b"SequenceNumber>8<")
    both = [signed(newest, operator), signed(unsigned_list(Entry(issuing), update=NOW + 90 * DAY), operator)]
    trust = load_trust(folder(tmp_path, operator, *(both if newest_first else both[::-1])), at=NOW)
    assert answer(judge(sign(leaf, [issuing]), trust, evidence=lists(scene, issuing))) == ENDED


def numbered(number: int, names: Sequence[str], *entries: Entry, issued: datetime = NOW - DAY) -> bytes:
    xml = unsigned_list(*entries).replace(b">7</TSLSequenceNumber>", b">%d</TSLSequenceNumber>" % number)
    operator = "".join(f"<Name xml:lang='en'>{name}</Name>" for name in names)
    xml = xml.replace(iso(NOW - DAY).encode(), iso(issued).encode())
    return xml.replace(
        b"<SchemeTerritory>", f"<SchemeOperatorName>{operator}</SchemeOperatorName><SchemeTerritory>".encode()
    )


def test_an_operator_that_takes_a_second_name_is_still_the_same(
    tmp_path: Path, operator: Holder, issuing: Holder
) -> None:
    withdrawn = Entry(issuing, states=((STATUS + "withdrawn", NOW - DAY),))
    both = numbered(7, ["Bộ"], Entry(issuing)), numbered(8, ["Bộ", "Ministry"], withdrawn)
    trust = load_trust(folder(tmp_path, operator, *(signed(xml, operator) for xml in both)), at=NOW)
    assert trust.ca == ()


@pytest.mark.parametrize(
    ("least", "accepted"),
    [
        ({"territory": "VN", "sequence": 7}, True),
        ({"territory": "VN", "operator": "Bộ", "sequence": 7}, True),
        ({"territory": "VN", "sequence": 8}, False),
        ({"territory": "VN", "operator": "Bộ", "sequence": 8}, False),
        ({"territory": "VN", "operator": "another", "sequence": 1}, False),
        ({"territory": "LA", "sequence": 1}, False),
    ],
)
def test_a_list_rolled_back_alone_is_refused(
    tmp_path: Path, operator: Holder, issuing: Holder, least: dict[str, object], accepted: bool
) -> None:
    """An old list is signed as well as a new one: only the number that was seen before tells them apart."""
    place = folder(tmp_path, operator, signed(numbered(7, ["Bộ"], Entry(issuing)), operator))
    (place / "lists" / "numbers.json").write_text(json.dumps([least]))
    if accepted:
        assert load_trust(place, at=NOW).ca
        return
    with pytest.raises(VerificationError) as caught:
        load_trust(place, at=NOW)
    assert caught.value.code == "trust.list-rolled-back"


@pytest.mark.parametrize(
    "text",
    ["{}", "[1]", '[{"territory": "VN"}]', '[{"territory": "VN", "sequence": true}]', "[",
     '[{"territory": 1, "sequence": 1}]', '[{"territory": "VN", "sequence": 1, "sequence": 0}]',
     '[{"territory": "VN", "sequence": 1, "number": 2}]'],
)  # fmt: skip
def test_a_misspelt_number_is_no_rule(tmp_path: Path, operator: Holder, issuing: Holder, text: str) -> None:
    place = folder(tmp_path, operator, signed(numbered(7, ["Bộ"], Entry(issuing)), operator))
    (place / "lists" / "numbers.json").write_text(text)
    with pytest.raises(MalformedError) as caught:
        load_trust(place, at=NOW)
    assert caught.value.code == "trust.malformed"


def test_a_list_from_the_future_is_refused(operator: Holder, issuing: Holder) -> None:
    for issued, accepted in ((NOW, True), (NOW + HOUR, False)):
        xml = signed(numbered(7, ["Bộ"], Entry(issuing), issued=issued), operator)
        if accepted:
            assert read_trusted_list(xml, [operator.certificate], at=NOW).issued == issued
            continue
        with pytest.raises(VerificationError) as caught:
            read_trusted_list(xml, [operator.certificate], at=NOW)
        assert caught.value.code == "trust.list-future"


@pytest.mark.parametrize(
    ("mark", "other"),
    [
        (b"<SchemeTerritory>VN<", b"<SchemeTerritory>LA<"),
        (b"<SchemeTerritory>", b"<SchemeOperatorName><Name>NEAC</Name></SchemeOperatorName><SchemeTerritory>"),
    ],
    ids=["country", "operator"],
)
def test_lists_of_others_count_beside_each_other_whatever_their_numbers(
    tmp_path: Path, operator: Holder, scene: Scene, issuing: Holder, mark: bytes, other: bytes
) -> None:
    second = unsigned_list(Entry(scene.root)).replace(mark, other).replace(b"SequenceNumber>7<", b"SequenceNumber>99<")
    both = (signed(unsigned_list(Entry(issuing)), operator), signed(second, operator))
    trust = load_trust(folder(tmp_path, operator, *both), at=NOW)
    assert set(trust.ca) == {issuing.certificate, scene.root.certificate}


def test_a_time_in_which_a_service_was_for_other_uses_is_no_part_of_its_trust(
    operator: Holder, issuing: Holder
) -> None:
    """Granted for signatures, then for websites alone, then withdrawn: trust ended when the use changed."""
    states = (
        (STATUS + "withdrawn", NOW - DAY),
        (STATUS + "granted", NOW - 50 * DAY),
        (STATUS + "granted", NOW - 99 * DAY),
    )
    xml = unsigned_list(Entry(issuing, states=states))
    before, since = xml.split(iso(NOW - 50 * DAY).encode())
    since = since.replace(b"<ServiceInformationExtensions>", b"<ServiceInformationExtensions>" + added(WEB).encode(), 1)
    xml = before + iso(NOW - 50 * DAY).encode() + since
    found = read_trusted_list(signed(xml, operator), [operator.certificate], at=NOW)
    assert found.services[0].periods == (Period(start=NOW - 99 * DAY, end=NOW - 50 * DAY),)


@pytest.mark.parametrize(
    ("extension", "taken"),
    [
        (added(WEB), False),
        (added(WEB) + added("ForeSignatures"), True),
        (added("ForeSeals"), True),
        ('<Extension Critical="true"><Something xmlns="urn:x"/></Extension>', False),
        ('<Extension Critical="false"><Something xmlns="urn:x"/></Extension>', True),
    ],
    ids=["websites", "websites and signatures", "seals", "unknown and critical", "unknown"],
)
def test_services_for_other_uses_or_on_unknown_conditions_are_passed_over(
    operator: Holder, issuing: Holder, extension: str, taken: bool
) -> None:
    xml = signed(unsigned_list(Entry(issuing, extension=extension)), operator)
    assert bool(read_trusted_list(xml, [operator.certificate], at=NOW).services) is taken


# --- attacks on lists ------------------------------------------------------------------------------------------------


def test_a_list_that_a_stranger_signed_is_refused(tmp_path: Path, operator: Holder, issuing: Holder) -> None:
    """The key in the list's own KeyInfo proves nothing."""
    forged = signed(unsigned_list(Entry(issuing)), make("Bên phát hành danh sách"))
    with pytest.raises(VerificationError) as caught:
        load_trust(folder(tmp_path, operator, forged), at=NOW)
    assert caught.value.code == "trust.list-signature"


def test_an_unsigned_or_altered_list_is_refused(operator: Holder, issuing: Holder) -> None:
    good = signed(unsigned_list(Entry(issuing, states=((STATUS + "withdrawn", NOW - DAY),))), operator)
    for xml in (unsigned_list(Entry(issuing)), good.replace(b"withdrawn", b"granted"), good.replace(b">VN<", b">XX<")):
        with pytest.raises(VerificationError) as caught:
            read_trusted_list(xml, [operator.certificate], at=NOW)
        assert caught.value.code == "trust.list-signature"


def test_a_list_wrapped_into_another_is_refused(operator: Holder, issuing: Holder) -> None:
    good = etree.fromstring(signed(unsigned_list(Entry(issuing)), operator))
    outer = etree.fromstring(unsigned_list(Entry(make("Kẻ gian", ca=True))))
    outer.append(good)
    with pytest.raises(VerificationError):
        read_trusted_list(etree.tostring(outer), [operator.certificate], at=NOW)


def test_other_documents_by_the_operator_are_no_lists(operator: Holder, issuing: Holder) -> None:
    for xml in (unsigned_list(Entry(issuing), version=4), unsigned_list(Entry(issuing), root="Other"), b"<a/>"):
        with pytest.raises(MalformedError) as caught:
            read_trusted_list(signed(xml, operator), [operator.certificate], at=NOW)
        assert caught.value.code == "trust.list-malformed"


@settings(max_examples=60)
@given(st.data())
def test_any_bytes_are_refused_as_ours(operator: Holder, data: st.DataObject) -> None:
    good = signed(unsigned_list(Entry(operator)), operator)
    place = data.draw(st.integers(0, len(good) - 1))
    xml = data.draw(
        st.one_of(st.binary(max_size=80), st.just(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :]))
    )
    try:
        found = read_trusted_list(xml, [operator.certificate], at=NOW)
    except SigningError:
        return
    assert found == read_trusted_list(good, [operator.certificate], at=NOW)  # the byte did not matter


def test_a_folder_with_lists_is_not_opened_without_them(tmp_path: Path, operator: Holder, issuing: Holder) -> None:
    place = folder(tmp_path, operator, signed(unsigned_list(Entry(issuing)), operator))
    with pytest.raises(UsageError) as caught:
        TrustStore.load(place)
    assert caught.value.code == "trust.lists"


# --- dates beside anchors --------------------------------------------------------------------------------------------


def dated(place: Path, anchors: Sequence[Holder], *entries: dict[str, str]) -> Path:
    (place / "ca").mkdir(parents=True)
    (place / "ca" / "anchors.pem").write_bytes(b"".join(a.pem for a in anchors))
    (place / "ca" / "periods.json").write_text(json.dumps(entries))
    return place


def test_an_anchor_is_trusted_within_its_dates(tmp_path: Path, scene: Scene, issuing: Holder, leaf: Holder) -> None:
    own = scene.root.certificate.fingerprint(SHA256()).hex()
    held = lists(scene, issuing) + Evidence(crls=(crl(scene.root),))
    for number, (start, end, expected) in enumerate(
        [
            (NOW - DAY, NOW + DAY, PASSED),
            (NOW + DAY, NOW + 2 * DAY, ENDED),
            (NOW - 2 * DAY, NOW - DAY, ENDED),
            (NOW - 2 * DAY, NOW, ENDED),
            (NOW, NOW + DAY, PASSED),
        ]
    ):
        entry = {"certificate_sha256": own, "not_before": start.isoformat(), "not_after": end.isoformat()}
        trust = load_trust(dated(tmp_path / str(number), [scene.root], entry))
        for store in (trust, pickle.loads(pickle.dumps(trust)), OnlineTrust.around(trust, None)):  # type: ignore[arg-type]
            assert answer(judge(sign(leaf, [issuing]), store, evidence=held)) == expected


@pytest.mark.parametrize(
    "entry",
    [
        {"certificate_sha256": "00" * 32},
        {"certificate_sha256": "zz"},
        {},
        {"not_before": "2026-01-01"},
        {"certificate_sha256": "OWN", "not_before": "2026-01-01T00:00:00"},
        {"certificate_sha256": "OWN", "not_befor": "2026-01-01T00:00:00Z"},
        {"certificate_sha256": "OWN", "not_before": "2026-01-01T00:00:00Z", "not_after": "2025-01-01T00:00:00Z"},
    ],
    ids=str,
)
def test_a_misspelt_date_is_no_rule(tmp_path: Path, scene: Scene, entry: dict[str, str]) -> None:
    own = scene.root.certificate.fingerprint(SHA256()).hex()
    with pytest.raises(MalformedError) as caught:
        load_trust(dated(tmp_path, [scene.root], {k: own if v == "OWN" else v for k, v in entry.items()}))
    assert caught.value.code == "trust.malformed"


def test_a_pem_file_alone_is_trust_for_signers(tmp_path: Path, scene: Scene) -> None:
    (tmp_path / "roots.pem").write_bytes(scene.root.pem)
    assert load_trust(tmp_path / "roots.pem").ca == (scene.root.certificate,)
    assert load_trust(tmp_path / "roots.pem").tsa == ()


def test_what_the_caller_trusts_for_ever_no_list_limits(
    tmp_path: Path, operator: Holder, scene: Scene, issuing: Holder
) -> None:
    place = folder(tmp_path, operator, signed(unsigned_list(Entry(scene.root)), operator))
    (place / "ca").mkdir()
    (place / "ca" / "root.pem").write_bytes(scene.root.pem)
    trust = load_trust(place, at=NOW)
    assert trust.ca == (scene.root.certificate,)
    assert not trust.ca_periods
