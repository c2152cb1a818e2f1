"""The documents as LibreOffice lays them out: pages, the text on them, and ink where it is due."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from PIL import Image

from server.ledgers.documents.archive import Maker
from server.ledgers.documents.items import THIRTEEN, Story
from server.ledgers.documents.kinds import DocumentKind
from server.ledgers.documents.schemas import DATA

from .conftest import DATA as FILLED_IN
from .story import NOW, OFFICE, made, material

K = DocumentKind

# How many pages each takes with what is usual, and what must be on them.
PAGES: dict[str, tuple[int, tuple[str, ...]]] = {
    "inspection_record": (1, ("现场检查记录", "晋J-001", "后厨燃气报警器断电", "检查人员（签名）")),
    "rectification_notice": (1, ("隐患整改通知单", "逾期移送执法", "【章】", "签收人")),
    "rectification_order": (
        1,
        ("责令限期整改指令书", "孝义市人民法院", "2026年12月10日", "【章】"),
    ),
    "review_opinion": (2, ("整改复查意见书", "部分整改", "责改〔2026〕7号", "【章】")),
    "listing_notice": (2, ("重大事故隐患挂牌督办通知书", "二楼用餐区停用", "【章】")),
    "closure_approval": (2, ("安全生产隐患销号审批表", "措施：是", "安委办", "【章】")),
    "extension_approval": (1, ("隐患整改延期审批表", "2026年12月15日", "不批准", "【章】")),
    "archive_cover": (1, ("重大事故隐患档案", "一患一档", "公示记录", "不全")),
    "archive_record": (1, ("整改过程记录和照片", "办理经过", "申请延期")),
}


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the PDF of every document: one start of LibreOffice for all."""
    folder = tmp_path_factory.mktemp("pages")
    for kind in DocumentKind:
        content = made(kind, DATA[kind]().load(FILLED_IN[kind.value]), text="一楼疏散通道")
        (folder / f"{kind.value}.docx").write_bytes(content)
    known = material("一楼疏散通道")
    maker = Maker("", known, OFFICE, NOW)
    items = [entry.judge(Story(known, {})) for entry in THIRTEEN]
    (folder / "archive_cover.docx").write_bytes(maker.cover(items, "李四", 5, "0" * 64))
    (folder / "archive_record.docx").write_bytes(maker.sheet(THIRTEEN[7].title, items[7]))
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    command = ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", str(folder)]
    files = [str(each) for each in sorted(folder.glob("*.docx"))]
    subprocess.run([*command, *files], check=True, capture_output=True, timeout=300)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_it_prints_as_it_should(laid_out: Path, name: str) -> None:
    pages, texts = PAGES[name]
    pdf = laid_out / f"{name}.pdf"
    text = subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], check=True, capture_output=True, timeout=60
    ).stdout.decode()
    assert text.count("\f") == pages
    plain = "".join(text.split())
    for each in texts:
        assert each in plain
    assert f"第{pages}页共{pages}页" in plain
    subprocess.run(
        ["pdftoppm", "-r", "40", "-png", str(pdf), str(laid_out / name)], check=True, timeout=60
    )
    images = sorted(laid_out.glob(f"{name}-*.png"))
    assert len(images) == pages
    for each in images:
        with Image.open(each) as picture:
            width, height = picture.size
            assert height > width  # A4 upright
            darkest, lightest = picture.convert("L").getextrema()
            assert (darkest, lightest) < (128, 256)
            # Nothing runs off the paper.
            edge = picture.convert("L").crop((0, 0, width // 20, height))
            assert edge.getextrema() == (255, 255)
