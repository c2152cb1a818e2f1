"""What a filled form must say of itself to be taken at all."""

from __future__ import annotations

import pytest

from server.errors import Malformed
from server.forms.instance import MOST_ELEMENTS, read_instance

MiB = 1024 * 1024


def instance(body: str = "", attributes: str = 'id="fire" version="1"') -> bytes:
    return f"<data {attributes}>{body}</data>".encode()


ID = "<meta><instanceID>uuid:1</instanceID></meta>"


def test_an_instance_says_what_it_is() -> None:
    body = (
        "<deviceid> collect:x </deviceid><meta><deprecatedID>uuid:0</deprecatedID>"
        "<instanceID> uuid:1 </instanceID></meta>"
    )
    read = read_instance(instance(body), MiB)
    assert (read.form_id, read.version, read.instance_id) == ("fire", "1", "uuid:1")
    assert (read.device_id, read.deprecated_id) == ("collect:x", "uuid:0")


def test_namespaces_are_taken_off() -> None:
    xml = (
        b'<x:data xmlns:x="urn:form" xmlns:orx="http://openrosa.org/xforms" id="fire"><x:a>1</x:a>'
        b"<orx:meta><orx:instanceID>uuid:1</orx:instanceID></orx:meta></x:data>"
    )
    read = read_instance(xml, MiB)
    assert (read.root.tag, read.root.findtext("a"), read.instance_id) == ("data", "1", "uuid:1")
    assert (read.version, read.device_id, read.deprecated_id) == ("", "", "")


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (instance(ID, 'version="1"'), "form_id_missing"),
        (instance(ID, 'id=" "'), "form_id_missing"),
        (instance(), "instance_id_missing"),
        (instance("<meta><instanceID> </instanceID></meta>"), "instance_id_missing"),
        (instance("<instanceID>uuid:1</instanceID>"), "instance_id_missing"),
        (instance(f"<meta><instanceID>{'x' * 256}</instanceID></meta>"), "instance_id_missing"),
        (instance(ID + "<a/>" * MOST_ELEMENTS), "xml_too_many"),
    ],
)
def test_what_does_not_say_so_is_refused(xml: bytes, code: str) -> None:
    with pytest.raises(Malformed) as raised:
        read_instance(xml, MiB)
    assert raised.value.code == code
