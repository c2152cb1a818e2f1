"""待办 on the wire."""

from marshmallow import fields

from ..fields import Choice, Schema, Text
from .desk import Bucket
from .schemas import HazardSummarySchema


class BucketSchema(Schema):
    name = fields.String()
    title = fields.String()
    count = fields.Integer()
    oldest_on = fields.Date(allow_none=True, metadata={"description": "其中最早的一条是哪天发现的"})


class DeskSchema(Schema):
    """What the caller could do next, in numbers."""

    as_of = fields.AwareDateTime(format="iso")
    buckets = fields.List(fields.Nested(BucketSchema))


class NextQuery(Schema):
    desk = Choice(Bucket, required=True, metadata={"description": "哪一类待办"})
    after = Text(40, metadata={"description": "排在这个编号之后的；不给则从头开始"})


class NextSchema(Schema):
    number = fields.String(allow_none=True, metadata={"description": "下一条；没有则为空"})
    left = fields.Integer(metadata={"description": "从它算起，后面还有几条"})
    total = fields.Integer(metadata={"description": "这一类一共几条"})


class WaitingHazardsSchema(Schema):
    """The hazards of a bucket, first reported first."""

    items = fields.List(fields.Nested(HazardSummarySchema))
    next_cursor = fields.String(allow_none=True)
