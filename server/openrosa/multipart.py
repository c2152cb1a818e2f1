"""Reading an OpenRosa post as it streams in: the XML into memory up to its limit, files to disk."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from multipart import (
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    parse_options_header,
)

from ..errors import Malformed, TooLarge, UnsupportedMedia
from ..fields import FORBIDDEN
from ..storage import StagedFiles
from ..submissions.reading import ArrivedFile

XML_PART = "xml_submission_file"

CHUNK_BYTES = 64 * 1024

NAMED_PHOTO = re.compile(rb"sha256:([0-9a-f]{64})")
MOST_FIELD_BYTES = 100


@dataclass(frozen=True)
class PostLimits:
    """In bytes, but for the number of parts."""

    submission: int
    xml: int
    photo: int
    parts: int


@dataclass(frozen=True)
class Post:
    """An OpenRosa post: the filled form and its files."""

    xml: bytes
    files: list[ArrivedFile]
    # Photos that were put before, by the name that the form uses: their sha256.
    put_before: dict[str, str]


def read_post(
    read: Callable[[int], bytes],
    content_type: str,
    content_length: int | None,
    staging: StagedFiles,
    limits: PostLimits,
) -> Post:
    """Read a multipart body to its end.

    Args:
        read: gives up to so many bytes of the body, and none at its end.
        content_length: as the request says; None when it is chunked.

    Raises:
        UnsupportedMedia: not multipart/form-data.
        Malformed: cut off, or not multipart as it should be; no form in it, or two.
        TooLarge: a part or the whole is over its limit; says which and how large it may be.
    """
    kind, options = parse_options_header(content_type)
    boundary = options.get("boundary", "")
    if kind != "multipart/form-data" or not boundary:
        raise UnsupportedMedia("not_multipart", "请以 multipart/form-data 提交。")
    if content_length is not None and content_length > limits.submission:
        raise _too_large("这次提交", limits.submission)
    reader = _Reader(staging, limits)
    try:
        parser = PushMultipartParser(
            boundary,
            content_length=-1 if content_length is None else content_length,
            max_segment_count=limits.parts,
        )
        for event in parser.parse_blocking(_counted(read, limits.submission), CHUNK_BYTES):
            reader.take(event)
    except MultipartError as error:
        if isinstance(error, ParserLimitReached) and reader.parts == limits.parts:
            message = f"一次最多提交 {limits.parts} 个文件。"
            raise TooLarge("too_many_parts", message) from error
        raise Malformed("multipart_malformed", "内容没有传完整，请重新发送。") from error
    return reader.post()


def _counted(read: Callable[[int], bytes], most: int) -> Callable[[int], bytes]:
    """A read that stops a chunked body, whose length nobody announced, at the limit."""
    total = 0

    def counted(size: int) -> bytes:
        nonlocal total
        chunk = read(size)
        total += len(chunk)
        if total > most:
            raise _too_large("这次提交", most)
        return chunk

    return counted


class _Reader:
    """Puts each part where it belongs."""

    def __init__(self, staging: StagedFiles, limits: PostLimits) -> None:
        self._staging = staging
        self._limits = limits
        self.parts = 0
        self._xml: bytearray | None = None
        self._files: list[ArrivedFile] = []
        self._fields: list[tuple[str, bytearray]] = []
        self._write: Callable[[bytes | bytearray], None] = lambda chunk: None

    def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        if isinstance(event, MultipartSegment):
            self._begin(event)
        elif event is not None:
            self._write(event)

    def post(self) -> Post:
        if self._xml is None:
            raise Malformed("form_missing", f"缺少表单内容（{XML_PART}）。")
        return Post(bytes(self._xml), self._files, dict(_photos_named(self._fields)))

    def _begin(self, segment: MultipartSegment) -> None:
        self.parts += 1
        if segment.name == XML_PART:
            if self._xml is not None:
                raise Malformed("form_twice", f"一次只能提交一份表单（{XML_PART}）。")
            self._xml = bytearray()
            self._write = self._xml_writer(self._xml)
        elif segment.filename:
            self._write = self._file_writer(segment.name or "", segment.filename)
        else:
            # Of plain fields, such as Collect's *isIncomplete*, only a photo's hash is of use.
            self._write = self._field_writer(segment.name or "")

    def _field_writer(self, name: str) -> Callable[[bytes | bytearray], None]:
        content = bytearray()
        self._fields.append((name, content))

        def write(chunk: bytes | bytearray) -> None:
            room = MOST_FIELD_BYTES - len(content)
            content.extend(chunk[: max(room, 0)])

        return write

    def _xml_writer(self, xml: bytearray) -> Callable[[bytes | bytearray], None]:
        def write(chunk: bytes | bytearray) -> None:
            xml.extend(chunk)
            if len(xml) > self._limits.xml:
                raise _too_large("表单内容", self._limits.xml)

        return write

    def _file_writer(self, name: str, filename: str) -> Callable[[bytes | bytearray], None]:
        if FORBIDDEN.search(name + filename):
            raise Malformed("file_name_malformed", "文件名含有不能保存的字符，请改名后重发。")
        staged = self._staging.new()
        self._files.append(ArrivedFile(name, filename, staged))

        def write(chunk: bytes | bytearray) -> None:
            staged.write(chunk)
            if staged.size > self._limits.photo:
                raise _too_large(f"照片 {filename[:80]}", self._limits.photo)

        return write


def _photos_named(fields: Iterable[tuple[str, bytearray]]) -> Iterator[tuple[str, str]]:
    """The fields that stand for a photo: named as the form names it, `sha256:` and its hash."""
    for name, content in fields:
        if (found := NAMED_PHOTO.fullmatch(bytes(content))) and not FORBIDDEN.search(name):
            yield name, found[1].decode()


def _too_large(what: str, most: int) -> TooLarge:
    return TooLarge("too_large", f"{what}超过 {most / 1024 / 1024:.0f} MB，请缩小后重发。")
