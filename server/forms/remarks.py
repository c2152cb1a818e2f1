"""What is wrong with a form's file, in words that an office understands, by sheet and row.

pyxform speaks English to people who write forms for a living. What it says is recognised by the
templates of its own messages and said again in Chinese; what is not recognised is shown as it is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from string import Formatter


class Severity(StrEnum):
    """Whether a form can be published all the same."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Remark:
    """Something about a form's file. A row is counted as a spreadsheet counts it, from 1."""

    severity: Severity
    message: str
    sheet: str = ""
    row: int | None = None


ROW = re.compile(r"\[row : (\d+)\]")
SHEET = re.compile(r"'(survey|choices|settings|entities|external_choices|osm)'")
UNKNOWN = "转换程序的提示（英文）：{message}"

# By the names of pyxform's error codes; `{...}` are the parts of its own message.
BY_CODE: Mapping[str, str] = {
    "ENTITY_001": "填了 save_to，但没有 entities 表。请加一张 entities 表声明实体。",
    "ENTITY_002": "save_to 的“{saveto}”与第 {other_row} 行重复，请改掉一处。",
    "ENTITY_003": "分组和重复组不能填 save_to，请移到里面的题目上。",
    "ENTITY_004": "entities 表里没有“{dataset}”这个名单，请检查 save_to 的写法。",
    "ENTITY_005": "名单“{dataset}”要新建实体，必须填 label。",
    "ENTITY_006": "名单“{dataset}”既新建又更新，必须填 update_if。",
    "ENTITY_007": "名单“{dataset}”要更新实体，必须填 entity_id。",
    "ENTITY_008": "有几个实体时，save_to 要写成“名单#属性”。",
    "ENTITY_009": "同一层（整张表、分组或重复组）只能声明一个实体；第 {other_row} 行已占用。",
    "ENTITY_011": "名单“{dataset}”的 save_to 分布在不相通的层里（“{scope}”与“{other_scope}”）。",
    "ENTITY_012": "名单“{dataset}”引用的“{question}”不在同一层里，请用 calculate 转一下。",
    "ENTITY_013": "save_to 里最多一个“#”。",
    "HEADER_001": "“{sheet_name}”表的表头不对，请检查第一行的列名（“{header}”）。",
    "HEADER_002": "“{sheet_name}”表里“{other}”和“{header}”是同一列的两种写法，请删掉一列。",
    "HEADER_003": "“{sheet_name}”表缺少必须的列：{missing}。",
    "HEADER_004": "choices 表的列名“{column}”为空或含有空格。",
    "HEADER_005": "entities 表有不认识的列：{columns}。",
    "LABEL_001": "选项没有 label（显示的文字）。",
    "NAMES_001": "名称“{value}”在同一组里重复了，请改名。",
    "NAMES_002": "名称“{value}”与另一个名称只差大小写，分析数据时容易混淆。",
    "NAMES_003": "重复组的名称“{value}”与整张表的根名称相同，请改名。",
    "NAMES_004": "重复组的名称“{value}”在别处已用过，请改名。",
    "NAMES_005": "名称 meta 是保留的，请改名。",
    "NAMES_006": "选项没有 name（名称）。",
    "NAMES_007": "同一个选项表里有重复的 name（名称）。",
    "NAMES_008": "“{column}”列的名称不对：以字母或下划线开头，后面可用字母、数字和 _ - .",
    "NAMES_009": "“{name}”不对：以字母或下划线开头，后面可用字母、数字和 _ - .",
    "NAMES_010": "“{column}”列的名称不能以两个下划线开头。",
    "NAMES_011": "“{column}”列的名称里不能有点。",
    "NAMES_012": "“{column}”列的名称不能是 name 或 label。",
    "NAMES_013": "没有“{sheet}”表，只有名称相近的：{candidates}。",
    "NAMES_014": "entities 表的 list_name 重复。",
    "NAMES_015": "entities 表的 list_name 没有填。",
    "PYREF_001": "“{column}”列的引用写法不对，应为 ${{名称}}。",
    "PYREF_002": "“{column}”列的几个引用之间要有逗号。",
    "PYREF_003": "“{column}”列引用了没有的题目“{q}”。",
    "PYREF_004": "“{column}”列引用的“{q}”不止一个，请改成不重复的名称。",
    "SURVEY_001": "多了一个 end_{type}，前面没有与它配对的 begin_{type}。",
    "SURVEY_002": "“{name}”的 begin_{type} 没有配对的 end_{type}。",
    "SURVEY_004": "parameters 应写成“名称=值 名称=值”。",
    "SURVEY_005": "parameters 里有不认识的：{rejected}；可用：{accepted}。",
}

# Messages that pyxform has no code for.
BY_TEXT: tuple[tuple[str, str], ...] = (
    (r"Unknown question type '(?P<type>[^']*)'", "不认识的题型“{type}”。"),
    (r"List name not in choices sheet: (?P<list>\S+)", "choices 表里没有“{list}”这个选项表。"),
    (r"Question or group with no name", "题目或分组没有 name（名称）。"),
    (r"Question with no type", "题目没有 type（题型）。"),
    (r"Row without name, text, or label is being skipped", "这一行没有名称和文字，已跳过。"),
    (r"Group has no label", "分组没有 label（标题）。"),
    (r"Repeat has no label", "重复组没有 label（标题）。"),
    (r"The survey element named '(?P<name>[^']*)' has no label or hint", "“{name}”没有 label。"),
    (r"calculation.*missing|Missing calculation", "calculate 没有填 calculation（算式）。"),
    (r"do not contain valid machine-readable codes: (?P<list>[^.]*)", "语言没有写代码：{list}。"),
    (r"Language '(?P<lang>[^']*)' is missing the (?P<sheet>\w+) (?P<column>\w+) column",
     "语言“{lang}”缺少 {sheet} 表的 {column} 列。"),
    (r"The required sheet .*survey.* was not found|must have a sheet .*survey", "没有 survey 表。"),
    (r"There should be a choices sheet",
     "有选择题，但没有 choices 表（列 list_name、name、label）。"),
    (r"List name not in external choices sheet: (?P<list>\S+)",
     "external_choices 表里没有“{list}”这个选项表。"),
    (r"Choice names with spaces", "多选题的选项，name（名称）里不能有空格。"),
    (r"specify choices for this 'or other'", "写了 or_other 的选择题没有选项。"),
    (r"Use the max-pixels parameter",
     "照片按原图发送，比较慢；在 parameters 列写 max-pixels=1600 就会缩小。"),
    (r"no longer supported on most devices", "多数手机不再支持这种题型。"),
    (r"'disabled' column header", "disabled 列不再使用，请改用 relevant。"),
    (r"form_id and id_string column headers", "settings 表里 form_id 和 id_string 只留一列。"),
    (r"must have an integer value", "parameters 里的数值应为整数。"),
    (r"save_to", "save_to 的写法不对。"),
)  # fmt: skip

# What names its question, and leaves out the row: the column of the survey that it is found in.
QUESTIONS = (
    ("type", re.compile(r"Unknown question type '(?P<value>[^']*)'")),
    ("name", re.compile(r"The survey element named '(?P<value>[^']*)' has no label or hint")),
)


def remark_on(message: str, severity: Severity) -> Remark:
    """What pyxform said, said again."""
    row, sheet = ROW.search(message), SHEET.search(message)
    known_row = int(row[1]) if row else None
    known_sheet = sheet[1] if sheet else "survey" if row else ""
    return Remark(severity, _in_chinese(message), known_sheet, known_row)


def question_in(message: str) -> tuple[str, str] | None:
    """The column and the value by which the survey's row is found that a message is about."""
    found = ((column, pattern.search(message)) for column, pattern in QUESTIONS)
    return next(((column, each["value"]) for column, each in found if each), None)


def _in_chinese(message: str) -> str:
    for pattern, words in _patterns():
        if found := pattern.search(message):
            parts = {name: value or "？" for name, value in found.groupdict().items()}
            return words.format_map(_Forgiving(parts))
    return UNKNOWN.format(message=ROW.sub("", message).strip())


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Each template of pyxform's that is known here, as an expression that recognises it."""
    from pyxform.errors import ErrorCode

    coded = [
        (_recognising(code.value.msg), BY_CODE[code.name])
        for code in ErrorCode
        if code.name in BY_CODE
    ]
    return (*coded, *((re.compile(pattern, re.DOTALL), words) for pattern, words in BY_TEXT))


def _recognising(template: str) -> re.Pattern[str]:
    seen: set[str] = set()
    parts = []
    for text, name, _, _ in Formatter().parse(template):
        parts.append(re.escape(text))
        if name is not None:
            parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>.*?)")
            seen.add(name)
    return re.compile("".join(parts), re.DOTALL)


class _Forgiving(dict[str, str]):
    """A part that a message lacks is no reason to say nothing."""

    def __missing__(self, key: str) -> str:
        return "？"
