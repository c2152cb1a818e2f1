"""What must be there before a document is issued.

Of the documents of enforcement, 责令限期整改指令书 needs its 现场检查记录, and 整改复查意见书 the
责令限期整改指令书 that it reviews. The others follow the hazard's own course.
"""

from collections.abc import Callable, Mapping

from ...glossary import OPEN_STATES
from .kinds import DocumentKind
from .material import Material, last_extension

K = DocumentKind


def _inspected(known: Material) -> str:
    if known.newest(K.INSPECTION_RECORD):
        return _open(known)
    return "还没有出具现场检查记录。请先出具《现场检查记录》，再出具指令书。"


def _ordered(known: Material) -> str:
    if known.newest(K.RECTIFICATION_ORDER):
        return ""
    return "还没有出具责令限期整改指令书。复查意见书须针对一份已出具的《责令限期整改指令书》。"


def _accepted(known: Material) -> str:
    if known.facts.accepted_on is not None:
        return ""
    return "隐患还没有验收通过。请先验收，再出具销号审批表。"


def _extended(known: Material) -> str:
    if last_extension(known.events):
        return ""
    return "没有延期申请。请责任单位先申请延期，再出具延期审批表。"


def _listed(known: Material) -> str:
    if known.facts.listing is None:
        return "隐患还没有挂牌督办。请先办理“挂牌督办”，再出具通知书。"
    return "已经摘牌，不再出具挂牌督办通知书。" if known.facts.delisted else ""


def _open(known: Material) -> str:
    if known.facts.state in OPEN_STATES:
        return ""
    return f"隐患{known.facts.state.chinese}，不再责令或通知整改。"


def _nothing(known: Material) -> str:
    return ""


LACKS: Mapping[DocumentKind, Callable[[Material], str]] = {
    K.INSPECTION_RECORD: _nothing,
    K.RECTIFICATION_NOTICE: _open,
    K.RECTIFICATION_ORDER: _inspected,
    K.REVIEW_OPINION: _ordered,
    K.LISTING_NOTICE: _listed,
    K.CLOSURE_APPROVAL: _accepted,
    K.EXTENSION_APPROVAL: _extended,
}


def missing_for(kind: DocumentKind, known: Material) -> str:
    """What is missing before this kind can be issued, in words; empty where nothing is."""
    return LACKS[kind](known)
