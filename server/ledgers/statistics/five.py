"""五到位 in SQL: which parts of a plan are in place, as `hazards.five` says it of one plan."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import and_, func, or_
from sqlalchemy.orm import InstrumentedAttribute

from ...hazards.five import PHONE, PLACEHOLDERS, Part
from ...hazards.models import Plan
from ...hazards.queries import Condition


def parts_in_place(approved: Condition, day: date) -> Mapping[Part, Condition]:
    """The condition of each part on a joined plan.

    An approved plan is judged as of its own deadline, another one as of `day`.
    """
    named = and_(*(_says(column) for column in (Plan.person, Plan.unit, Plan.phone)))
    paid = or_(Plan.amount_yuan == 0, _says(Plan.source))
    return {
        Part.RESPONSIBILITY: and_(named, Plan.phone.regexp_match(f"^({PHONE.pattern})$")),
        Part.MEASURES: _says(Plan.measures),
        Part.FUNDS: paid,
        Part.DEADLINE: or_(approved, Plan.deadline >= day),
        Part.CONTINGENCY: _says(Plan.contingency),
    }


def _says(column: InstrumentedAttribute[str]) -> Condition:
    return func.trim(column).not_in(sorted(PLACEHOLDERS))
