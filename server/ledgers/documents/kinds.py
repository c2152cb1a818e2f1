"""The kinds of documents: what each is called in its number, and who may issue it."""

from collections.abc import Mapping
from typing import NamedTuple

from ...glossary import Action, Stage, Term
from ...people.permissions import Asked, Permission


class DocumentKind(Term):
    INSPECTION_RECORD = "inspection_record", "现场检查记录"
    RECTIFICATION_NOTICE = "rectification_notice", "隐患整改通知单"
    RECTIFICATION_ORDER = "rectification_order", "责令限期整改指令书"
    REVIEW_OPINION = "review_opinion", "整改复查意见书"
    LISTING_NOTICE = "listing_notice", "挂牌督办通知书"
    CLOSURE_APPROVAL = "closure_approval", "销号审批表"
    EXTENSION_APPROVAL = "extension_approval", "延期审批表"


class ReviewResult(Term):
    """What became of one problem of an order."""

    FIXED = "fixed", "已整改"
    PARTLY = "partly", "部分整改"
    NOT_FIXED = "not_fixed", "未整改"


class Manner(NamedTuple):
    """How a kind is issued.

    Attributes:
        word: what stands for the kind in a document's number (责改, 复查 …).
        asked: what the issuer must be allowed besides issuing documents at all.
        stages: the photos that may stand in it.
    """

    word: str
    asked: Asked
    stages: tuple[Stage, ...] = ()


K = DocumentKind

MANNERS: Mapping[DocumentKind, Manner] = {
    K.INSPECTION_RECORD: Manner("检记", Action.ISSUE_DOCUMENT, (Stage.BEFORE,)),
    K.RECTIFICATION_NOTICE: Manner("整改通", Action.ISSUE_DOCUMENT, (Stage.BEFORE,)),
    K.RECTIFICATION_ORDER: Manner("责改", Permission.ENFORCE),
    K.REVIEW_OPINION: Manner("复查", Permission.ENFORCE, (Stage.AFTER, Stage.RECHECK)),
    K.LISTING_NOTICE: Manner("督办", Action.LIST),
    K.CLOSURE_APPROVAL: Manner("销审", Action.ISSUE_DOCUMENT, (Stage.BEFORE, Stage.AFTER)),
    K.EXTENSION_APPROVAL: Manner("延审", Action.ISSUE_DOCUMENT),
}
