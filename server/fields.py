"""Marshmallow fields and the base schema that our JSON is made of; knows no HTTP."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from .errors import InvalidInput

# NUL can't be stored in PostgreSQL, half a surrogate pair not even encoded; the other control
# characters can't be put into an .xlsx.
FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

MAX_ID = 2**63 - 1

# What is reckoned back from a day has to be a day too, and its midnight a moment in UTC.
FIRST_DAY = date(1900, 1, 1)
FROM_FIRST_DAY = validate.Range(min=FIRST_DAY, error=f"应在 {FIRST_DAY} 之后。")

MONTH = r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])\Z"

# What marshmallow says of fields that bring no words of their own.
CHINESE = {
    "Missing data for required field.": "必填。",
    "Field may not be null.": "必填。",
    "Unknown field.": "没有这个栏目，请检查名称。",
    "Invalid input type.": "应为一个 JSON 对象。",
    "Not a valid mapping type.": "应为一个 JSON 对象。",
    "Invalid type.": "应为一个 JSON 对象。",
    "Not a valid boolean.": "应为 true 或 false。",
    "Not a valid integer.": "应为整数。",
    "Not a valid list.": "应为列表。",
    "Not a valid number.": "应为数字。",
    "Number too large.": "数字过大。",
    "Special numeric values (nan or infinity) are not permitted.": "应为数字。",
    "Not a valid string.": "应为文字。",
    "Not a valid utf-8 string.": "应为文字。",
    "Not a valid UUID.": "应为 UUID。",
}


class Schema(ma.Schema):
    """Unknown fields are errors: a misspelt filter must not silently show everything."""

    class Meta:
        unknown = ma.RAISE


class Text(fields.String):
    """Text without control characters, its outer white space removed.

    Arguments:
        most: greatest length in characters.
        least: smallest length; 1 by default, so that blank counts as missing.
    """

    default_error_messages = {  # noqa: RUF012
        "required": "必填。",
        "null": "必填。",
        "invalid": "应为文字。",
        "forbidden": "含有不能保存的控制字符，请删除后重试。",
    }

    def __init__(self, most: int = 2000, least: int = 1, **kwargs: Any) -> None:
        message = f"长度应为 {least}–{most} 字。" if least else f"不能超过 {most} 字。"
        length = validate.Length(min=least, max=most, error=message)
        super().__init__(validate=length, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs)).strip()
        if FORBIDDEN.search(text):
            raise self.make_error("forbidden")
        return text


class Choice(fields.String):
    """One of the values of a StrEnum."""

    default_error_messages = {"required": "必填。", "null": "必填。", "invalid": "应为文字。"}  # noqa: RUF012

    def __init__(self, values: Any, **kwargs: Any) -> None:
        names = [str(each.value) for each in values]
        message = "应为以下之一：" + "、".join(names) + "。"
        super().__init__(validate=validate.OneOf(names, error=message), **kwargs)


class Choices(fields.Field[list[str]]):
    """Values of a StrEnum, or names, separated by commas, as query parameters carry them."""

    def __init__(self, values: Any, **kwargs: Any) -> None:
        self.names = [str(each) for each in values]
        super().__init__(**kwargs | {"metadata": {"type": "string"} | kwargs.get("metadata", {})})

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> list[str]:
        given = [part.strip() for part in str(value).split(",") if part.strip()]
        if unknown := [part for part in given if part not in self.names]:
            raise ma.ValidationError(f"没有“{unknown[0]}”这个值；可用：{'、'.join(self.names)}。")
        return given


class Day(fields.Date):
    """A calendar day, YYYY-MM-DD."""

    default_error_messages = {  # noqa: RUF012
        "required": "必填。",
        "null": "必填。",
        "invalid": "日期应写作 2026-11-23 这样。",
    }


class Month(fields.String):
    """A month, YYYY-MM."""

    def __init__(self, **kwargs: Any) -> None:
        message = "月份应写作 2026-11 这样。"
        super().__init__(
            validate=validate.Regexp(MONTH, error=message),
            error_messages={"invalid": message},
            **kwargs,
        )


class Degrees(fields.Float):
    """WGS-84 degrees, within ±`most`."""

    default_error_messages = {  # noqa: RUF012
        "required": "必填。",
        "invalid": "应为度数。",
        "special": "应为度数。",
        "too_large": "应为度数。",
    }

    def __init__(self, most: int, **kwargs: Any) -> None:
        within = validate.Range(min=-most, max=most, error=f"应在 ±{most} 度之内。")
        super().__init__(validate=within, allow_nan=False, **kwargs)


class Id(fields.Integer):
    """A row's number."""

    default_error_messages = {  # noqa: RUF012
        "required": "必填。",
        "null": "必填。",
        "invalid": "应为编号（整数）。",
    }

    def __init__(self, **kwargs: Any) -> None:
        within = validate.Range(min=1, max=MAX_ID, error="应为编号（整数）。")
        super().__init__(validate=within, **kwargs)


def checked(schema: ma.Schema, raw: Any) -> Any:
    """What the schema makes of a parsed JSON value.

    Raises:
        InvalidInput: it does not fit; names the fields.
    """
    if not isinstance(raw, dict):
        raise InvalidInput("invalid_input", "内容应为一个 JSON 对象。")
    try:
        return schema.load(raw)
    except ma.ValidationError as error:
        fields = flat_errors(error.messages)
        raise InvalidInput(
            "invalid_input", "请改正标出的栏目后再提交：" + "、".join(fields), errors=fields
        ) from error


def flat_errors(messages: Any, path: str = "") -> dict[str, list[str]]:
    """Marshmallow's nested messages as `{"plan.funds.source": ["必填。"]}`."""
    if isinstance(messages, list):
        return {path or "_schema": [CHINESE.get(str(each), str(each)) for each in messages]}
    flat: dict[str, list[str]] = {}
    for key, value in messages.items():
        part = path if key == "_schema" else f"{path}.{key}" if path else str(key)
        flat.update(flat_errors(value, part))
    return flat
