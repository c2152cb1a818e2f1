"""Names and credit codes against the registry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.ledgers.records import Record
from server.ledgers.rules.names import (
    CODE_SIGNS,
    Registered,
    Registry,
    check_sign,
    credit_code_flaw,
    is_credit_code,
    name_flaw,
    name_mismatch,
    normal_name,
    short_name,
)

# Examples that GB 32100-2015 and public registers print.
KNOWN = ["91350100M000100Y43", "911100001000000000"[:17] + check_sign("91110000100000000")]


def test_the_standards_own_example_is_right() -> None:
    assert all(is_credit_code(code) for code in KNOWN)


@given(st.text(CODE_SIGNS, min_size=17, max_size=17), st.data())
def test_every_single_wrong_sign_shows(start: str, data: st.DataObject) -> None:
    code = start + check_sign(start)
    assert is_credit_code(code)
    at = data.draw(st.integers(0, 17))
    wrong = data.draw(st.sampled_from([sign for sign in CODE_SIGNS if sign != code[at]]))
    assert not is_credit_code(code[:at] + wrong + code[at + 1 :])


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("91350100M000100Y42", "末位校验码应为 3，现为 2"),
        ("91350100M000100Y4", "应为 18 位，现为 17 位"),
        ("9135010OM000100Y43", "不可能出现的字符 O"),
    ],
)
def test_a_wrong_code_says_what_is_wrong(code: str, says: str) -> None:
    flaw = credit_code_flaw(code, "演示餐馆")
    assert flaw is not None
    assert says in flaw.explanation


def test_a_right_code_and_none_are_no_flaw() -> None:
    assert credit_code_flaw("91350100M000100Y43", "演示餐馆") is None
    assert credit_code_flaw("", "演示餐馆") is None


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ("演示餐饮（孝义）有限公司", "name_spelling"),
        ("演示 餐饮(孝义)有限公司", "name_spelling"),
        ("演示餐饮\u3000(孝义)有限公司", "name_spelling"),
        ("演示餐饮(孝义)", "name_abbreviated"),
        ("孝义市演示餐饮(孝义)", "name_abbreviated"),
        ("演示餐饮", "name_abbreviated"),
        ("王记饭店", "name_differs"),
    ],
)
def test_a_name_that_differs(said: str, rule: str) -> None:
    registered = "演示餐饮(孝义)有限公司"
    flaw = name_flaw("整改责任单位", said, registered)
    assert flaw is not None
    assert flaw.rule == rule
    assert flaw.values == {"整改责任单位": said, "对象库名称": registered}
    assert name_flaw("整改责任单位", registered, registered) is None


REGISTRY = Registry(
    [
        Registered("孝义市演示餐饮有限公司", "91350100M000100Y43"),
        Registered("演示超市", ""),
        Registered("王记饭店（东街）", ""),
        Registered("孝义市兴盛煤业有限公司", ""),
        Registered("山西兴盛煤业有限责任公司", ""),
    ]
)


@pytest.mark.parametrize(
    ("name", "code", "rules"),
    [
        ("孝义市演示餐饮有限公司", "91350100M000100Y43", []),
        ("孝义市演示餐饮有限公司", "", []),
        ("演示餐饮", "", ["name_abbreviated"]),
        ("演示 超市", "", ["name_spelling"]),
        ("王记饭店(东街)", "", ["name_spelling"]),
        ("别的名字", "91350100M000100Y43", ["name_differs"]),
        ("别的名字", "91350100m000100y43", ["name_differs"]),
        ("从来没有登记过的", "", []),
        ("演示超市", "91350100M000100Y44", ["credit_code_invalid"]),
        # Two may be meant: whoever wrote it has to say which.
        ("兴盛煤业", "", []),
        ("孝义市兴盛煤业有限公司", "", []),
    ],
)
def test_a_line_against_the_registry(name: str, code: str, rules: list[str]) -> None:
    record = Record("1", site_name=name, credit_code=code)
    assert [flaw.rule for flaw in name_mismatch(record, REGISTRY)] == rules


def test_names_are_made_alike() -> None:
    assert normal_name("ＡＢ　（东）") == "ab(东)"
    assert short_name("山西省孝义市演示餐饮有限责任公司") == "演示餐饮"
    assert short_name("演示小卖部（个体工商户）") == "演示小卖部"
    assert short_name("孝义市") == "孝义市"
