"""The same thing as another hand writes it: texts, days, numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from random import Random

from . import wording

Cell = str | int | float | date | None


# --- Days ------------------------------------------------------------------------------------


def text_day(random: Random, day: date) -> str:
    """A day as one of the texts that people write."""
    return random.choice(
        [
            f"{day:%Y-%m-%d}",
            f"{day.year}年{day.month}月{day.day}日",
            f"{day.year}.{day.month}.{day.day}",
            f"{day.year}/{day.month}/{day.day}",
            f"{day.month}月{day.day}日",
            f"{day:%Y%m%d}",
            f"{day:%y}.{day.month}.{day.day}",
            wide(f"{day:%Y-%m-%d}"),
        ]
    )


def written_day(random: Random, day: date | None) -> Cell:
    """A day as a cell: a date, Excel's number for it, or a text."""
    if day is None:
        return None
    chance = random.random()
    if chance < 0.4:
        return day
    return (day - date(1899, 12, 30)).days if chance < 0.5 else text_day(random, day)


# --- Descriptions ----------------------------------------------------------------------------


def _reworded(random: Random, text: str) -> str:
    pairs = [pair for pair in wording.SAYS_ALSO if pair[0] in text]
    for old, new in random.sample(pairs, min(len(pairs), random.randint(1, 3))):
        text = text.replace(old, new, 1)
    return text


def _mistyped(random: Random, text: str) -> str:
    for _ in range(random.choice([1, 1, 2])):
        place = random.randrange(len(text))
        kind = random.random()
        if kind < 0.5 and text[place] in wording.MISTYPED:
            text = text[:place] + wording.MISTYPED[text[place]] + text[place + 1 :]
        elif kind < 0.75 and len(text) > 6:
            text = text[:place] + text[place + 1 :]
        else:
            text = text[:place] + text[place : place + 2][::-1] + text[place + 2 :]
    return text


def _reordered(random: Random, text: str) -> str:
    parts = text.split("，")
    random.shuffle(parts)
    return random.choice(["，", "；", "、", "，并且"]).join(parts)


def _shortened(random: Random, text: str) -> str:
    parts = text.split("，")
    if len(parts) > 1 and random.random() < 0.7:
        return random.choice(parts) if random.random() < 0.4 else parts[0]
    return text[: max(6, int(len(text) * 0.7))]


def _lengthened(random: Random, text: str) -> str:
    return random.choice([*wording.BEFORE, ""]) + text + random.choice(wording.AFTER)


def _wide(random: Random, text: str) -> str:
    return wide(text)


def wide(text: str) -> str:
    """Digits, letters and ASCII marks at full width."""
    return "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text)


CHANGES: list[tuple[Callable[[Random, str], str], str]] = [
    (_reworded, "reworded"),
    (_mistyped, "mistyped"),
    (_reordered, "reordered"),
    (_shortened, "shortened"),
    (_lengthened, "lengthened"),
    (_wide, "full width"),
]


# --- Numbers ---------------------------------------------------------------------------------

NUMBERINGS: list[Callable[[str], str]] = [
    str.lower,
    wide,
    lambda number: number.replace("-", "—"),
    lambda number: number.replace("-", "－"),
    lambda number: number.replace("-", ""),
    lambda number: number.replace("-", " - "),
    lambda number: number.replace("-", "_"),
    lambda number: f" {number}　",
    lambda number: number.removeprefix("YH-"),
    lambda number: re.sub(r"-0+(\d+)$", r"-\1", number),
]
