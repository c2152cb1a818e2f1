"""一患一档: the thirteen in their folders, and a cover that says what is missing."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from docx import Document
from flask import Flask

from server.database import Database
from server.glossary import Level, State
from server.hazards.acts import find
from server.ledgers.documents.archive import COVER, compiled, zipped
from server.ledgers.documents.items import THIRTEEN
from server.storage import Storage
from tests import filling
from tests.client import Client
from tests.conftest import NOW, PASSWORD
from tests.factories import account_actor, make_hazard
from tests.following import correcting

from .conftest import DATA, issued, text_of

HazardIn = Callable[[State], str]

FOLDERS = [f"{number:02d} {entry.title}" for number, entry in enumerate(THIRTEEN, start=1)]


def archive_of(client: Client, number: str) -> dict[str, bytes]:
    answer = client.get(f"/api/v1/hazards/{number}/archive.zip")
    assert answer.status_code == 200, answer.text
    with ZipFile(BytesIO(answer.data)) as package:
        assert package.testzip() is None
        return {name: package.read(name) for name in package.namelist()}


def listed_on_cover(files: dict[str, bytes]) -> dict[str, tuple[str, str]]:
    """The cover's table: presence and words by the document's title."""
    table = Document(BytesIO(files[COVER])).tables[1]
    rows = [[cell.text.strip() for cell in row.cells] for row in table.rows[1:]]
    return {title: (presence, words) for _, title, presence, words in rows}


def test_the_cover_is_first_and_the_thirteen_follow_in_order(
    major: str, department: Client
) -> None:
    files = archive_of(department, major)
    names = list(files)
    assert names[0] == COVER
    assert sorted({name.partition("/")[0] for name in names[1:]}) == FOLDERS
    assert list(listed_on_cover(files)) == [entry.title for entry in THIRTEEN]


def test_what_is_missing_is_said_in_words(major: str, department: Client) -> None:
    files = archive_of(department, major)
    said = listed_on_cover(files)
    assert said["发现（检查）记录"] == ("不全", "有上报记录，没有出具《现场检查记录》。")
    assert said["判定意见"] == ("齐全", "")
    assert said["重大隐患报告"][0] == "缺"
    assert "治理方案" in said["重大隐患报告"][1]
    assert said["治理方案"][0] == "齐全"
    assert said["双报告凭证"] == ("不全", "有 2 项报告没有附凭证照片。")
    assert said["停产撤人停用决定"] == ("齐全", "")
    assert said["挂牌督办通知书"] == ("不全", "已挂牌，没有出具《挂牌督办通知书》。")
    assert said["整改过程记录和照片"] == ("不全", "有延期，没有出具《延期审批表》。")
    assert said["评估报告"][0] == "缺"
    assert said["恢复生产和验收申请"] == ("齐全", "")
    assert said["现场审查（复查）意见"] == ("齐全", "")
    assert said["核销和摘牌文件"] == ("缺", "还没有销号。还没有摘牌。没有出具《销号审批表》。")
    assert said["公示记录"][0] == "缺"
    note = files["13 公示记录/（缺）说明.txt"].decode()
    assert note == f"缺：{said['公示记录'][1]}"
    cover = text_of(files[COVER])
    assert "应有 13 项，齐全 5 项，缺或不全 8 项" in cover


def test_with_its_documents_and_closed_it_lacks_only_what_is_kept_on_paper(
    major: str, department: Client, city: Client
) -> None:
    for kind in DATA:
        issued(department, major, kind, DATA[kind])
    city.does(major, "delist", {"document_no": "摘1"})
    evidence = city.get(f"/api/v1/hazards/{major}/evidence").json["items"]
    answers = [{"finding": each["id"], "word": "核实"} for each in evidence if each["serious"]]
    city.does(major, "close", {"opinion": "同意销号", "answers": answers})
    files = archive_of(city, major)
    said = listed_on_cover(files)
    assert {title for title, (presence, _) in said.items() if presence != "齐全"} == {
        *("重大隐患报告", "双报告凭证", "评估报告", "公示记录"),
    }
    # Each document in its folder, byte for byte.
    kept = department.get(f"/api/v1/hazards/{major}/documents").json["items"]
    for document in kept:
        (name,) = [each for each in files if document["number"] in each]
        assert files[name] == department.get(document["url"]).data
    closing = text_of(files["12 核销和摘牌文件/核销和摘牌文件.docx"])
    assert "摘1" in closing
    assert "同意销号" in closing
    history = text_of(files["08 整改过程记录和照片/整改过程记录和照片.docx"])
    assert "《销号审批表》（孝义）消防救援销审〔2026〕1号" in history
    assert "已清空一楼通道" in history


def test_photos_lie_with_what_they_show_under_their_codes(major: str, department: Client) -> None:
    files = archive_of(department, major)
    photos = department.hazard(major)["photos"]
    for stage, folder in (("before", FOLDERS[0]), ("after", FOLDERS[7])):
        expected = [each["code"] for each in photos if each["stage"] == stage]
        found = [name for name in files if name.startswith(f"{folder}/照片/")]
        assert [name[-18:-4].replace("-", "") for name in found] == expected
        assert all(files[name].startswith(b"\xff\xd8\xff") for name in found)
    sheet = text_of(files[f"{FOLDERS[9]}/{THIRTEEN[9].title}.docx"])
    assert all(name[-18:-4] in sheet for name in files if "整改后" in name)


def test_the_filled_form_is_told_question_by_question(
    grid: Client, town: Client, city: Client
) -> None:
    form = filling.fire([filling.hazard()])
    answer = grid.submit(form, {"fire_01.jpg": b"\xff\xd8\xff broken"})
    assert answer.status_code == 201, answer.text
    number = town.get("/api/v1/hazards").json["items"][0]["number"]
    files = archive_of(town, number)
    sheet = text_of(files["01 发现（检查）记录/发现（检查）记录.docx"])
    assert "1. 疏散通道、安全出口、楼梯间保持畅通" in sheet
    assert "不符合" in sheet
    assert "符合" in sheet
    assert "二楼疏散通道堆满纸箱" in sheet
    assert "北纬 37.146200，东经 111.779100" in sheet
    assert "已隔离" in sheet  # the photo, which is none
    assert files["01 发现（检查）记录/检查表原文.xml"] == form
    assert not [name for name in files if name.endswith(".jpg")]


def test_for_a_general_hazard_fewer_apply(hazard_in: HazardIn, town: Client) -> None:
    number = hazard_in(State.CLOSED)
    said = listed_on_cover(archive_of(town, number))
    not_needed = {title for title, (presence, _) in said.items() if presence == "不适用"}
    assert not_needed == {
        *("判定意见", "重大隐患报告", "双报告凭证", "停产撤人停用决定", "挂牌督办通知书"),
        *("评估报告", "公示记录"),
    }
    assert said["治理方案"] == ("齐全", "")
    assert said["核销和摘牌文件"] == ("不全", "没有出具《销号审批表》。")


def test_a_suspected_one_is_kept_like_a_major_one(make: Callable[..., str], town: Client) -> None:
    said = listed_on_cover(archive_of(town, make(level=Level.SUSPECTED_MAJOR)))
    assert said["判定意见"] == ("缺", "疑似重大，主管部门还没有判定等级。")
    assert "不适用" not in {said[title][0] for title in ("双报告凭证", "挂牌督办通知书")}


def test_fixed_on_the_spot_it_needed_no_plan(
    make: Callable[..., str], grid: Client, town: Client
) -> None:
    number = make()
    grid.does(number, "fix_on_spot", {"summary": "当场清空", "photos": [grid.put_photo()]})
    said = listed_on_cover(archive_of(town, number))
    assert said["治理方案"] == ("不适用", "立查立改，不需要治理方案。")


def test_it_is_for_those_who_judge(
    make: Callable[..., str], app: Flask, grid: Client, unit: Client, auditor: Client
) -> None:
    number = make(site_id=1, site_name="演示餐馆")
    for client in (grid, unit, Client.signed_in(app, "admin01", PASSWORD)):
        assert client.get(f"/api/v1/hazards/{number}/archive.zip").status_code == 403
    assert auditor.get(f"/api/v1/hazards/{number}/archive.zip").status_code == 200
    assert auditor.get("/api/v1/hazards/YH-0/archive.zip").status_code == 404


def test_telephone_numbers_are_masked_in_what_is_told(major: str, department: Client) -> None:
    told = "".join(
        text_of(content)
        for name, content in archive_of(department, major).items()
        if name.endswith(".docx")
    )
    assert "138****1234" in told
    assert "13800001234" not in told


def test_it_goes_out_piece_by_piece(
    major: str, app: Flask, database: Database, department: Client
) -> None:
    """No more than one file is held at a time."""
    desk, library = app.extensions["desk"], app.extensions["library"]
    with database.reading() as session:
        actor = account_actor(session, "dept01")
        hazard = find(session, major, actor, desk.permissions)
        archive = compiled(desk, library, session, hazard, actor, NOW)
    pieces = list(zipped(desk, archive, "https://x"))
    files = archive_of(department, major)
    assert len(pieces) == len(files) + 1
    assert max(map(len, pieces)) < max(map(len, files.values())) + 1024
    assert sum(map(len, pieces)) > 3 * max(map(len, pieces))


@pytest.mark.parametrize("what", ["photo", "document"])
def test_what_is_gone_has_a_note_in_its_place(
    major: str, department: Client, app: Flask, what: str
) -> None:
    storage: Storage = app.extensions["storage"]
    document = issued(department, major, "rectification_notice")
    if what == "photo":
        sha256 = department.hazard(major)["photos"][0]["sha256"]
        storage.remove(sha256)
    else:
        storage.document = lambda digest, ending: None  # type: ignore[method-assign]
    files = archive_of(department, major)
    (note,) = [name for name in files if name.endswith("（缺）.txt")]
    assert (document["number"] in note) == (what == "document")
    assert files[note].decode()


def test_a_corrected_form_is_there_as_well(grid: Client, town: Client) -> None:
    first = filling.fire([filling.hazard()])
    assert grid.submit(first).status_code == 201
    again = correcting(filling.fire([filling.hazard(description="三楼也堵了")]), first)
    assert grid.submit(again).status_code == 201
    number = town.get("/api/v1/hazards").json["items"][-1]["number"]
    files = archive_of(town, number)
    folder = "01 发现（检查）记录"
    assert files[f"{folder}/检查表原文.xml"] == first
    assert files[f"{folder}/检查表（第 1 次更正）原文.xml"] == again
    sheet = text_of(files[f"{folder}/发现（检查）记录.docx"])
    assert "检查表（第 1 次更正）" in sheet
    assert "三楼也堵了" in sheet


def test_the_report_alone_makes_an_archive(database: Database, town: Client) -> None:
    with database.writing() as session:
        number = make_hazard(session, account_actor(session, "grid01")).number
    said: Any = listed_on_cover(archive_of(town, number))
    assert said["治理方案"] == ("缺", "还没有整改方案。")


def test_who_took_an_archive_out_is_written_down(
    major: str, department: Client, city: Client
) -> None:
    archive_of(department, major)
    [entry] = city.get("/api/v1/exports/log").json["items"]
    assert (entry["kind"], entry["format"], entry["phones"]) == ("archive", "zip", True)
    assert entry["kind_name"] == "一患一档"
    assert entry["query"] == {"number": major}
