"""The columns of what can be imported, and finding them in a file."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..errors import InvalidInput
from ..glossary import Term
from ..ledgers.reconciliation.normalising import bare, text_of
from ..ledgers.reconciliation.opening import Grid, Limits, open_file

# A heading may stand below a title.
LOOKED_AT = 10
MOST_BYTES = 16 << 20
MOST_ROWS = 20_000
MOST_COLUMNS = 64

# What is in brackets after a heading, or the star of what must be filled in, is not its name.
BESIDE = re.compile(r"[（(].*[）)]|[*＊]")


class ImportKind(Term):
    PEOPLE = "people", "人员"
    SITES = "sites", "监管对象"


class Column(NamedTuple):
    """A column: its heading, what else it may be called, and what belongs into it."""

    field: str
    heading: str
    required: bool
    width: float
    advice: str
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> set[str]:
        return {bare(each) for each in (self.heading, *self.aliases)}


PEOPLE_COLUMNS = (
    Column(
        "username", "账号", True, 16, "登录用的账号，1–64 字，不能与已有账号相同。",
        ("登录账号", "用户名", "登录名"),
    ),
    Column("name", "姓名", True, 12, "本人姓名。"),
    Column(
        "role", "角色", True, 22,
        "网格员、乡镇（街道）安委办、行业主管（监管）部门、市安委办、责任单位、督查员 之一。"
        "系统管理员不能导入，请在“人员”页面单独新增。",
    ),
    Column(
        "area", "所在区划", True, 26,
        "区划编码，或名称，如 新义街道；有重名的写全，如 新义街道/演示社区/第1网格。",
        ("区划", "区划编码", "辖区"),
    ),
    Column(
        "organisation", "所在部门", False, 24,
        "部门、市安委办填写单位名称或代码；其他角色不填。", ("部门", "单位", "单位名称"),
    ),
    Column(
        "sectors", "行业领域", False, 24,
        "部门必填：负责的行业领域，名称或代码，几个之间用顿号。其他角色不填。", ("行业",),
    ),
    Column(
        "sites", "监管对象", False, 30,
        "责任单位必填：统一社会信用代码、编号或全称，几个之间用顿号。其他角色不填。",
        ("责任单位", "场所"),
    ),
)  # fmt: skip

SITE_COLUMNS = (
    Column(
        "name", "名称", True, 30, "营业执照或门牌上的全称。",
        ("单位名称", "场所名称", "监管对象", "单位（场所）名称", "企业名称"),
    ),
    Column("kind", "类别", True, 12, "企业、公共场所、自建房、隐患点 之一。", ("类型",)),
    Column(
        "area", "所在区划", True, 26,
        "区划编码，或名称，如 新义街道；有重名的写全，如 新义街道/演示社区/第1网格。",
        ("区划", "区划编码"),
    ),
    Column("sector", "行业领域", False, 18, "名称或代码，如 消防。", ("行业",)),
    Column(
        "credit_code", "统一社会信用代码", False, 24, "18 位；没有的不填。",
        ("信用代码", "社会信用代码"),
    ),
    Column("address", "地址", False, 36, "门牌地址。", ("详细地址",)),
    Column("longitude", "经度", False, 12, "度，如 111.7791；经度、纬度要么都填，要么都不填。"),
    Column("latitude", "纬度", False, 12, "度，如 37.1462。"),
    Column(
        "datum", "坐标系", False, 16,
        "WGS-84（GPS）、GCJ-02（高德、腾讯）、BD-09（百度）；不填为 WGS-84。",
    ),
)  # fmt: skip

COLUMNS: Mapping[ImportKind, tuple[Column, ...]] = {
    ImportKind.PEOPLE: PEOPLE_COLUMNS,
    ImportKind.SITES: SITE_COLUMNS,
}


@dataclass(frozen=True)
class Line:
    """A row of the file: its number as a spreadsheet shows it, and its texts by field."""

    number: int
    texts: Mapping[str, str]


def read_lines(kind: ImportKind, file_name: str, content: bytes) -> list[Line]:
    """The lines of the first sheet that has the columns of a kind.

    Columns that are of nothing here, such as those of a result, are passed over.

    Raises:
        UnsupportedMedia, TooLarge, InvalidInput: the file can't be taken (`open_file`); no sheet
            has the columns that are required, a column is there twice, or no line is there.
    """
    limits = Limits(bytes=MOST_BYTES, rows=MOST_ROWS, columns=MOST_COLUMNS)
    grids = open_file(file_name, content, limits)
    found = [heading for grid in grids if (heading := _heading(kind, grid)) is not None]
    if not found:
        wanted = "、".join(each.heading for each in COLUMNS[kind] if each.required)
        raise _refused(
            "no_heading", f"没有找到表头：应有 {wanted} 这几列。请下载模板，把内容填在模板里。"
        )
    heading = max(found, key=lambda each: len(each.places))
    missing = [
        each.heading for each in COLUMNS[kind] if each.required and each.field not in heading.places
    ]
    if missing:
        message = f"缺少这几列：{'、'.join(missing)}。请下载模板，把内容填在模板里。"
        raise _refused("columns_missing", message)
    lines = _lines(heading)
    if not lines:
        raise _refused("no_lines", f"“{heading.grid.name}”的表头下面没有内容。")
    return lines


class _Heading(NamedTuple):
    grid: Grid
    row: int
    # Which column, from 0, a field is in.
    places: dict[str, int]


def _heading(kind: ImportKind, grid: Grid) -> _Heading | None:
    """The row of a sheet that has most of the headings, if it has two or more."""
    best: _Heading | None = None
    for number, cells in list(grid.rows.items())[:LOOKED_AT]:
        names = [bare(BESIDE.sub("", text_of(cell))) for cell in cells]
        places: dict[str, int] = {}
        for column in COLUMNS[kind]:
            at = [place for place, name in enumerate(names) if name in column.names]
            if len(at) > 1:
                raise _refused("column_twice", f"“{column.heading}”有 {len(at)} 列，请留下一列。")
            if at:
                places[column.field] = at[0]
        if len(places) >= 2 and (best is None or len(places) > len(best.places)):
            best = _Heading(grid, number, places)
    return best


def _lines(heading: _Heading) -> list[Line]:
    lines: list[Line] = []
    for number, cells in heading.grid.rows.items():
        if number <= heading.row:
            continue
        texts = {
            field: text
            for field, place in heading.places.items()
            if place < len(cells) and (text := text_of(cells[place]))
        }
        if texts:
            lines.append(Line(number, texts))
    return lines


def _refused(code: str, message: str) -> InvalidInput:
    return InvalidInput(code, message, errors={"file": [message]})


def listed(text: str) -> Sequence[str]:
    """The things that a cell names, several in one."""
    parts = map(str.strip, re.split(r"[、,，;；\n]+", text))
    return [part for part in parts if part]
