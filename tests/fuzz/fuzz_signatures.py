"""Audits of CMS signatures, timestamps and evidence records."""

from __future__ import annotations

import base64
from datetime import timedelta

from signing.cms import der
from signing.cms.signed_data import add_long_term
from signing.cms.timestamp import read_response
from signing.ers.make import make_records
from signing.trust.crl import parse_crl
from signing.trust.ocsp import parse_ocsp

from ..signing.authority import HOUR, NOW, crl, ocsp_response
from ..signing.scene import sign, stamped, token
from ..signing.test_archive import Authority
from .signed import audited, digest, issuing, leaf, scene
from .target import Target

TSA = scene().tsa()
LISTS = tuple(crl(holder, at=NOW - HOUR) for holder in (scene().root, issuing(), scene().tsa_root))
PLAIN = sign(leaf(), [issuing()])
STAMPED = add_long_term(stamped(PLAIN, TSA), [scene().root.certificate], LISTS, [])
PEM = b"-----BEGIN CMS-----\n" + base64.encodebytes(PLAIN) + b"-----END CMS-----\n"
TOKEN = token(b"content", TSA, NOW - HOUR)
RESPONSE = der.seq(der.seq(der.integer(0)), TOKEN)
RECORDS = make_records([digest(b"a"), digest(b"b"), digest(b"c")], Authority(TSA, NOW - timedelta(days=1)))

TARGETS = (
    Target("cms", lambda data: audited("fuzzed.p7s", data), (PLAIN, STAMPED, PEM)),
    Target("token", lambda data: audited("fuzzed.tst", data), (TOKEN,)),
    Target("response", lambda data: audited("fuzzed.tsr", data), (RESPONSE,)),
    Target("read response", read_response, (RESPONSE,)),
    Target("record", lambda data: audited("fuzzed.ers", data), RECORDS[:1]),
    Target("crl", parse_crl, LISTS[:1]),
    Target("ocsp", parse_ocsp, (ocsp_response(leaf(), issuing()),)),
)
