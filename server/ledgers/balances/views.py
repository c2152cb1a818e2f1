"""Balances, confirmations and closings as their schemas dump them."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from .audit import is_signed
from .balance import Balance, Names
from .closing import Standing
from .models import BalanceClosing, BalanceConfirmation


def balance_view(balance: Balance, as_of: datetime) -> dict[str, Any]:
    return {
        "month": balance.month,
        "area_code": balance.area.code,
        "area_name": balance.area.name,
        "by": balance.by.value,
        "rows": [
            {"code": row.code, "name": row.name} | row.figures.as_dict() for row in balance.rows
        ],
        "total": balance.total.as_dict(),
        "as_of": as_of,
        "figures_hash": balance.figures_hash,
        "is_closed": balance.closing is not None,
        "deviations": [
            {"name": each.name, "closed": each.closed.as_dict(), "now": each.now.as_dict()}
            for each in balance.deviations
        ],
    }


def confirmation_views(
    confirmations: Iterable[BalanceConfirmation], names: Names
) -> list[dict[str, Any]]:
    plain = ("area_code", "sector", "unit", "name", "confirmed_at", "note", "figures_hash")
    return [
        {name: getattr(each, name) for name in plain}
        | {
            "area_name": names.areas.get(each.area_code, each.area_code),
            "sector_name": names.sector(each.sector) if each.sector else "",
        }
        for each in confirmations
    ]


def standing_view(standing: Standing, names: Names, secret_key: str) -> dict[str, Any]:
    closing = standing.closing
    return {
        "month": standing.month,
        "is_over": standing.is_over,
        "confirmations": confirmation_views(standing.confirmations, names),
        "missing": [
            each._asdict()
            | {"name": names.sector(each.sector) if each.sector else names.areas[each.area_code]}
            for each in standing.missing
        ],
        "open_differences": [
            {
                "area_code": area,
                "sector": sector,
                "name": f"{names.areas.get(area, area)}·{names.sector(sector)}",
                "count": count,
            }
            for (area, sector), count in standing.open_differences.items()
        ],
        "closing": closing_view(closing, secret_key) if closing else None,
    }


def closing_view(closing: BalanceClosing, secret_key: str) -> dict[str, Any]:
    said = json.loads(closing.snapshot)
    return {
        "closed_at": closing.closed_at,
        "closed_by": said["closed_by"]["name"],
        "unit": said["closed_by"]["unit"],
        "reason": said["reason"],
        "hash": closing.hash,
        "previous_hash": said["previous_hash"],
        "signature": closing.signature,
        "is_signed": is_signed(closing, secret_key),
    }
