"""signing.sources.pkcs11_uri: RFC 7512, its examples, and no PIN in an argument."""

from __future__ import annotations

import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.errors import UsageError
from signing.sources.pkcs11_uri import Pkcs11Uri, comparable, format_uri, parse_uri


def refused(where: str, code: str = "pkcs11.uri") -> UsageError:
    with pytest.raises(UsageError) as caught:
        parse_uri(where)
    assert caught.value.code == code
    return caught.value


# RFC 7512 §3, as far as a key and not a module or an object of another kind is named
RFC_EXAMPLES = {
    "": Pkcs11Uri(),
    "object=my-pubkey;type=cert": Pkcs11Uri(object="my-pubkey"),
    "object=my-key;type=private?pin-source=file:/etc/token": Pkcs11Uri(object="my-key", pin_file="/etc/token"),
    "token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;model=1.0;object=my-certificate"
    ";type=cert;id=%69%95%3E%5C%F4%BD%EC%91;serial=?pin-source=file:/etc/token_pin": Pkcs11Uri(
        wanted=(
            ("token", "The Software PKCS#11 Softtoken"),
            ("serial", ""),
            ("manufacturer", "Snake Oil, Inc."),
            ("model", "1.0"),
        ),
        object="my-certificate",
        id=b"i\x95>\\\xf4\xbd\xec\x91",
        pin_file="/etc/token_pin",
    ),
    "object=my-sign-key;type=private?module-name=mypkcs11": Pkcs11Uri(object="my-sign-key", module_name="mypkcs11"),
    "object=my-sign-key;type=private?module-path=/mnt/libmypkcs11.so.1": Pkcs11Uri(
        object="my-sign-key", module_path="/mnt/libmypkcs11.so.1"
    ),
    "token=Software%20PKCS%2311%20softtoken;manufacturer=Snake%20Oil,%20Inc.?module-path=/lib/x.so": Pkcs11Uri(
        wanted=(("token", "Software PKCS#11 softtoken"), ("manufacturer", "Snake Oil, Inc.")), module_path="/lib/x.so"
    ),
    "slot-description=Sun%20Metaslot": Pkcs11Uri(wanted=(("slot-description", "Sun Metaslot"),)),
    "library-manufacturer=Snake%20Oil,%20Inc.;library-description=Soft%20Library;library-version=1.23": Pkcs11Uri(
        wanted=(
            ("library-manufacturer", "Snake Oil, Inc."),
            ("library-description", "Soft Library"),
            ("library-version", "1.23"),
        )
    ),
    "slot-id=007": Pkcs11Uri(wanted=(("slot-id", "7"),)),
}


@pytest.mark.parametrize("where", RFC_EXAMPLES)
def test_the_examples_of_the_standard_are_read(where: str) -> None:
    assert parse_uri(where) == RFC_EXAMPLES[where]


@pytest.mark.parametrize(
    "where",
    [
        "token=x?pin-value=4729-bi-mat",
        "token=x;pin-value=4729-bi-mat",
        "pin-value=4729-bi-mat",
        "token=x?PIN-VALUE=4729-bi-mat",
        "token=x?pin-value=4729-bi-mat&pin-value=1",
        "token=x? pin-value=4729-bi-mat",
    ],
)
def test_a_pin_in_the_uri_is_refused_and_not_repeated(where: str) -> None:
    error = refused(where, "pkcs11.pin-value")
    assert "4729" not in "".join(traceback.format_exception(error, limit=0)) + str(error.details)


@pytest.mark.parametrize(
    "where",
    [
        "4729-bi-mat",
        "token=x;4729-bi-mat",
        "token=x?pin_value:4729-bi-mat",
        "token=x?pin-source=4729-bi-mat",
        "token=x?pin-source=|cat 4729-bi-mat",
        "token=x?pin-source=file:4729-bi-mat",
        "token=x?pin-source=file://host/4729-bi-mat",
        "token=x?pin-source=https://host/4729-bi-mat",
        "4729-bi-mat=x",
        "token=4729-bi-mat%0",
        "token=4729-bi-mat%00",
        "token=4729-bi-mat%0A",
        "token=4729-bi-mat%FF",
        "token=4729-bi-mat\ud800",
    ],
)
def test_what_may_be_a_pin_in_the_wrong_place_is_not_repeated(where: str) -> None:
    shown = refused(where)
    assert "4729-bi-mat" not in str(shown).replace("4729-bi-mat: unknown", "")


@pytest.mark.parametrize(
    "where",
    [
        "token=x;token=x",
        "token=x;Token=x",
        "color=red",
        "token=x?color=red",
        "module-path=/x.so",
        "token=x?token=x",
        "token=x?module-path=x.so",
        "token=x?module-path=../x.so",
        "token=x?module-name=../x",
        "token=x?module-name=",
        "type=secret-key",
        "slot-id=-1",
        "slot-id=18446744073709551616",
        "slot-id=٣",
        "cert-sha256=00",
        "cert-sha256=" + "g" * 64,
        "cert-serial=",
        "cert-serial=xyz",
        "token=" + "x" * 5000,
    ],
)
def test_what_the_standard_does_not_allow_is_refused(where: str) -> None:
    refused(where)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(where: str) -> None:
    try:
        parse_uri(where)
    except UsageError as e:
        assert e.code in {"pkcs11.uri", "pkcs11.pin-value"}


@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=32), st.binary(min_size=1, max_size=40)
)
def test_the_uri_that_is_listed_names_the_same_token_and_key(label: str, key_id: bytes) -> None:
    module = Pkcs11Uri(module_path="/thư mục/x&y;z.so")
    made = format_uri(module, token=label, serial="12 34", key_id=key_id)
    read = parse_uri(made.removeprefix("pkcs11:"))
    assert read.id == key_id
    assert read.module_path == module.module_path
    assert comparable(dict(read.wanted).get("token", "")) == comparable(label)
