"""CAdES with its content inside, of several signers, and counter-signed (EN 319 122-1 §5.2.7; RFC 5652 §5, §11.4).

Signers beside each other sign the same content; who counter-signs, signs another's signature value. Nobody's bytes are
touched: a signerInfo is added, or an unsigned attribute. Every one added is checked against what stands there first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ..clock import moment
from ..errors import LimitError, RefusedError, UsageError, VerificationError
from ..policy import Baseline
from ..signer import Signer, check_signable
from ..trust.weigh import weighed
from . import der, names
from .archive import DigestOf, content_digests
from .attributes import SigningDetails
from .build import CmsTemplate, digest_identifier
from .cades import Collect, check_request, extend_detached
from .layout import MAX_SIGNERS, Frame, counter_frame, counter_infos, join, layout, put_back, views, with_evidence
from .parse import parse_cms, parse_frame
from .signed_data import CmsSignature, add_unsigned, check_cms
from .tsa_pool import TimestampSource
from .values import attribute


def sign_attached(
    content: bytes,
    signer: Signer,
    *,
    baseline: Baseline = Baseline.B_B,
    tsa: TimestampSource | None = None,
    collect: Collect | None = None,
    details: SigningDetails | None = None,
    at: datetime | None = None,
) -> bytes:
    """A CAdES signature with `content` inside (enveloping), DER. Arguments and errors as for `sign_digest`."""
    check_request(baseline, tsa, collect)
    now = moment(at)
    check_signable(signer.certificate, now)
    template = CmsTemplate.for_signer(signer, signing_time=True, details=details)
    digest = hashlib.new(template.digest_algorithm, content).digest()
    made = template.build(digest, signing_time=now, content=content)
    return _raised(made, signer, baseline, tsa, collect, None)


def content_of(cms: bytes) -> bytes:
    """The content inside a signature; nothing is verified. Raises `MalformedError`, `UsageError` `content.detached`."""
    content = parse_frame(cms).content
    if content is None:
        raise UsageError("content.detached")
    return content


def add_signer(
    cms: bytes,
    signer: Signer,
    *,
    content: DigestOf | None = None,
    baseline: Baseline = Baseline.B_B,
    tsa: TimestampSource | None = None,
    collect: Collect | None = None,
    details: SigningDetails | None = None,
    at: datetime | None = None,
) -> bytes:
    """`cms` with one more signature beside those that it holds, over the same content; the new one is the last.

    `content(name)` is the digest of detached content, which has to be what the others signed
    (`VerificationError` `signer.unsound`); enclosed content needs none. The others stay byte for byte. Raises
    `UsageError` (`content.needed`, `signer.twice`), `LimitError`, `MalformedError`, and as `sign_digest`.
    """
    check_request(baseline, tsa, collect)
    now = moment(at)
    check_signable(signer.certificate, now)
    parts = parse_frame(cms)
    if parts.content_type != names.DATA:
        raise RefusedError("signature.content-type", oid=parts.content_type)
    if len(parts.infos) >= MAX_SIGNERS:
        raise LimitError("input.too-large", what="signerInfos", limit=str(MAX_SIGNERS))
    digests = _same_content([parse_cms(view) for view in views(parts)], signer, content)
    template = CmsTemplate.for_signer(signer, signing_time=True, details=details)
    info = template.build_info(digests(template.digest_algorithm), signing_time=now)
    added = _with_info(parts, template, info)
    last = len(added.infos) - 1
    grown = _raised(views(added)[last], signer, baseline, tsa, collect, content)
    return join(put_back(added, last, parse_frame(grown)))


def _same_content(others: Sequence[CmsSignature], signer: Signer, content: DigestOf | None) -> DigestOf:
    """Digests of the content, which everyone before has signed too."""
    digests = content_digests(others[0], content)
    if digests is None:
        raise UsageError("content.needed")
    for sig in others:
        if sig.signer_certificate == signer.certificate:
            raise UsageError("signer.twice")
        holds, findings = check_cms(sig, digests)
        if holds is False:
            raise VerificationError("signer.unsound", why=findings[0])
    return digests


def _with_info(parts: Frame, template: CmsTemplate, info: bytes) -> Frame:
    """`parts` with one more signerInfo, its digest algorithm and its signer's certificates."""
    known = der.children(parts.digest_algorithms, der.whole(parts.digest_algorithms, der.SET))
    algorithms = {v.raw(parts.digest_algorithms) for v in known} | {digest_identifier(template.digest_algorithm)}
    return replace(
        parts,
        digest_algorithms=der.set_of(algorithms),
        certificates=tuple(dict.fromkeys(parts.certificates + template.certificates)),
        infos=(*parts.infos, info),
    )


def counter_sign(
    cms: bytes,
    signer: Signer,
    *,
    index: int = 0,
    baseline: Baseline = Baseline.B_B,
    tsa: TimestampSource | None = None,
    collect: Collect | None = None,
    details: SigningDetails | None = None,
    at: datetime | None = None,
) -> bytes:
    """`cms` with a counter-signature by `signer` over the signature value of its signer number `index`, from 0.

    What is counter-signed has to hold as far as it can be told without the content (`VerificationError`
    `signer.unsound`). Counter-signatures reach B-LT; archive timestamps are those of the signature above. Raises
    `UsageError` (`signer.index`, `details.counter`, `baseline.unsupported`), `LimitError`, and as `sign_digest`.
    """
    if baseline > Baseline.B_LT:
        raise UsageError("baseline.unsupported", format="CAdES", baseline=baseline, highest=Baseline.B_LT)
    if details and (details.mime_type or details.content_hints):
        raise UsageError("details.counter", what="mime_type, content_hints")
    check_request(baseline, tsa, collect)
    now = moment(at)
    check_signable(signer.certificate, now)
    parts = parse_frame(cms)
    if not 0 <= index < len(parts.infos):
        raise UsageError("signer.index", index=index, count=len(parts.infos))
    view = views(parts)[index]
    above = parse_cms(view)
    if len(counter_infos(layout(above.der).unsigned)) >= MAX_SIGNERS:
        raise LimitError("input.too-large", what="counter-signatures", limit=str(MAX_SIGNERS))
    _assert_sound(above)
    template = CmsTemplate.for_signer(signer, signing_time=True, details=details)
    digest = hashlib.new(template.digest_algorithm, above.signature_value).digest()
    info = template.build_info(digest, signing_time=now, counter=True)
    alone = counter_frame(layout(above.der), info)
    brought = tuple(dict.fromkeys(alone.certificates + template.certificates))
    grown = parse_frame(_raised(join(replace(alone, certificates=brought)), signer, baseline, tsa, collect, None))
    signed = parse_frame(add_unsigned(view, attribute(names.COUNTER_SIGNATURE, grown.infos[0])))
    return join(put_back(parts, index, with_evidence(signed, grown)))


def _assert_sound(sig: CmsSignature) -> None:
    """Refuse to counter-sign what is plainly broken; the content is not asked for."""
    holds, findings = check_cms(sig, lambda _: sig.message_digest or b"")
    if holds is not True:
        raise VerificationError("signer.unsound", why=findings[0])


def _raised(
    cms: bytes,
    signer: Signer,
    baseline: Baseline,
    tsa: TimestampSource | None,
    collect: Collect | None,
    content: DigestOf | None,
) -> bytes:
    """`cms`, that `signer` has just signed, raised to `baseline`; refused where the evidence tells against the key."""
    if baseline <= Baseline.B_B:
        return cms
    weighing = weighed(collect, signer.certificate)
    return extend_detached(cms, baseline=baseline, tsa=tsa, collect=weighing, content=content)
