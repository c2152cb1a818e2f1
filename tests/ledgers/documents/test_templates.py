"""An office's own templates: which is taken, and what is said of a broken one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from docx import Document
from docxtpl import DocxTemplate

from config import Settings
from server.application import create_app
from server.clock import FixedClock
from server.errors import Conflict
from server.ledgers.documents.kinds import DocumentKind
from server.ledgers.documents.rendering import MOST_FILE_BYTES, OURS, find_template
from tests.client import Client
from tests.conftest import PASSWORD

from .conftest import issue, issued, text_of
from .story import OFFICE, made, values_of

K = DocumentKind
MANUAL = Path(__file__).resolve().parents[3] / "docs" / "documents.md"
KIND = K.RECTIFICATION_NOTICE


def template(*paragraphs: str) -> bytes:
    """A Word file of these paragraphs, with the number that every document needs."""
    document = Document()
    for text in ("{{ 文号 }}", *paragraphs):
        document.add_paragraph(text)
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def put(folder: Path, content: bytes, office: str = "", kind: DocumentKind = KIND) -> str:
    path = folder / office / f"{kind.value}.docx"
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(content)
    return str(folder)


def refused(folder: str) -> Conflict:
    with pytest.raises(Conflict) as caught:
        made(KIND, {}, folder)
    assert caught.value.code == "template_broken"
    assert f"{KIND.value}.docx" in caught.value.detail
    return caught.value


def test_an_offices_own_goes_first_then_the_installations_then_ours(tmp_path: Path) -> None:
    assert "整改通知单" in text_of(made(KIND, {}, str(tmp_path)))
    put(tmp_path, template("全市统一"))
    assert "全市统一" in text_of(made(KIND, {}, str(tmp_path)))
    put(tmp_path, template("本局自用"), OFFICE.key)
    assert "本局自用" in text_of(made(KIND, {}, str(tmp_path)))
    assert "全市统一" in text_of(find_template(str(tmp_path), "nyj", KIND.value).content)


def test_it_may_use_every_field_and_word_like_loops(tmp_path: Path) -> None:
    names = [name for name, value in values_of(KIND, {}).items() if isinstance(value, str)]
    folder = put(tmp_path, template(*(f"{each}={{{{ {each} }}}}" for each in names)))
    text = text_of(made(KIND, {}, folder, text="某处"))
    assert "隐患描述=某处" in text
    assert "整改期限=2026年12月13日" in text


@pytest.mark.parametrize(
    ("paragraph", "says"),
    [
        ("{{ 文好 }}", "第 2 段“{{ 文好 }}”中的“文好”不是栏目的名称"),
        ("{% if 文号 %}没有完", "第 2 段"),
        ("{{ 文号 | 大写 }}", "大写"),
        ("{{ 文号 ", "第 2 段"),
        ("{% for 项 in 隐患清单 %}{{ 项.没有 }}{% endfor %}", "没有"),
        ("{{ 1 / 0 }}", "第 2 段"),
        ("{{ 文号.__class__.__mro__ }}", "第 2 段"),
        ("{{ ''.__class__.__base__.__subclasses__() }}", "第 2 段"),
        ("{{ 隐患清单.append(1) }}{% for x in range(999999999) %}{% endfor %}", "第 2 段"),
        ("{% include '/etc/passwd' %}", "第 2 段"),
    ],
)
def test_a_broken_one_is_named_with_its_place(tmp_path: Path, paragraph: str, says: str) -> None:
    assert says in refused(put(tmp_path, template(paragraph))).detail


def test_a_mistake_in_the_footer_is_said_to_be_there(tmp_path: Path) -> None:
    document = Document(BytesIO(template()))
    document.sections[0].footer.paragraphs[0].text = "{{ 页数 }}"
    buffer = BytesIO()
    document.save(buffer)
    assert "页眉或页脚" in refused(put(tmp_path, buffer.getvalue())).detail


def test_what_is_no_word_file_is_said_to_be_none(tmp_path: Path) -> None:
    assert "不是 .docx" in refused(put(tmp_path, b"\xd0\xcf\x11\xe0 old Word")).detail
    with ZipFile(tmp_path / "x.zip", "w") as package:
        package.writestr("x", "y")
    content = (tmp_path / "x.zip").read_bytes()
    assert "完整的 .docx" in refused(put(tmp_path, content)).detail


def test_a_file_that_is_too_large_or_has_macros_is_refused(tmp_path: Path) -> None:
    assert "5 MB" in refused(put(tmp_path, b"x" * (MOST_FILE_BYTES + 1))).detail
    for name, content, says in (
        ("word/vbaProject.bin", b"x", "宏"),
        ("word/media/bomb.bin", bytes(60 * 1024 * 1024), "解压后过大"),
    ):
        buffer = BytesIO(template())
        with ZipFile(buffer, "a", 8) as package:
            package.writestr(name, content)
        assert says in refused(put(tmp_path, buffer.getvalue())).detail


def test_a_file_that_can_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    folder = put(tmp_path, template())
    # Whoever runs the tests may be allowed to read everything.
    monkeypatch.setattr(Path, "read_bytes", denied)
    assert "无法读取" in refused(folder).detail


def test_it_must_show_the_number(tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("没有文号")
    buffer = BytesIO()
    document.save(buffer)
    assert "没有用到“文号”" in refused(put(tmp_path, buffer.getvalue())).detail


def test_a_broken_template_takes_no_number(
    settings: Settings, clock: FixedClock, make: Callable[..., str], tmp_path: Path
) -> None:
    folder = put(tmp_path / "own", template("{{ 文好 }}"), "141181001000")
    app = create_app(replace(settings, templates_dir=folder), clock)
    town, number = Client.signed_in(app, "town01", PASSWORD), make()
    answer = issue(town, number, KIND.value)
    assert answer.status_code == 409
    assert answer.json["code"] == "template_broken"
    assert answer.json["template"] == f"141181001000/{KIND.value}.docx"
    assert answer.json["field"] == "文好"
    assert len(town.get(f"/api/v1/hazards/{number}/events").json["items"]) == 1
    put(tmp_path / "own", template("本街道"), "141181001000")
    assert issued(town, number, KIND.value)["number"].endswith("〔2026〕1号")
    app.extensions["database"].dispose()


@pytest.mark.parametrize("kind", list(DocumentKind))
def test_ours_use_only_fields_that_there_are_and_the_manual_names_all(kind: DocumentKind) -> None:
    used = DocxTemplate(OURS / f"{kind.value}.docx").get_undeclared_template_variables()
    values = values_of(kind, {})
    assert used <= values.keys()
    prose = re.sub(r"```.*?```", "", MANUAL.read_text(encoding="utf-8"), flags=re.DOTALL)
    named = set(re.findall(r"`([^`]+)`", prose))
    assert values.keys() <= named
