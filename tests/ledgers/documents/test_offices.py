"""What stands for an office in its documents' numbers."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from config import SettingError, Settings
from server.application import create_app
from server.clock import FixedClock
from server.ledgers.documents.offices import organisation_mark, read_marks, township_mark
from server.seed.basics import FACTS

SEEDED = json.loads(FACTS.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("市应急管理局", "应急"),
        ("市交通局（交通运输局）", "交通"),
        ("市公安局交警大队", "公安交警"),
        ("市生态环境分局（吕梁生态环境孝义分局）", "生态环境"),
        ("市市场监管局", "市场监管"),
        ("市消防救援大队", "消防救援"),
        ("局", "局"),
        ("（）", "安"),
    ],
)
def test_a_departments_mark_is_its_name_without_what_all_are(name: str, mark: str) -> None:
    assert organisation_mark(name) == mark


def test_every_department_has_a_mark_of_its_own() -> None:
    marks = [organisation_mark(each["name"]) for each in SEEDED["organisations"]]
    assert all(marks)
    assert len(set(marks)) == len(marks)


def test_every_township_has_a_mark_of_its_own() -> None:
    marks = [township_mark(each["name"]) for each in SEEDED["townships"]]
    assert len(set(marks)) == len(marks) == 16
    assert {"新义安", "兑镇安", "下栅安"} <= set(marks)


def test_the_setting_says_otherwise() -> None:
    assert read_marks(["yjj=应急", " 141181105000 = 梧桐 "]) == {
        "yjj": "应急",
        "141181105000": "梧桐",
    }


@pytest.mark.parametrize(
    "pair", ["yjj", "=应急", "yjj=", "yjj=应 急", "yjj=应/急", "yjj=" + "长" * 21]
)
def test_a_mark_that_is_none_stops_the_start(
    settings: Settings, clock: FixedClock, pair: str
) -> None:
    with pytest.raises(SettingError, match="DOCUMENT_MARKS"):
        create_app(replace(settings, document_marks=pair), clock)
