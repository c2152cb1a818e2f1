"""What stands in cells, as plain values; and what can't be read, said in words."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.glossary import Level
from server.ledgers.reconciliation.normalising import (
    Cell,
    Unreadable,
    bare,
    credit_fault,
    credit_key,
    is_nothing,
    name_key,
    names_in,
    number_key,
    read_amount,
    read_date,
    read_level,
    read_standing,
    text_of,
    without_phone,
)
from server.ledgers.records import Standing

from .ledgers import ALPHABET, credit_code
from .spelling import text_day, wide

THIRD = date(2026, 11, 3)
CELLS = st.one_of(
    st.none(),
    st.text(max_size=40),
    st.text("0123456789年月日./-－：万元，,（）√×是否未已销号整改重大一般yYhH ", max_size=20),
    st.integers(-(10**18), 10**18),
    st.floats(allow_nan=True, allow_infinity=True),
    st.dates(),
    st.datetimes(),
)


@pytest.mark.parametrize(
    "cell",
    [
        THIRD,
        datetime(2026, 11, 3, 14, 30),  # noqa: DTZ001 - a spreadsheet knows no zones
        46329,
        46329.0,
        46329.6,
        "46329",
        "2026-11-03",
        "2026-11-3 ",
        "2026年11月3日",
        "2026 年 11 月 3 日",
        "2026.11.3",
        "2026．11．03",
        "2026/11/3",
        "20261103",
        "11月3日",
        "11.3",
        "26.11.3",
        "２０２６年１１月３日",
        "2026-11-03 14:30:00",
        "2026-11-03T14:30",
        "二〇二六年十一月三日",
        "2026年11月3日前",
    ],
)
def test_a_day_however_it_is_written(cell: Cell) -> None:
    assert read_date(cell, 2026) == THIRD


@pytest.mark.parametrize("cell", [None, "", " ", "/", "—", "无", "暂无"])
def test_a_cell_that_says_nothing(cell: Cell) -> None:
    assert is_nothing(cell)
    assert read_date(cell, 2026) is None
    assert read_amount(cell, Decimal(1)) is None
    assert read_level(cell) is None


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("2026年2月30日", "日历上没有这一天"),
        ("尽快", "应为日期"),
        ("2026-11-03 至 2026-11-05", "只应有一个日期"),
        (12.5, "应为日期"),
        ("1926-11-03", "年份应在"),
        (date(1899, 12, 31), "年份应在"),
        (True, "应为日期"),
    ],
)
def test_no_day(cell: Cell, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read_date(cell, 2026)


@given(st.dates(date(2000, 1, 1), date(2079, 12, 31)), st.integers(0, 10_000))
def test_any_way_of_writing_a_day_is_read_back(day: date, seed: int) -> None:
    assert read_date(text_day(Random(seed), day), day.year) == day


@pytest.mark.parametrize(
    ("cell", "unit", "yuan"),
    [
        (0.5, 10_000, "5000"),
        ("0.5", 10_000, "5000"),
        ("5,000", 1, "5000"),
        ("５，０００元", 1, "5000"),
        ("5000元", 10_000, "5000"),
        ("0.5万元", 1, "5000"),
        ("约 0.5 万", 1, "5000"),
        ("¥1,234.56", 1, "1234.56"),
        (0, 1, "0"),
        ("无需资金", 1, "0"),
        ("3千元", 1, "3000"),
    ],
)
def test_amounts(cell: Cell, unit: int, yuan: str) -> None:
    assert read_amount(cell, Decimal(unit)) == Decimal(yuan)


@pytest.mark.parametrize("cell", ["若干", "-5", "5-10万", float("nan"), float("inf"), 1e30, THIRD])
def test_no_amount(cell: Cell) -> None:
    with pytest.raises(Unreadable):
        read_amount(cell, Decimal(1))


@pytest.mark.parametrize(
    ("cell", "level"),
    [
        ("一般", Level.GENERAL),
        ("一般隐患", Level.GENERAL),
        ("重大", Level.MAJOR),
        ("重 大 事故隐患", Level.MAJOR),
        ("疑似重大", Level.SUSPECTED_MAJOR),
        ("非重大隐患", Level.GENERAL),
    ],
)
def test_levels(cell: Cell, level: Level) -> None:
    assert read_level(cell) is level


@pytest.mark.parametrize("cell", ["较大", "一般/重大", "3", "蓝色"])
def test_no_level(cell: Cell) -> None:
    with pytest.raises(Unreadable, match="一般、疑似重大 或 重大"):
        read_level(cell)


@pytest.mark.parametrize(
    ("cell", "standing"),
    [
        *[(text, Standing.CLOSED) for text in ("是", "已销号", "√", "✔", "已整改", "Y", "已闭环")],
        *[(text, Standing.CLOSED) for text in ("整改完成", "已验收", "销号", "已办结")],
        *[
            (text, Standing.OPEN)
            for text in ("否", "未销号", "×", "整改中", "未整改", "待验收", "无")
        ],
        *[
            (text, Standing.OPEN)
            for text in ("未销号（整改中）", "限期整改", "部分整改", "没有完成")
        ],
        *[(text, Standing.VOID) for text in ("作废", "误报", "作废（重复登记）")],
        (None, None),
        ("/", None),
    ],
)
def test_standing(cell: Cell, standing: Standing | None) -> None:
    assert read_standing(cell) is standing


def test_no_standing() -> None:
    with pytest.raises(Unreadable, match="已销号、未销号"):
        read_standing("张三")


OURS = "YH-141181-001-202611-0001"


@pytest.mark.parametrize(
    "text",
    [
        OURS.lower(),
        wide(OURS),
        OURS.replace("-", ""),
        OURS.replace("-", "—"),
        OURS.replace("-", "－"),
        OURS.replace("-", " - "),
        "YH-141181-001-202611-1",
        "141181-001-202611-0001",
        "YH-l4118l-OO1-2O2611-0001",
        f"\u3000{OURS} ",
    ],
)
def test_one_number_in_many_writings(text: str) -> None:
    assert number_key(text) == number_key(OURS)


def test_other_numbers_stay_others() -> None:
    others = [
        "YH-141181-001-202611-0002",
        "YH-141181-002-202611-0001",
        "2026-001",
        "A-1",
        "甲字1号",
    ]
    assert len({number_key(text) for text in [OURS, *others]}) == 6
    assert number_key("") == number_key(" - ") == ""


@given(st.integers(0, 10_000))
def test_a_sound_credit_code_is_sound_and_any_slip_is_found(seed: int) -> None:
    random = Random(seed)
    code = credit_code(random)
    assert credit_fault(code) is None
    assert credit_fault(credit_key(wide(code.lower()))) is None
    place = random.randrange(18)
    other = random.choice(ALPHABET.replace(code[place], ""))
    assert credit_fault(code[:place] + other + code[place + 1 :]) == "校验位不对"


def test_a_published_credit_code() -> None:
    """The example of a textbook for GB 32100, and its neighbour."""
    assert credit_fault("91350100M000100Y43") is None
    assert credit_fault("91350100M000100Y44") == "校验位不对"
    assert credit_fault("9135010") == "应为 18 位，实际 7 位"
    assert credit_fault("91350100M000100YI3") == "含有不允许的字符（信用代码不用 I、O、S、V、Z）"


@pytest.mark.parametrize(
    "name",
    [
        "孝义市晋丰煤焦有限责任公司",
        "孝义晋丰煤焦有限公司",
        "山西省孝义市晋丰煤焦有限公司",
        "晋丰煤焦",
        "孝义市晋丰　煤焦 有限公司",
        "孝义市（晋丰）煤焦有限公司",
        "孝义市(晋丰)煤焦有限公司",
        "山西孝义晋丰煤焦集团有限公司",
    ],
)
def test_one_unit_in_many_spellings(name: str) -> None:
    assert name_key(name) == "晋丰煤焦"


def test_a_name_is_never_shortened_away() -> None:
    assert name_key("孝义市有限公司") == "孝义市有限公司"
    assert name_key("") == ""


def test_persons_without_their_telephones() -> None:
    assert without_phone("甲某 13800001234") == "甲某"
    assert without_phone("甲某（电话：138****1234）") == "甲某"
    assert names_in("甲某、乙某，丙某 甲某") == ("甲某", "乙某", "丙某")


@given(CELLS)
def test_no_cell_breaks_a_reader(cell: Cell) -> None:
    text_of(cell)
    is_nothing(cell)
    for read in (
        lambda: read_date(cell, 2026),
        lambda: read_amount(cell, Decimal(1)),
        lambda: read_level(cell),
        lambda: read_standing(cell),
    ):
        with suppress(Unreadable):
            read()


@given(st.text(max_size=60))
def test_no_text_breaks_a_key(text: str) -> None:
    assert bare(bare(text)) == bare(text)
    assert number_key(number_key(text)) == number_key(text)
    for key in (name_key, credit_key, credit_fault, names_in, without_phone):
        key(text)
