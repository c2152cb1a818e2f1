"""What an account sees, and may do: told to who supports it, without acting as it."""

from typing import Any, cast

from flask import current_app
from flask_restx import Resource
from marshmallow import fields
from sqlalchemy import func, select

from ..database import Database
from ..fields import Schema
from ..people.access import current_actor, requires
from ..people.administration import find_person
from ..people.permissions import Permission, Permissions
from ..people.powers import powers_over_application, powers_over_hazards
from ..places.models import Site
from ..places.queries import sites_seen_by
from ..web.adapter import Section
from .access import MOST_COUNTED, ground_of, hazards_seen_by

section = Section("account access", "账号能看什么、做什么", path="/api/v1/users")


class PowerSchema(Schema):
    where = fields.String(metadata={"description": "对哪些隐患"})
    levels = fields.String(metadata={"description": "什么等级的"})
    may = fields.List(fields.String(), metadata={"description": "能做什么"})


class AccessSchema(Schema):
    """From the permission table and the account's own area, sectors and sites."""

    closed = fields.Boolean(metadata={"description": "已停用：现在什么都不能做"})
    area_path = fields.String()
    sectors = fields.List(fields.String())
    sites = fields.List(fields.String())
    over_hazards = fields.List(fields.Nested(PowerSchema))
    over_application = fields.List(fields.String(), metadata={"description": "此外能做什么"})
    hazards = fields.Integer(metadata={"description": "看得到的隐患件数，数到 counted_to 为止"})
    open_hazards = fields.Integer(metadata={"description": "其中没有销号的，也数到那里为止"})
    counted_to = fields.Integer()
    sites_seen = fields.Integer(metadata={"description": "看得到的监管对象数"})


@section.route("/<int:user_id>/access")
class Access(Resource):  # type: ignore[misc]
    @requires(Permission.READ_ACCOUNTS)
    @section.gives(AccessSchema)
    def get(self, user_id: int) -> dict[str, Any]:
        """What this account sees and may do, in words, and how many hazards and sites it sees."""
        permissions: Permissions = current_app.extensions["permissions"]
        database = cast(Database, current_app.extensions["database"])
        now = current_app.extensions["clock"].now()
        with database.reading() as session:
            person = find_person(session, current_actor(), user_id, now)
            actor = person.actor
            ground = ground_of(session, actor)
            seen, unsettled = hazards_seen_by(session, actor, permissions)
            sites = select(func.count()).select_from(Site).where(sites_seen_by(actor))
            sites_seen = session.scalar(sites) or 0
        return {
            "closed": person.closed_at is not None,
            "area_path": ground.area,
            "sectors": ground.sectors,
            "sites": ground.sites,
            "over_hazards": powers_over_hazards(permissions, actor, ground),
            "over_application": powers_over_application(actor),
            "hazards": seen,
            "open_hazards": unsettled,
            "counted_to": MOST_COUNTED,
            "sites_seen": sites_seen,
        }
