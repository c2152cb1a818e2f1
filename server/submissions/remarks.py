"""What is noted on a filled form beside the rules that it broke: it is kept, and this is told."""

from enum import StrEnum
from typing import Any


class Remark(StrEnum):
    """What could not be done as the form says."""

    HAZARD_UNKNOWN = "hazard_unknown"
    SITE_REFUSED = "site_refused"
    SITE_OVERWRITTEN = "site_overwritten"
    CORRECTS_UNKNOWN = "corrects_unknown"
    CORRECTED_BEFORE = "corrected_before"


def remark(path: str, code: Remark, message: str) -> dict[str, Any]:
    """A remark in the shape of a finding, so that both are listed alike."""
    return {"path": path, "label": "", "code": code.value, "message": message}
