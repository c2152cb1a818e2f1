"""Word files from Word templates: an office's own, where it put one, else ours.

A template is a .docx with Jinja expressions. It is somebody's file, so it runs in a sandbox, and
whatever is wrong with it is said with its name and place. What is filled in is text and stays text.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from traceback import walk_tb
from typing import Any
from zipfile import BadZipFile, ZipFile

from docx.image.image import Image
from docx.opc.exceptions import PackageNotFoundError
from docx.shared import Mm, Pt, RGBColor
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined, TemplateSyntaxError, meta
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape

from ...errors import Conflict
from ...fields import FORBIDDEN
from .filling import BLANK

OURS = Path(__file__).resolve().parents[1] / "templates"

MOST_FILE_BYTES = 5 * 1024 * 1024
MOST_UNPACKED_BYTES = 50 * 1024 * 1024
MOST_WIDTH, MOST_HEIGHT = Mm(45), Mm(40)

DRAFT = "草稿　未出具　不作为文书使用"


@dataclass(frozen=True)
class Picture:
    """A photo in a document, and the code by which its original is found."""

    content: bytes
    code: str


@dataclass(frozen=True)
class Template:
    """A template's bytes, and the name that messages call it by."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()


def find_template(folder: str, office: str, kind: str) -> Template:
    """The template of a kind: the office's own, else the installation's, else ours.

    Raises:
        Conflict: it can't be read, or is too large.
    """
    name = f"{kind}.docx"
    candidates = [OURS / name]
    if folder:
        candidates = [Path(folder) / office / name, Path(folder) / name, *candidates]
    path = next((each for each in candidates if each.is_file()), OURS / name)
    shown = name if path.parent == OURS else str(path.relative_to(folder))
    try:
        if path.stat().st_size > MOST_FILE_BYTES:
            raise _broken(shown, f"文件超过 {MOST_FILE_BYTES // 1024 // 1024} MB。")
        return Template(shown, path.read_bytes())
    except OSError as error:
        raise _broken(shown, f"无法读取：{error.strerror}。") from error


def rendered(
    template: Template,
    values: Mapping[str, Any],
    *,
    title: str,
    author: str,
    at: datetime,
    draft: bool = False,
    must: Sequence[str] = (),
) -> bytes:
    """The template with its fields filled in; a draft says on top that it is one.

    Raises:
        Conflict: the template is broken, names a field that there is not, or lacks one of `must`;
            the message names file and place.
    """
    _require_whole(template)
    document = DocxTemplate(BytesIO(template.content))
    environment = SandboxedEnvironment(
        autoescape=True, undefined=StrictUndefined, finalize=_as_text
    )
    try:
        document.render_init()
        used = _used(template, document, environment)
        _require_known(template, document, used, values, must)
        document.render(_with_images(document, values), environment, autoescape=True)
    except Conflict:
        raise
    except (BadZipFile, PackageNotFoundError, KeyError) as error:
        raise _broken(template.name, "不是完整的 .docx 文件，请用 Word 另存后重试。") from error
    except Exception as error:
        # An expression may go wrong in any way that Python can; the fault is the template's.
        raise _broken(template.name, f"{_place(document, error)}写法有误（{error}）。") from error
    return _saved(document, title=title, author=author, at=at, draft=draft)


def _require_whole(template: Template) -> None:
    try:
        with ZipFile(BytesIO(template.content)) as package:
            unpacked = sum(each.file_size for each in package.infolist())
            macros = any("vbaProject" in each for each in package.namelist())
    except BadZipFile as error:
        raise _broken(template.name, "不是 .docx 文件，请用 Word 另存为 .docx。") from error
    if unpacked > MOST_UNPACKED_BYTES:
        raise _broken(template.name, "解压后过大。")
    if macros:
        raise _broken(template.name, "含有宏，请另存为不含宏的 .docx。")


def _require_known(
    template: Template,
    document: DocxTemplate,
    used: set[str],
    values: Mapping[str, Any],
    must: Sequence[str],
) -> None:
    for name in sorted(used - values.keys()):
        where = _place_of_field(document, name)
        raise _broken(template.name, f"{where}中的“{name}”不是栏目的名称。", lacking=name)
    for name in must:
        if name not in used:
            raise _broken(template.name, f"没有用到“{name}”，文书必须有它。", lacking=name)


def _used(
    template: Template, document: DocxTemplate, environment: SandboxedEnvironment
) -> set[str]:
    """The fields that a template names, wherever in it."""
    used: set[str] = set()
    for where, source in _sources(document):
        try:
            used |= meta.find_undeclared_variables(environment.parse(source))
        except TemplateSyntaxError as error:
            place = where or _paragraph(source, error.lineno)
            raise _broken(template.name, f"{place}写法有误（{error.message}）。") from error
    return used


def _sources(document: DocxTemplate) -> Iterator[tuple[str, str]]:
    """What Jinja gets to see, a paragraph a line: the body, whose place is the line, and around."""
    yield "", _by_line(document.patch_xml(document.get_xml()))
    for uri in (document.HEADER_URI, document.FOOTER_URI):
        for _, part in document.get_headers_footers(uri):
            yield "页眉或页脚", _by_line(document.patch_xml(document.get_part_xml(part)))


def _by_line(source: str) -> str:
    return re.sub(r"<w:p([ >])", r"\n<w:p\1", source)


def _place_of_field(document: DocxTemplate, name: str) -> str:
    for where, source in _sources(document):
        for number, line in enumerate(source.splitlines(), start=1):
            if name in line:
                return where or _paragraph(source, number)
    return "模板"


def _place(document: DocxTemplate, error: Exception) -> str:
    """Which paragraph was being filled in: docxtpl puts each on a line of its own."""
    if document.current_rendering_part is not document.docx.part:
        return "页眉或页脚"
    line = 0
    for frame, number in walk_tb(error.__traceback__):
        if frame.f_code.co_filename == "<template>":
            line = number
    return _paragraph(next(_sources(document))[1], line)


def _paragraph(source: str, line: int) -> str:
    lines = source.splitlines()
    text = re.sub(r"<[^>]+>", "", lines[line - 1]) if 0 < line <= len(lines) else ""
    return f"第 {max(line - 1, 1)} 段“{text[:60]}”"


def _broken(name: str, what: str, lacking: str = "") -> Conflict:
    detail = f"文书模板 {name} 有误。{what}请改正模板，或移走它以使用自带的模板。"
    return Conflict("template_broken", detail, template=name, field=lacking)


def _as_text(value: Any) -> Any:
    """Text as a Word document can hold it; nothing said is blank paper."""
    if value is None or value == "":
        return BLANK
    if hasattr(value, "__html__"):
        return value
    text = FORBIDDEN.sub("", str(value)).replace("\r\n", "\n").replace("\r", "\n")
    # docxtpl makes braces of these, to let templates show some.
    safe = str(escape(text)).replace("{_", "{&#95;").replace("_}", "&#95;}")
    return Markup(safe)  # noqa: S704


def _with_images(document: DocxTemplate, values: Mapping[str, Any]) -> dict[str, Any]:
    def shown(value: Any) -> Any:
        if isinstance(value, list):
            return [shown(each) for each in value]
        if isinstance(value, Picture):
            image = InlineImage(document, BytesIO(value.content), **_size(value.content))
            return {"图": image, "编号": value.code}
        return value

    return {name: shown(value) for name, value in values.items()}


def _size(content: bytes) -> dict[str, Any]:
    """One side of the picture, so that it fits the place; the other follows."""
    image = Image.from_blob(content)
    wide = image.px_width * MOST_HEIGHT > image.px_height * MOST_WIDTH
    return {"width": MOST_WIDTH} if wide else {"height": MOST_HEIGHT}


def _saved(document: DocxTemplate, *, title: str, author: str, at: datetime, draft: bool) -> bytes:
    if draft:
        _mark_as_draft(document)
    properties = document.docx.core_properties
    properties.title, properties.author = title[:255], author[:255]
    properties.created = properties.modified = at.replace(tzinfo=None)
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _mark_as_draft(document: DocxTemplate) -> None:
    """On top, whatever the template says."""
    paragraph = document.docx.add_paragraph()
    run = paragraph.add_run(DRAFT)
    run.bold, run.font.size, run.font.color.rgb = True, Pt(16), RGBColor(0xC0, 0, 0)
    document.docx.element.body.insert(0, paragraph._element)
