"""The trail of events, and the checks of their chains, on the wire."""

import re
from typing import Any

from marshmallow import fields, post_load, pre_dump, validate

from ...fields import FROM_FIRST_DAY, Choices, Day, Schema, Text
from ...glossary import Action
from ...hazards.schemas import EventSchema
from ...places.codes import AREA_CODE
from ...web.paging import PageQuery, cursor_of, cursor_parts
from .queries import Place, Wanted

# A time and an id, as the events have them.
PLACE = (re.compile(r"[\d:.TZ-]{1,27}\Z", re.ASCII), re.compile(r"[0-9a-f-]{1,36}\Z"))


class TrailQuery(PageQuery):
    cursor = Text(most=120, metadata={"description": "上一页的 next_cursor"})
    actor = Text(64, metadata={"description": "办理人：账号，或者姓名中的文字"})
    action = Choices(Action, metadata={"description": "操作，逗号分隔"})
    number = Text(40, metadata={"description": "隐患编号"})
    area = fields.String(
        validate=validate.Regexp(AREA_CODE, error="应为 12 位区划编码。"),
        metadata={"description": "区划编码：这个区划及其下级"},
    )
    since = Day(data_key="from", validate=FROM_FIRST_DAY, metadata={"description": "从这一天起"})
    until = Day(
        data_key="to", validate=FROM_FIRST_DAY, metadata={"description": "到这一天为止（含）"}
    )

    @post_load
    def read(self, query: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """What is wanted, from where on, and how many."""
        limit, cursor = query.pop("limit"), query.pop("cursor", None)
        before = Place(*cursor_parts(cursor, PLACE)) if cursor else None
        return {"wanted": Wanted(**query), "before": before, "limit": limit}


class TrailEventSchema(EventSchema):
    """An event, and the hazard that it was about."""

    number = fields.String()
    description = fields.String()
    area = fields.String()

    @pre_dump
    def described(self, row: Any, **kwargs: Any) -> dict[str, Any]:
        event, number, description, area = row
        of_hazard = {"number": number, "description": description, "area": area}
        told: dict[str, Any] = super().described(event)
        return told | of_hazard


class TrailSchema(Schema):
    items = fields.List(fields.Nested(TrailEventSchema))
    next_cursor = fields.String(allow_none=True)


def trail_page(rows: Any, limit: int) -> dict[str, Any]:
    """A page from `limit + 1` rows."""
    if len(rows) <= limit:
        return {"items": rows, "next_cursor": None}
    last = rows[limit - 1][0]
    return {"items": rows[:limit], "next_cursor": cursor_of(last.at, last.id)}


class ChainFaultSchema(Schema):
    number = fields.String(allow_none=True, metadata={"description": "隐患编号；不涉及单条的为空"})
    words = fields.String()


class ChainCheckSchema(Schema):
    """One walk along all chains."""

    id = fields.Integer()
    state = fields.String(metadata={"description": "waiting、running、done、failed"})
    night = fields.Date(allow_none=True, metadata={"description": "哪一夜的例行校验"})
    asked_by = fields.String(allow_none=True)
    asked_at = fields.AwareDateTime(format="iso")
    started_at = fields.AwareDateTime(format="iso", allow_none=True)
    finished_at = fields.AwareDateTime(format="iso", allow_none=True)
    hazards_total = fields.Integer()
    hazards_done = fields.Integer()
    events = fields.Integer(metadata={"description": "校验过的操作记录数"})
    digests = fields.Integer(metadata={"description": "校验过的日封存数"})
    fault_count = fields.Integer()
    faults = fields.List(
        fields.Nested(ChainFaultSchema), metadata={"description": "最先发现的 100 处"}
    )


class SealsSchema(Schema):
    days = fields.Integer(metadata={"description": "已封存的天数"})
    first_day = fields.Date(allow_none=True)
    last_day = fields.Date(allow_none=True)
    last_hash = fields.String(
        allow_none=True, metadata={"description": "最近一天的封存值；另行保存，日后可以核对"}
    )


class ChainSchema(Schema):
    """The last checks, newest first, and the seals."""

    checks = fields.List(fields.Nested(ChainCheckSchema))
    seals = fields.Nested(SealsSchema)


class ChainCheckQuery(Schema):
    """Nothing to choose: a check walks all chains."""
