"""The glossary as code: one name for each thing, and the Chinese one that screens and exports show.

Names that several packages share live here; what only one package says, lives there.
"""

from enum import StrEnum


class Term(StrEnum):
    """A StrEnum whose members carry the Chinese name: `Level.MAJOR.chinese`."""

    chinese: str

    def __new__(cls, value: str, chinese: str = "") -> "Term":
        member = str.__new__(cls, value)
        member._value_ = value
        member.chinese = chinese
        return member


class Role(Term):
    GRID_WORKER = "grid_worker", "网格员"
    TOWNSHIP_OFFICE = "township_office", "乡镇（街道）安委办"
    DEPARTMENT = "department", "行业主管（监管）部门"
    CITY_OFFICE = "city_office", "市安委办"
    RESPONSIBLE_UNIT = "responsible_unit", "责任单位"
    AUDITOR = "auditor", "督查员"
    ADMINISTRATOR = "administrator", "系统管理员"


class Level(Term):
    GENERAL = "general", "一般"
    SUSPECTED_MAJOR = "suspected_major", "疑似重大"
    MAJOR = "major", "重大"


class State(Term):
    REPORTED = "reported", "已上报"
    RETURNED = "returned", "退回补正"
    REGISTERED = "registered", "已登记"
    ASSIGNED = "assigned", "已交办"
    PLAN_REVIEW = "plan_review", "方案待审"
    RECTIFYING = "rectifying", "整改中"
    AWAITING_ACCEPTANCE = "awaiting_acceptance", "待验收"
    AWAITING_CLOSURE = "awaiting_closure", "待销号"
    CLOSED = "closed", "已销号"
    VOID = "void", "作废"


class Action(Term):
    # Done by the intake alone
    REPORT = "report", "上报"
    ATTACH_PHOTO = "attach_photo", "补传照片"
    AMEND = "amend", "修改上报"
    VISIT = "visit", "现场回访"
    # Along the line
    REGISTER = "register", "登记"
    RETURN_REPORT = "return_report", "退回补正"
    RESUBMIT = "resubmit", "重新上报"
    VOID = "void", "作废"
    HAND_OVER = "hand_over", "划转"
    FIX_ON_SPOT = "fix_on_spot", "立查立改"
    ASSIGN = "assign", "交办"
    DECLINE = "decline", "退回改派"
    SUBMIT_PLAN = "submit_plan", "上报整改方案"
    APPROVE_PLAN = "approve_plan", "批准方案"
    RETURN_PLAN = "return_plan", "退回方案"
    REPORT_PROGRESS = "report_progress", "报告进展"
    REQUEST_EXTENSION = "request_extension", "申请延期"
    GRANT_EXTENSION = "grant_extension", "批准延期"
    REFUSE_EXTENSION = "refuse_extension", "驳回延期"
    FINISH = "finish", "整改完成"
    ACCEPT = "accept", "验收通过"
    REFUSE_ACCEPTANCE = "refuse_acceptance", "验收不合格"
    CLOSE = "close", "销号"
    REFUSE_CLOSURE = "refuse_closure", "不予销号"
    RECHECK = "recheck", "复查"
    # In any open state
    REGRADE = "regrade", "等级变更"
    LIST = "list", "挂牌督办"
    DELIST = "delist", "摘牌"
    DUAL_REPORT = "dual_report", "双报告"
    SUSPEND = "suspend", "停产停用"
    RESUME = "resume", "恢复"
    TRANSFER = "transfer", "移送执法"
    REASSIGN = "reassign", "改派"
    COMMENT = "comment", "备注"
    # While it is the responsible unit's turn
    REMIND = "remind", "催办"
    # Written with the document that it tells of
    ISSUE_DOCUMENT = "issue_document", "出具文书"


class MovementKind(Term):
    """How a hazard comes into the open stock, moves between its cells, or leaves it (月度平衡)."""

    ADDED = "added", "本期新增"
    REGRADED = "regraded", "等级变更"
    RECLASSIFIED = "reclassified", "行业调整"
    HANDED_OVER = "handed_over", "划转"
    VOIDED = "voided", "误报核减"
    CLOSED = "closed", "本期销号"


class VisitResult(Term):
    """What somebody found who went back to look at a hazard with a form."""

    FIXED = "fixed", "已整改"
    NOT_FIXED = "not_fixed", "未整改"
    WORSE = "worse", "比原来严重"


class Capture(Term):
    """How somebody says that a photo was taken."""

    CAMERA = "camera", "现场拍摄"
    GALLERY = "gallery", "相册选取"
    UNKNOWN = "unknown", "未知"


class PhotoState(Term):
    """What is known of an original."""

    NEW = "new", "待检查"
    SOUND = "sound", "正常"
    QUARANTINED = "quarantined", "已隔离"
    REMOVED = "removed", "保存期满，已清除"


class Quarantine(Term):
    """Why an original is kept apart, and never shown."""

    NOT_A_PICTURE = "not_a_picture", "不是可识别的照片（JPEG、PNG、WebP、HEIC）"
    DAMAGED = "damaged", "照片不完整或已损坏"
    TOO_MANY_PIXELS = "too_many_pixels", "照片像素过多"
    TOO_MANY_FRAMES = "too_many_frames", "动图或多帧图像"
    TOO_COSTLY = "too_costly", "照片解码超时或超出内存"
    MISSING = "missing", "照片原件缺失"


class Stage(Term):
    """When a photo was taken, seen from the hazard."""

    BEFORE = "before", "整改前"
    AFTER = "after", "整改后"
    RECHECK = "recheck", "复查"
    PROOF = "proof", "凭证"


class FindingKind(Term):
    """A fact about evidence that somebody should look at; it accuses nobody."""

    PHOTO_PLACE = "photo_place", "照片拍摄地与上报位置不一致"
    SITE_PLACE = "site_place", "上报位置与监管对象位置不一致"
    AREA_PLACE = "area_place", "上报位置在本人辖区之外"
    WEAK_FIX = "weak_fix", "定位精度差"
    HAND_SET = "hand_set", "位置为手工标注"
    PHOTO_TIME = "photo_time", "拍摄时间与办理时间不一致"
    CLOCK_SKEW = "clock_skew", "手机时钟不准"
    GALLERY = "gallery", "照片选自相册"
    EDITED = "edited", "照片经软件处理"
    NO_METADATA = "no_metadata", "照片缺少拍摄时间或位置"
    UNREADABLE = "unreadable", "照片无法识别"
    SAME_PHOTO = "same_photo", "同一张照片已用于其他隐患"
    LOOK_ALIKE = "look_alike", "与其他隐患的照片极为相似"
    AFTER_LIKE_BEFORE = "after_like_before", "整改后照片与整改前极为相似"
    AFTER_ELSEWHERE = "after_elsewhere", "整改后照片拍摄于别处"
    BATCH_ACCEPTANCE = "batch_acceptance", "短时间内批量验收"
    RECURRENCE = "recurrence", "同一部位销号后再现"


class AreaKind(Term):
    CITY = "city", "市"
    TOWNSHIP = "township", "乡镇（街道）"
    VILLAGE = "village", "村（社区）"
    GRID = "grid", "网格"


class Datum(Term):
    WGS84 = "wgs84", "WGS-84（GPS）"
    GCJ02 = "gcj02", "GCJ-02（高德、腾讯）"
    BD09 = "bd09", "BD-09（百度）"


class Located(Term):
    """How a place was found to belong to an area."""

    INSIDE = "inside", "在界内"
    EDGE = "edge", "在界线上"
    GAP = "gap", "界外，归最近的"


class SiteKind(Term):
    ENTERPRISE = "enterprise", "企业"
    PUBLIC_PLACE = "public_place", "公共场所"
    SELF_BUILT_HOUSE = "self_built_house", "自建房"
    HAZARD_SPOT = "hazard_spot", "隐患点"


OPEN_STATES = frozenset(State) - {State.CLOSED, State.VOID}

# Whose work is late: after `finish` it is the office's turn.
CAN_BE_OVERDUE = frozenset({State.ASSIGNED, State.PLAN_REVIEW, State.RECTIFYING})
