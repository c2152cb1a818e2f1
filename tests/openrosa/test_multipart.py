"""Reading an OpenRosa post: however the network cuts it up, and whatever it is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import DomainError, Malformed, TooLarge, UnsupportedMedia
from server.openrosa.multipart import PostLimits, read_post
from server.storage import Storage
from tests.client import multipart

LIMITS = PostLimits(submission=10_000, xml=1_000, photo=2_000, parts=4)
TYPE = "multipart/form-data; boundary=b"
XML = b"<data/>"

Result = tuple[bytes, list[tuple[str, str, bytes]]]


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    yield Storage(f"file://{tmp_path}")
    assert list(tmp_path.rglob("*")) == [tmp_path / "staging"]


def reader(body: bytes, sizes: list[int] | None = None) -> Callable[[int], bytes]:
    """Gives the body in pieces of these sizes, then whatever is asked for."""
    cuts = list(sizes or [])
    position = 0

    def read(size: int) -> bytes:
        nonlocal position
        size = min(size, cuts.pop(0)) if cuts else size
        piece = body[position : position + size]
        position += len(piece)
        return piece

    return read


def read(
    storage: Storage,
    body: bytes,
    content_type: str = TYPE,
    *,
    length: int | None = -1,
    sizes: list[int] | None = None,
    limits: PostLimits = LIMITS,
) -> Result:
    """What the body holds; `length` is what the request says it is, by default the truth."""
    announced = len(body) if length == -1 else length
    with storage.staged() as staging:
        post = read_post(reader(body, sizes), content_type, announced, staging, limits)
        files = []
        for part_name, filename, staged in post.files:
            staged.sync()
            files.append((part_name, filename, staged.path.read_bytes()))
        return post.xml, files


def part(disposition: str, content: bytes = b"", more: str = "") -> bytes:
    head = f"--b\r\nContent-Disposition: form-data; {disposition}\r\n{more}\r\n"
    return head.encode() + content + b"\r\n"


FORM = part('name="xml_submission_file"; filename="s.xml"', XML)
END = b"--b--\r\n"

# Bytes that look like a boundary that is about to begin.
NASTY = st.lists(
    st.sampled_from([b"\r", b"\n", b"\r\n", b"-", b"--", b"\r\n--", b"--b", b"\0", b"x"]),
    max_size=60,
).map(b"".join)


@given(
    st.binary(max_size=300) | NASTY,
    st.lists(st.binary(max_size=300) | NASTY, max_size=3),
    st.lists(st.integers(1, 40), max_size=200),
    st.booleans(),
)
def test_however_the_body_is_cut_up_the_result_is_the_same(
    storage: Storage, xml: bytes, photos: list[bytes], sizes: list[int], chunked: bool
) -> None:
    named = [(f"{number}.jpg", photo) for number, photo in enumerate(photos)]
    body, content_type = multipart(xml, named)
    length = None if chunked else len(body)
    result = read(storage, body, content_type, length=length, sizes=sizes)
    assert result == (xml, [(name, name, photo) for name, photo in named])


@given(st.data(), st.lists(st.integers(1, 40), max_size=50), st.booleans())
def test_cut_off_at_any_byte_it_is_malformed_and_leaves_nothing(
    storage: Storage, data: st.DataObject, sizes: list[int], chunked: bool
) -> None:
    body, content_type = multipart(XML, {"a.jpg": b"a" * 50, "b.jpg": b""})
    closed = len(body) - len(b"\r\n")
    cut = data.draw(st.integers(0, closed - 1))
    length = None if chunked else len(body)
    with pytest.raises(Malformed) as refused:
        read(storage, body[:cut], content_type, length=length, sizes=sizes)
    assert refused.value.code == "multipart_malformed"


@given(st.binary(max_size=500), st.booleans())
def test_any_bytes_at_all_are_read_or_refused(storage: Storage, junk: bytes, framed: bool) -> None:
    body = b"--b\r\n" + junk + b"\r\n--b--\r\n" if framed else junk
    with pytest.raises(DomainError):
        read(storage, body)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (END, "form_missing"),
        (part('name="a.jpg"; filename="a.jpg"', b"x") + END, "form_missing"),
        (part('name="xml"', XML) + END, "form_missing"),
        (FORM + FORM + END, "form_twice"),
        (b"", "multipart_malformed"),
        (b"--b\r\n\r\nx\r\n--b--\r\n", "multipart_malformed"),
        (b'--b\r\nContent-Disposition: attachment; name="x"\r\n\r\n--b--', "multipart_malformed"),
        (b"--b\r\nContent-Disposition: form-data; name=\xff\r\n\r\n--b--", "multipart_malformed"),
        (FORM.replace(b"\r\n", b"\n") + b"--b--\n", "multipart_malformed"),
        (FORM + b"--bx--\r\n", "multipart_malformed"),
        (part('name="a"; filename="a"', b"x", "Content-Length: 2\r\n"), "multipart_malformed"),
        (part('name="a"; filename="a"', b"", f"X: {'x' * 5000}\r\n") + END, "multipart_malformed"),
        (part(f'name="a"; filename="{"a" * 5000}"') + FORM + END, "multipart_malformed"),
        (part('name="a"; filename="a"', b"", "X: y\r\n" * 50) + END, "multipart_malformed"),
        (FORM + part('name="a"; filename="a\0b"') + END, "file_name_malformed"),
        (FORM + part('name="a\x07"; filename="a"') + END, "file_name_malformed"),
    ],
)  # fmt: skip
def test_what_is_no_openrosa_post_is_refused_by_name(
    storage: Storage, body: bytes, code: str
) -> None:
    with pytest.raises(Malformed) as refused:
        read(storage, body)
    assert refused.value.code == code


def test_a_body_longer_than_it_says_is_read_to_its_announced_end(storage: Storage) -> None:
    assert read(storage, FORM + END + b"GET /", length=len(FORM + END))[0] == XML


@pytest.mark.parametrize("chunked", [True, False])
def test_what_comes_after_the_end_does_no_harm(storage: Storage, chunked: bool) -> None:
    body = FORM + END + b"epilogue"
    assert read(storage, body, length=None if chunked else len(body))[0] == XML


@pytest.mark.parametrize(
    "content_type",
    [
        *("", ";", "\0", "text/xml", "application/json", "multipart/mixed; boundary=b"),
        *("multipart/form-data", "multipart/form-data; boundary=é"),
        *("multipart/form-data; boundary=", 'multipart/form-data; boundary=""'),
    ],
)
def test_another_content_type_is_not_read(storage: Storage, content_type: str) -> None:
    with pytest.raises(UnsupportedMedia):
        read(storage, FORM + END, content_type)


@pytest.mark.parametrize(
    ("header", "boundary"),
    [
        ("boundary=b; charset=utf-8", "b"),
        ('BOUNDARY="b"', "b"),
        ('boundary="two words"', "two words"),
        ('boundary="\'()+_,-./:=?"', "'()+_,-./:=?"),
        ("boundary=" + "x" * 200, "x" * 200),
        ("boundary=--b", "--b"),
    ],
)
def test_a_boundary_may_be_odd(storage: Storage, header: str, boundary: str) -> None:
    body = (FORM + END).replace(b"--b", b"--" + boundary.encode())
    assert read(storage, body, f"Multipart/Form-Data; {header}")[0] == XML


@pytest.mark.parametrize("header", ['boundary="b\n"', 'boundary="b\r\n"'])
def test_a_boundary_that_cannot_be_is_malformed(storage: Storage, header: str) -> None:
    with pytest.raises(Malformed):
        read(storage, FORM + END, f"multipart/form-data; {header}")


@pytest.mark.parametrize(
    ("disposition", "name", "filename"),
    [
        ('name="照片 1.jpg"; filename="照片 1.jpg"', "照片 1.jpg", "照片 1.jpg"),
        ('name="🔥"; filename="🔥"', "🔥", "🔥"),
        ("name=a.jpg; filename=a.jpg", "a.jpg", "a.jpg"),
        ('filename="a.jpg"; name="a.jpg"', "a.jpg", "a.jpg"),
        ('filename="a.jpg"', "", "a.jpg"),
        ('name="%22a%22"; filename="%22a%22"', '"a"', '"a"'),
        ('name="x"; filename="../../etc/passwd"', "x", "../../etc/passwd"),
        ('name="x"; filename="/etc/passwd"', "x", "/etc/passwd"),
        ('name="x"; filename="a\u3000b.jpg"', "x", "a\u3000b.jpg"),
        (f'name="x"; filename="{"长" * 300}"', "x", "长" * 300),
    ],
)
def test_a_file_keeps_the_names_it_was_sent_under_and_they_name_nothing_here(
    storage: Storage, disposition: str, name: str, filename: str
) -> None:
    body = FORM + part(disposition, b"photo") + END
    assert read(storage, body) == (XML, [(name, filename, b"photo")])


def test_a_plain_field_is_passed_over(storage: Storage) -> None:
    body = part('name="*isIncomplete*"', b"yes" * 1_000) + FORM + part('name="x"', b"y") + END
    assert read(storage, body) == (XML, [])


def test_the_form_may_come_last(storage: Storage) -> None:
    body = part('name="a"; filename="a"', b"1") + FORM + END
    assert read(storage, body) == (XML, [("a", "a", b"1")])


PHOTO = 'name="a.jpg"; filename="a.jpg"'


@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (part('name="xml_submission_file"', b"x" * 1_001) + END, "too_large"),
        (FORM + part(PHOTO, b"x" * 2_001) + END, "too_large"),
        (FORM + part(PHOTO, b"x" * 2_000) * 5 + END, "too_large"),
        (b"x" * 10_001, "too_large"),
        (FORM + part(PHOTO) * 4 + END, "too_many_parts"),
        (part('name="x"') * 5 + END, "too_many_parts"),
    ],
)
def test_what_is_over_a_limit_is_refused_and_leaves_nothing(
    storage: Storage, body: bytes, code: str, chunked: bool
) -> None:
    with pytest.raises(TooLarge) as refused:
        read(storage, body, length=None if chunked else len(body))
    assert refused.value.code == code


@pytest.mark.parametrize("chunked", [True, False])
def test_what_is_just_at_a_limit_is_taken(storage: Storage, chunked: bool) -> None:
    xml, photo = b"x" * 1_000, b"y" * 2_000
    body = part('name="xml_submission_file"', xml) + part(PHOTO, photo) * 3 + END
    length = None if chunked else len(body)
    taken, files = read(storage, body, length=length)
    assert (taken, [content for *_, content in files]) == (xml, [photo] * 3)


def test_what_says_that_it_is_too_large_is_not_even_read(storage: Storage) -> None:
    def unread(size: int) -> bytes:
        raise AssertionError(size)

    with storage.staged() as staging, pytest.raises(TooLarge):
        read_post(unread, TYPE, LIMITS.submission + 1, staging, LIMITS)


def test_a_body_without_an_end_is_stopped_at_the_limit(storage: Storage) -> None:
    asked = 0

    def endless(size: int) -> bytes:
        nonlocal asked
        asked += size
        return b"x" * size

    with storage.staged() as staging, pytest.raises(TooLarge):
        read_post(endless, TYPE, None, staging, LIMITS)
    assert asked <= 2 * 64 * 1024
