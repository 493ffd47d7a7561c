"""What a signer says beside the signature, as flags of the verbs that sign; see `SigningDetails`."""

from __future__ import annotations

import argparse
import hashlib

from ..cms.attributes import Commitment, SignaturePolicyId, SignerLocation, SigningDetails
from ..errors import UsageError
from ..files import read_file

_COMMITMENTS = {one.label.removeprefix("proof-of-"): one for one in Commitment}


def add_detail_flags(parser: argparse.ArgumentParser) -> None:
    """`--commitment`, `--role`, `--location`, `--policy-oid` and `--policy-file`."""
    group = parser.add_argument_group("what the signer says; nobody vouches for it")
    group.add_argument(
        "--commitment", action="append", default=[], metavar="WHAT", help=f"{', '.join(_COMMITMENTS)}, or an OID"
    )
    group.add_argument("--role", action="append", default=[], metavar="TEXT", help="in which capacity")
    group.add_argument("--location", metavar="PLACE[,CC]", help="where: 'Hà Nội,VN'")
    group.add_argument("--policy-oid", metavar="OID", help="the signature policy followed; with --policy-file")
    group.add_argument("--policy-file", metavar="FILE", help="its document, of which the digest is signed")
    group.add_argument("--policy-uri", metavar="URL", help="where that document can be read")


def details_from(args: argparse.Namespace) -> SigningDetails | None:
    """The flags as `SigningDetails`, None without any. Raises `UsageError` (`usage.argument`, `input.unreadable`)."""
    details = SigningDetails(
        commitments=tuple(_COMMITMENTS.get(given, given) for given in args.commitment),
        claimed_roles=tuple(args.role),
        location=_location(args.location) if args.location is not None else None,
        policy=_policy(args),
    )
    return details or None


def _location(text: str) -> SignerLocation:
    """`Hà Nội,VN` → locality and country; a last part that is no country code belongs to the place."""
    place, comma, country = text.rpartition(",")
    if comma and len(country.strip()) == 2 and country.strip().isupper():
        return SignerLocation(locality=place.strip() or None, country=country.strip())
    return SignerLocation(locality=text.strip())


def _policy(args: argparse.Namespace) -> SignaturePolicyId | None:
    if args.policy_oid is None and args.policy_file is None and args.policy_uri is None:
        return None
    if args.policy_oid is None or args.policy_file is None:
        raise UsageError("usage.argument", why="--policy-oid, --policy-file")
    digest = hashlib.sha256(read_file(args.policy_file)).digest()
    return SignaturePolicyId(oid=args.policy_oid, digest=digest, uri=args.policy_uri)
