"""Name constraints (RFC 5280 §4.2.1.10, §6.1.4 (g)): directory, mail, DNS; others are refused where they meet."""

from __future__ import annotations

from cryptography import x509
from cryptography.x509.oid import NameOID

from .certificates import Facts

MAX_CHECKS = 10_000  # comparisons of one name with one subtree, for one certificate


def within(constraints: x509.NameConstraints, subject: Facts) -> bool:
    """Whether every name of `subject` is permitted and none is excluded; false whenever that cannot be told."""
    permitted = list(constraints.permitted_subtrees or ())
    excluded = list(constraints.excluded_subtrees or ())
    mail_counts = any(isinstance(tree, x509.RFC822Name) for tree in (*permitted, *excluded))
    try:
        names = _names(subject, mail_counts=mail_counts)
    except ValueError:  # something in the place of a mail address that is none
        return False
    if len(names) * (len(permitted) + len(excluded)) > MAX_CHECKS:
        return False
    for name in names:
        same = [tree for tree in permitted if type(tree) is type(name)]
        barring = [tree for tree in excluded if type(tree) is type(name)]
        if any(_under(name, tree) is not False for tree in barring):
            return False
        if same and not any(_under(name, tree) for tree in same):
            return False
    return True


def _names(subject: Facts, *, mail_counts: bool) -> list[x509.GeneralName]:
    certificate = subject.certificate
    names = list(subject.alternative_names)
    if list(certificate.subject):
        names.append(x509.DirectoryName(certificate.subject))
    if mail_counts:  # beside alternative names too, stricter than the RFC: the subject is what people are shown
        mails = certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)
        names += [x509.RFC822Name(str(mail.value)) for mail in mails]
    return names


def _under(name: x509.GeneralName, tree: x509.GeneralName) -> bool | None:
    """Whether `name` lies in `tree`; None when this kind of name is not understood."""
    if isinstance(name, x509.DirectoryName) and isinstance(tree, x509.DirectoryName):
        own, limit = _parts(name.value), _parts(tree.value)
        return own[: len(limit)] == limit
    if isinstance(name, x509.RFC822Name) and isinstance(tree, x509.RFC822Name):
        mail, limit_text = name.value.lower(), tree.value.lower()
        host = mail.rpartition("@")[2]
        if "@" in limit_text:
            return mail == limit_text
        return host.endswith(limit_text) if limit_text.startswith(".") else host == limit_text
    if isinstance(name, x509.DNSName) and isinstance(tree, x509.DNSName):
        host, limit_text = name.value.lower().rstrip("."), tree.value.lower().strip(".")
        return not limit_text or host == limit_text or host.endswith("." + limit_text)
    return None


def _parts(name: x509.Name) -> list[frozenset[tuple[str, str]]]:
    """The relative names, compared without regard to case and runs of spaces (RFC 5280 §7.1)."""
    return [
        frozenset((a.oid.dotted_string, " ".join(str(a.value).casefold().split())) for a in part) for part in name.rdns
    ]
