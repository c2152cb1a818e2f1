"""A table as .xlsx in the customary layout.

A4 landscape, a large title, 填报单位（盖章） and 填报日期, a heading of one or two levels that is
frozen and printed on every page, wrapped cells, the page's number at its foot, a last line to sign.

Every text cell is written as a string, so that what looks like a formula, or like a long number,
stays what it is.

What the writer can't do shapes the sheet. It merges cells only above the row of its own heading:
a table with groups has its visible heading merged there, and the writer's own row, which has the
full name of every column for programs to read, is hidden. It would write the last row twice if
that had a height: a row without one comes after it. And of the rows above its heading it forgets
the heights, unless it keeps the sheet in memory: that it does with what somebody may print.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from itertools import groupby
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from rustpy_xlsxwriter import FastExcel, Format

from .presses import write_apart
from .tables import Cell, Column, Row, cells, counted, headings

SIGNED_BY = ("填报人：", "审核人：", "主要负责人（签字）：")

# Rows of the sheet, from 0: the title, the unit and day, then the heading.
FIRST_HEADING_ROW = 2
HEADING_POINTS = 48.0
# With groups: theirs, then two rows for what is under them, then the hidden one.
GROUPED_POINTS = (20.0, 24.0, 24.0, 0.0)

# What somebody may print gets rows that fit; a larger table is for the screen.
MOST_FITTED = 5_000
# A process of its own costs a moment, and is worth it from here on.
MOST_WRITTEN_HERE = 20_000

LINE_POINTS = 15.0
# Days, names, levels and figures stand in the middle of their cells; sentences begin at the left.
WIDEST_CENTRED = 11.0
PICTURE_POINTS = 90.0
PIXELS_A_CHARACTER, PIXELS_A_POINT = 7.0, 4 / 3
PICTURE_MARGIN = 0.95
MOST_ROW_POINTS = 409.0  # Excel's own limit
LAST_NARROW = 0x2E7F


@dataclass(frozen=True)
class Cover:
    """What stands above the table."""

    title: str
    filled_in_by: str
    filled_in_on: date


class Picture(NamedTuple):
    """A JPEG in a cell: the line's number, from 1, and the column's place, from 0."""

    line: int
    column: int
    content: bytes


def heading_row(columns: Sequence[Column[Row]]) -> int:
    """The row of the sheet, from 0, that has the full name of every column; lines follow it."""
    grouped = any(column.group for column in columns)
    return FIRST_HEADING_ROW + (len(GROUPED_POINTS) - 1 if grouped else 0)


def write_xlsx(
    path: Path,
    sheet: str,
    columns: Sequence[Column[Row]],
    cover: Cover,
    rows: Iterable[Row],
    total: int,
    pictures: Sequence[Picture] = (),
) -> None:
    """Write `total` rows as a workbook: complete, or nothing at `path`.

    The layout takes four columns or more.

    Raises:
        LinesLost: the rows were more or fewer.
    """
    lines: Iterable[list[Cell]] = cells(columns, counted(rows, total))
    heights: dict[int, float] = {}
    if total <= MOST_FITTED:
        lines = list(lines)
        heights = _fitted_heights(columns, lines, {each.line for each in pictures})
    unfinished = path.with_name(f"unfinished-{path.name}")
    # What makes the cells stays here: it can't be sent to another process.
    bare = [column._replace(cell="") for column in columns]
    layout = (unfinished, sheet, bare, cover, total, heights, pictures)
    try:
        if total <= MOST_WRITTEN_HERE:
            _write(lines, *layout)
        else:
            write_apart(_write, lines, *layout)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _write(
    lines: Iterable[list[Cell]],
    path: Path,
    sheet: str,
    columns: Sequence[Column[Row]],
    cover: Cover,
    total: int,
    heights: dict[int, float],
    pictures: Sequence[Picture],
) -> None:
    names, top, last = headings(columns), heading_row(columns), len(columns) - 1
    signature = top + 1 + total
    heights = {0: 30.0, 1: 20.0, signature: 30.0} | _heading_heights(columns) | heights
    (
        FastExcel(str(path))
        .freeze(row=top + 1, col=min(2, last))
        .sheet(
            sheet,
            _records(names, lines),
            header_row=top,
            merge_ranges=_cover_ranges(cover, last) + _heading_ranges(columns),
            row_heights=heights,
            row_formats={signature: Format().set_align("left").set_align("vcenter")},
            column_widths={name: column.width for name, column in zip(names, columns, strict=True)},
            column_formats={
                name: _format(column) for name, column in zip(names, columns, strict=True)
            },
            header_format=_heading_format(),
            dedupe_strings=total <= MOST_FITTED,
            images=[_image(top, each, columns[each.column].width) for each in pictures],
            page_setup={
                "landscape": True,
                "paper_size": 9,
                "print_area": (0, 0, signature, last),
                "repeat_rows": (0, top),
                "fit_to_pages": (1, 0),
                "center_horizontally": True,
                "margins": {"left": 0.3, "right": 0.3, "top": 0.5, "bottom": 0.5},
                "footer": "&C第 &P 页 共 &N 页",
            },
            # No green corners at numbers that are text.
            ignore_errors=names,
        )
        .save()
    )


def _records(names: list[str], lines: Iterable[list[Cell]]) -> Iterator[dict[str, Cell]]:
    for line in lines:
        yield dict(zip(names, line, strict=True))
    blank: dict[str, Cell] = dict.fromkeys(names)
    places = (0, len(names) // 3, 2 * len(names) // 3)
    yield blank | {names[place]: words for place, words in zip(places, SIGNED_BY, strict=True)}
    yield blank | {names[0]: " "}


def _cover_ranges(cover: Cover, last: int) -> list[Any]:
    title = Format().set_bold().set_font_size(16).set_align("center").set_align("vcenter")
    left, right = Format().set_align("left"), Format().set_align("right")
    day, middle = cover.filled_in_on, last // 2
    return [
        (0, 0, 0, last, cover.title, title),
        (1, 0, 1, middle, f"填报单位（盖章）：{cover.filled_in_by}", left),
        (1, middle + 1, 1, last, f"填报日期：{day.year}年{day.month}月{day.day}日", right),
    ]


def _heading_heights(columns: Sequence[Column[Row]]) -> dict[int, float]:
    if heading_row(columns) == FIRST_HEADING_ROW:
        return {FIRST_HEADING_ROW: HEADING_POINTS}
    return dict(enumerate(GROUPED_POINTS, start=FIRST_HEADING_ROW))


def _heading_ranges(columns: Sequence[Column[Row]]) -> list[Any]:
    """The visible heading of a table with groups: a row for these, two for what is under them."""
    first, bottom = FIRST_HEADING_ROW, heading_row(columns) - 1
    if bottom < first:
        return []
    ranges: list[Any] = []
    for group, members in groupby(enumerate(columns), key=lambda each: each[1].group):
        under = list(members)
        if group:
            ranges.append((first, under[0][0], first, under[-1][0], group, _heading_format()))
        top = first + 1 if group else first
        for index, column in under:
            ranges.append((top, index, bottom, index, _broken(column), _heading_format()))
    # The writer goes down the sheet and never back up.
    return sorted(ranges, key=lambda each: int(each[0]))


def _broken(column: Column[Row]) -> str:
    """A heading that needs more than one line has its bracket begin one, if that has the room."""
    before, opening, rest = column.heading.partition("（")
    bracket = opening + rest.partition("）")[0] + "）"
    fits = text_lines(bracket, column.width) == 1 < text_lines(column.heading, column.width)
    return f"{before}\n{opening}{rest}" if opening and len(before) > 1 and fits else column.heading


def _image(top: int, picture: Picture, column_width: float) -> dict[str, Any]:
    """As large as the cell has room for; asked for that, the writer knows no row's height yet."""
    with Image.open(BytesIO(picture.content), formats=["JPEG"]) as image:
        width, height = image.size
    room = column_width * PIXELS_A_CHARACTER, PICTURE_POINTS * PIXELS_A_POINT
    scale = PICTURE_MARGIN * min(room[0] / width, room[1] / height)
    return {
        "data": picture.content,
        "row": top + picture.line,
        "col": picture.column,
        "scale": scale,
    }


def _fitted_heights(
    columns: Sequence[Column[Row]], lines: Iterable[list[Cell]], pictured: set[int]
) -> dict[int, float]:
    """The height in points that each row of the sheet needs for its wrapped text.

    Excel finds them by itself when it opens the file; other programs, and printing, don't.
    """
    top = heading_row(columns)
    widths = [column.width for column in columns]
    return {
        top + number: max(
            _height(zip(line, widths, strict=True)), PICTURE_POINTS if number in pictured else 0
        )
        for number, line in enumerate(lines, start=1)
    }


def _height(fields: Iterable[tuple[Cell, float]]) -> float:
    needed = (text_lines(str(cell), width) for cell, width in fields if cell is not None)
    return min(LINE_POINTS * max(needed, default=1) + 2, MOST_ROW_POINTS)


def text_lines(text: str, width: float) -> int:
    """How many lines a text takes, a Chinese character being two wide."""
    return sum(
        max(1, ceil(sum(2 if ord(each) > LAST_NARROW else 1 for each in part) / width))
        for part in text.split("\n")
    )


def _format(column: Column[Row]) -> Format:
    boxed = _boxed()
    if column.width <= WIDEST_CENTRED:
        boxed = boxed.set_align("center")
    return boxed.set_num_format(column.number_format) if column.number_format else boxed


def _heading_format() -> Format:
    return _boxed().set_bold().set_align("center").set_background_color("#E8EEF5")


def _boxed() -> Format:
    return Format().set_border("thin").set_text_wrap().set_align("vcenter")
