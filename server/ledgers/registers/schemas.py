"""The registers on the wire, for screens."""

from typing import Any

from marshmallow import fields, pre_dump, validate

from ...fields import FROM_FIRST_DAY, Day, Month, Schema, Text
from ...hazards.schemas import HazardQuery
from ...places.codes import AREA_CODE
from ...web.paging import PageQuery
from ..exports.schemas import GeoJsonQuery
from .houses import House


def _phones() -> fields.Boolean:
    return fields.Boolean(
        error_messages={"invalid": "应为 true 或 false。"},
        metadata={"description": "电话号码不打码（须有权限，记入导出日志）"},
    )


class ListedQuery(GeoJsonQuery):
    period = Month(metadata={"description": "YYYY-MM：这个月挂牌的"})


class ListedFileQuery(ListedQuery):
    phones = _phones()


class ClosuresFileQuery(GeoJsonQuery):
    period = Month(metadata={"description": "YYYY-MM：这个月销号的"})


class ClosuresQuery(HazardQuery):
    """The same, page by page."""

    period = Month(metadata={"description": "YYYY-MM：这个月销号的"})
    as_of = Day(validate=FROM_FIRST_DAY, metadata={"description": "YYYY-MM-DD：到这一天为止销号的"})


class HousesFileQuery(Schema):
    area = fields.String(
        validate=validate.Regexp(AREA_CODE, error="应为 12 位区划编码。"),
        metadata={"description": "区划编码：这个区划及其下级"},
    )
    q = Text(100, metadata={"description": "编号、名称、地址中的文字"})


class HousesQuery(HousesFileQuery, PageQuery):
    """The same, page by page."""


class PartSchema(Schema):
    part = fields.String()
    name = fields.String()
    in_place = fields.Boolean()


class ListedHazardSchema(Schema):
    number = fields.String()
    area = fields.String(attribute="facts.area_code")
    sector = fields.String(attribute="facts.sector", allow_none=True)
    state = fields.String(attribute="facts.state")
    site_name = fields.String(attribute="facts.site_name")
    description = fields.String(attribute="facts.description")
    basis = fields.String(attribute="facts.basis")
    rank = fields.String(metadata={"description": "挂牌级别"})
    supervisor_unit = fields.String()
    supervisor = fields.String(
        attribute="listed_by", metadata={"description": "督办责任人：挂牌经办人"}
    )
    listed_on = fields.Date(allow_none=True)
    deadline = fields.Date(metadata={"description": "挂牌时定的整改期限"})
    days_left = fields.Integer(allow_none=True, metadata={"description": "负数为已逾期"})
    responsible = fields.String(metadata={"description": "整改责任人，电话打码"})
    five = fields.List(fields.Nested(PartSchema))
    progress = fields.String(attribute="how_it_stands")
    extensions = fields.Integer(attribute="facts.extensions")
    deadline_before = fields.Date(allow_none=True, metadata={"description": "第一次延期前的期限"})
    deadline_now = fields.Date(allow_none=True, metadata={"description": "延期后的期限"})
    finished_on = fields.Date(attribute="facts.finished_on", allow_none=True)
    accepted_by = fields.String()
    accepted_on = fields.Date(attribute="facts.accepted_on", allow_none=True)
    acceptance_opinion = fields.String(attribute="facts.acceptance_opinion")
    delisted_on = fields.Date(allow_none=True)
    delisted_by_document = fields.String()
    remarks = fields.String()


class ListedHazardsSchema(Schema):
    items = fields.List(fields.Nested(ListedHazardSchema))


class ClosureSchema(Schema):
    number = fields.String()
    site_name = fields.String(attribute="hazard.site_name")
    description = fields.String(attribute="hazard.description")
    level = fields.String(attribute="hazard.level")
    finished_on = fields.Date(attribute="hazard.finished_on", allow_none=True)
    applied_on = fields.Date(allow_none=True)
    applicant = fields.String(attribute="hazard.rectifier_name")
    acceptors = fields.List(fields.String(), attribute="hazard.acceptors")
    accepted_on_site = fields.Boolean(metadata={"description": "现场验收；否则凭材料"})
    acceptance_opinion = fields.String(attribute="hazard.acceptance_opinion")
    closer = fields.String(attribute="hazard.closer_name")
    closed_on = fields.Date(attribute="hazard.closed_on")
    before_photos = fields.List(fields.String(), metadata={"description": "照片水印上的编码"})
    after_photos = fields.List(fields.String())
    archive_number = fields.String()


class ClosuresSchema(Schema):
    items = fields.List(fields.Nested(ClosureSchema))
    next_cursor = fields.String(allow_none=True)


class HouseSchema(Schema):
    """One house; what no form says is empty or null."""

    site = fields.Integer(
        allow_none=True, metadata={"description": "监管对象的编号；未登记的为 null"}
    )
    name = fields.String()
    area = fields.String()
    code = fields.String(metadata={"description": "房屋编号"})
    address = fields.String()
    owner = fields.String()
    user = fields.String()
    built_year = fields.String()
    floors = fields.String()
    structure = fields.String()
    business = fields.String()
    judgement = fields.String(metadata={"description": "初判"})
    appraisal = fields.String(metadata={"description": "鉴定等级"})
    owner_notice_on = fields.Date(allow_none=True)
    user_notice_on = fields.Date(allow_none=True)
    report_on = fields.Date(allow_none=True)
    remedy = fields.String(metadata={"description": "整治类型"})
    plan_no = fields.String()
    person = fields.String()
    due = fields.Date(allow_none=True)
    controls = fields.String()
    accepted_on = fields.Date(allow_none=True)
    acceptors = fields.List(fields.String())
    closed_on = fields.Date(allow_none=True)
    rechecked = fields.String(metadata={"description": "最近一次复核的日期和人员"})
    hazards = fields.List(fields.String(), metadata={"description": "这栋房屋的隐患编号"})

    @pre_dump
    def described(self, house: House, **kwargs: Any) -> dict[str, Any]:
        accepted = house.accepted
        return (
            {name: house.said(name) for name in SAID}
            | {name: house.chosen(name) for name in CHOSEN}
            | {name: house.day(name) for name in DAYS}
            | {
                name: getattr(house, name)
                for name in ("name", "code", "address", "due", "closed_on")
            }
            | {
                "site": house.site.id if house.site else None,
                "area": house.area_code,
                "accepted_on": accepted.accepted_on if accepted else None,
                "acceptors": accepted.acceptors if accepted else [],
                "rechecked": house.looked,
                "hazards": [each.number for each in house.hazards],
            }
        )


SAID = ("owner", "user", "built_year", "floors", "plan_no", "person", "controls")
CHOSEN = ("structure", "business", "judgement", "appraisal", "remedy")
DAYS = ("owner_notice_on", "user_notice_on", "report_on")


class HousesSchema(Schema):
    items = fields.List(fields.Nested(HouseSchema))
    next_cursor = fields.String(allow_none=True)
