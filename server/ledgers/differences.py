"""The kinds of difference that are looked for, as the audit and every reconciliation name them."""

from ..glossary import Term


class DifferenceKind(Term):
    """The sixteen kinds that 对账 has to find, in the order in which they are customarily listed.

    The first is two: which of the ledgers lacks the line decides what is to be done.
    """

    ONLY_OURS = "only_ours", "我方有、对方无"
    ONLY_THEIRS = "only_theirs", "对方有、我方无"
    DUPLICATE_NUMBER = "duplicate_number", "一患多号或一号多患"
    VALUES_DIFFER = "values_differ", "两侧登记内容不一致"
    CLOSED_WITHOUT_EVIDENCE = "closed_without_evidence", "销号依据不足"
    DATES_OUT_OF_ORDER = "dates_out_of_order", "日期先后矛盾"
    PHOTO_EVIDENCE = "photo_evidence", "照片证据存疑"
    OVERDUE_WITHOUT_EXTENSION = "overdue_without_extension", "逾期未延期"
    EXTENSION_IRREGULAR = "extension_irregular", "延期不合规"
    FIVE_INCOMPLETE = "five_incomplete", "五到位缺项"
    BALANCE_BROKEN = "balance_broken", "结转不平"
    BATCH_CLOSURE = "batch_closure", "批量销号或雷同描述"
    RECURRENCE = "recurrence", "销号后再现"
    TRANSFER_ONE_SIDED = "transfer_one_sided", "划转只出不进"
    NUMBER_GAP = "number_gap", "编号断号或作废无理由"
    NAME_MISMATCH = "name_mismatch", "单位名称与对象库不一致"
    SAMPLING_CONTRADICTED = "sampling_contradicted", "抽查结论与原结论相反"


class DifferenceStatus(Term):
    OPEN = "open", "待处理"
    ACTED = "acted", "已办理"
    THEIRS_WRONG = "theirs_wrong", "对方有误，已答复"
    EXPLAINED = "explained", "已说明"
    RESOLVED = "resolved", "已不存在"
