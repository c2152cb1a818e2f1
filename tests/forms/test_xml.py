"""XML that means harm."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import Malformed, TooLarge
from server.forms.instance import read_instance
from server.forms.xml import MOST_DEPTH, local_name, parse_xml

LIMIT = 2 * 1024 * 1024
# Far above what any of these takes, far below what an expansion would.
SECONDS = 5


def laughs(levels: int = 9) -> str:
    lines = ['<!ENTITY l0 "lol">']
    lines += [f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, levels + 1)]
    return f"<!DOCTYPE a [{''.join(lines)}]><a b='&l{levels};'>&l{levels};</a>"


def nested(levels: int) -> bytes:
    return b"<a>" * levels + b"</a>" * levels


HOSTILE = {
    "billion laughs": laughs().encode(),
    "billion laughs in UTF-16": laughs().encode("utf-16"),
    "billion laughs in UTF-32": laughs().encode("utf-32"),
    "quadratic blowup": (
        f'<!DOCTYPE a [<!ENTITY e "{"x" * 100_000}">]><a>{"&e;" * 100_000}</a>'.encode()
    ),
    "quadratic blowup in an attribute": (
        f'<!DOCTYPE a [<!ENTITY e "{"x" * 100_000}">]><a b="{"&e;" * 100_000}"/>'.encode()
    ),
    "a file": b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
    "a file as document type": b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    "a parameter entity": b'<!DOCTYPE a [<!ENTITY % e SYSTEM "http://127.0.0.1:9/">%e;]><a/>',
    "an empty document type": b"<!DOCTYPE a><a/>",
    "a document type behind a comment": b"<!--" + b"x" * 9000 + b"--><!DOCTYPE a []><a/>",
    "a document type in UTF-7": b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-<a/>',
    "an undefined entity": b"<a>&nbsp;</a>",
    "too deep": nested(MOST_DEPTH + 1),
    "far too deep": nested(100_000),
    "never closed": b"<a>" * 100_000,
    "cut off": b"<a><b>text",
    "two roots": b"<a/><a/>",
    "nothing": b"",
    "a zero byte": b"<a>\0</a>",
    "half a surrogate": b"<a>&#xD800;</a>",
    "broken UTF-8": b"<a>\xff\xfe</a>",
    "an encoding that is none": b'<?xml version="1.0" encoding="nonsense"?><a/>',
    "the same attribute twice": b'<a b="1" b="2"/>',
    "a prefix without a namespace": b"<x:a/>",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_hostile_xml_is_refused_at_once(content: bytes) -> None:
    start = time.perf_counter()
    with pytest.raises(Malformed):
        parse_xml(content, LIMIT)
    assert time.perf_counter() - start < SECONDS


@pytest.mark.parametrize("name", ["a file as document type", "an empty document type"])
def test_a_document_type_is_told_from_a_broken_document(name: str) -> None:
    with pytest.raises(Malformed) as raised:
        parse_xml(HOSTILE[name], LIMIT)
    assert raised.value.code == "xml_forbidden"


def test_depth_and_size_have_limits_that_are_kept_to() -> None:
    assert parse_xml(nested(MOST_DEPTH), LIMIT).tag == "a"
    with pytest.raises(Malformed) as raised:
        parse_xml(nested(MOST_DEPTH + 1), LIMIT)
    assert raised.value.code == "xml_too_deep"
    assert parse_xml(b"<a/>", 4).tag == "a"
    with pytest.raises(TooLarge):
        parse_xml(b"<aa/>", 4)


def test_what_would_fetch_is_left_as_text() -> None:
    xml = (
        b'<a xmlns:xi="http://www.w3.org/2001/XInclude"><?xml-stylesheet href="file:///x"?>'
        b'<!-- no --><xi:include href="file:///etc/passwd"/><b><![CDATA[<i>]]></b></a>'
    )
    include, text = parse_xml(xml, LIMIT)
    assert (local_name(include), len(include), include.text) == ("include", 0, None)
    assert text.text == "<i>"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_other_encodings_are_read(encoding: str) -> None:
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    xml = f'<?xml version="1.0" encoding="{declared}"?><a>隐患</a>'
    assert parse_xml(xml.encode(encoding), LIMIT).text == "隐患"


MARKUP = st.lists(
    st.sampled_from(
        ["<data id='f'>", "</data>", "<meta>", "</meta>", "<instanceID>", "</instanceID>", "uuid:1",
         "<!DOCTYPE a [", "<!ENTITY e 'x'>", "]>", "&e;", "&amp;", "<![CDATA[", "]]>", "<?x?>",
         "<!--", "-->", "<a b='", "'/>", "\0", "隐", "<?xml version='1.0' encoding='utf-16'?>"]
    ),
    max_size=25,
)  # fmt: skip


@given(st.one_of(MARKUP.map("".join).map(str.encode), st.binary(max_size=400)))
def test_whatever_arrives_is_read_or_refused(content: bytes) -> None:
    with suppress(Malformed):
        assert read_instance(content, LIMIT).instance_id
