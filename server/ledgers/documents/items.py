"""The thirteen documents of one hazard's archive (一患一档), in order.

Each says from the hazard's story whether it is there, what is missing in words, and what of it we
have: sheets told from events, issued documents, photos. For a general hazard fewer apply.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ...glossary import Action, Level, Stage, State, Term
from . import sheets
from .filling import Fields
from .kinds import DocumentKind
from .material import Material, last_extension

A = Action
K = DocumentKind


class Presence(Term):
    WHOLE = "whole", "齐全"
    PARTIAL = "partial", "不全"
    MISSING = "missing", "缺"
    NOT_NEEDED = "not_needed", "不适用"


@dataclass(frozen=True)
class Item:
    """One of the thirteen, as far as it is there."""

    presence: Presence
    words: str = ""
    sections: Sequence[Fields] = ()
    kinds: Sequence[DocumentKind] = ()
    # The photos that belong here, by stage, or by the actions that brought them.
    stages: Sequence[Stage] = ()
    proofs_of: Sequence[Action] = ()


@dataclass(frozen=True)
class Story:
    """What the thirteen are told from; `codes` are those of an event's photos, by its id."""

    known: Material
    codes: sheets.Codes
    inspection: Sequence[Fields] = field(default=())

    @property
    def is_major(self) -> bool:
        """A suspected one is kept like a major one until it is graded."""
        return self.known.facts.level is not Level.GENERAL

    def told(self, *actions: Action) -> list[Fields]:
        return sheets.of(self.known, self.codes, *actions)


NOT_MAJOR = Item(Presence.NOT_NEEDED, "一般隐患不需要。")


def _judged(whole: bool, there: object, words: str, **parts: object) -> Item:
    """Whole, partly there, or missing; `words` say what is not there."""
    presence = Presence.WHOLE if whole else Presence.PARTIAL if there else Presence.MISSING
    return Item(presence, "" if whole else words, **parts)  # type: ignore[arg-type]


def _found(story: Story) -> Item:
    record = story.known.newest(K.INSPECTION_RECORD)
    sections = [sheets.found(story.known), *story.told(A.REPORT, A.AMEND, A.RESUBMIT, A.REGISTER)]
    return _judged(
        record is not None,
        True,
        "有上报记录，没有出具《现场检查记录》。",
        sections=[*sections, *story.inspection],
        kinds=[K.INSPECTION_RECORD],
        stages=[Stage.BEFORE],
    )


def _graded(story: Story) -> Item:
    facts = story.known.facts
    sections = story.told(A.REGRADE)
    if not story.is_major:
        return Item(Presence.NOT_NEEDED, NOT_MAJOR.words, sections)
    if facts.level is Level.SUSPECTED_MAJOR:
        words = "疑似重大，主管部门还没有判定等级。"
        return _judged(False, False, words, sections=sections)
    if not sections:
        sections = story.told(A.REGISTER)
    return _judged(bool(facts.basis), True, "没有写明判定依据（条款）。", sections=sections)


def _report(story: Story) -> Item:
    if not story.is_major:
        return NOT_MAJOR
    words = (
        "系统中没有重大隐患报告（现状及成因、危害程度和整改难易程度分析、治理方案），"
        "请将书面报告放入本目录。"
    )
    return Item(Presence.MISSING, words)


def _plan(story: Story) -> Item:
    facts = story.known.facts
    if facts.fixed_on_spot:
        return Item(Presence.NOT_NEEDED, "立查立改，不需要治理方案。")
    sections = story.told(A.APPROVE_PLAN, A.RETURN_PLAN)
    if facts.plan is None:
        return Item(Presence.MISSING, "还没有整改方案。", sections)
    plan = sheets.section("整改（治理）方案", sheets.plan_rows(facts.plan))
    words = "" if facts.plan_approved else "方案还没有批准。"
    if story.is_major:
        words += "方案按“五到位”填写，“目标和任务”没有单列，请核对。"
    whole = facts.plan_approved
    presence = Presence.WHOLE if whole else Presence.PARTIAL
    return Item(presence, words, [plan, *sections])


def _dual_report(story: Story) -> Item:
    if not story.is_major:
        return NOT_MAJOR
    facts = story.known.facts
    absent = [
        name
        for name, done in (
            ("向监管部门报告", facts.reported_to_regulator),
            ("向职工报告", facts.reported_to_employees),
        )
        if done is None
    ]
    proofs = [done for done in (facts.reported_to_regulator, facts.reported_to_employees) if done]
    without = [each for each in proofs if "photo" not in each]
    words = f"没有{'、'.join(absent)}的记录。" if absent else ""
    if without:
        words += f"有 {len(without)} 项报告没有附凭证照片。"
    sections = story.told(A.DUAL_REPORT)
    return _judged(not words, proofs, words, sections=sections, proofs_of=[A.DUAL_REPORT])


def _suspension(story: Story) -> Item:
    sections = story.told(A.SUSPEND, A.RESUME)
    if not sections:
        return Item(Presence.NOT_NEEDED, "没有停产、撤人、停用的决定。")
    return Item(Presence.WHOLE, "", sections)


def _listing(story: Story) -> Item:
    if not story.is_major:
        return NOT_MAJOR
    listed = story.known.facts.listing
    notice = story.known.newest(K.LISTING_NOTICE)
    words = "已挂牌，没有出具《挂牌督办通知书》。" if listed else "没有挂牌督办。"
    return _judged(
        bool(listed and notice),
        listed or notice,
        words,
        sections=story.told(A.LIST),
        kinds=[K.LISTING_NOTICE],
    )


def _progress(story: Story) -> Item:
    facts = story.known.facts
    after = facts.sha256s(Stage.AFTER)
    steps = story.told(
        A.ASSIGN, A.REASSIGN, A.DECLINE, A.REPORT_PROGRESS, A.REQUEST_EXTENSION,
        A.GRANT_EXTENSION, A.REFUSE_EXTENSION, A.TRANSFER, A.HAND_OVER, A.COMMENT,
        A.REMIND,
    )  # fmt: skip
    lacks = [] if after else ["没有整改后照片。"]
    if last_extension(story.known.events) and not story.known.newest(K.EXTENSION_APPROVAL):
        lacks.append("有延期，没有出具《延期审批表》。")
    return _judged(
        not lacks,
        steps or after,
        "".join(lacks),
        sections=[*steps, sheets.history(story.known)],
        kinds=[K.RECTIFICATION_NOTICE, K.RECTIFICATION_ORDER, K.EXTENSION_APPROVAL],
        stages=[Stage.AFTER],
        proofs_of=[A.REPORT_PROGRESS, A.COMMENT],
    )


def _assessment(story: Story) -> Item:
    if not story.is_major:
        return NOT_MAJOR
    words = "系统中没有评估报告（挂牌督办并停产停业治理的，须自评估或委托评估），请放入本目录。"
    if not story.told(A.SUSPEND):
        words += "没有停产停业的，由督办单位决定是否需要。"
    return Item(Presence.MISSING, words)


def _finished(story: Story) -> Item:
    sections = story.told(A.FINISH, A.FIX_ON_SPOT)
    there = story.known.facts.finished_on is not None
    return _judged(there, False, "整改还没有完成，没有验收申请。", sections=sections)


def _reviewed(story: Story) -> Item:
    known = story.known
    accepted = known.facts.accepted_on is not None
    lacks = [] if accepted else ["还没有验收通过。"]
    if known.newest(K.RECTIFICATION_ORDER) and not known.newest(K.REVIEW_OPINION):
        lacks.append("有责令限期整改指令书，没有出具《整改复查意见书》。")
    sections = story.told(A.ACCEPT, A.REFUSE_ACCEPTANCE, A.RECHECK, A.VISIT)
    return _judged(
        not lacks,
        sections,
        "".join(lacks),
        sections=sections,
        kinds=[K.REVIEW_OPINION],
        stages=[Stage.RECHECK],
    )


def _closed(story: Story) -> Item:
    known = story.known
    facts = known.facts
    lacks = [] if facts.state is State.CLOSED else ["还没有销号。"]
    if facts.listing is not None and not facts.delisted:
        lacks.append("还没有摘牌。")
    if not known.newest(K.CLOSURE_APPROVAL):
        lacks.append("没有出具《销号审批表》。")
    sections = story.told(A.DELIST, A.CLOSE, A.REFUSE_CLOSURE, A.VOID)
    return _judged(
        not lacks,
        sections or known.newest(K.CLOSURE_APPROVAL),
        "".join(lacks),
        sections=sections,
        kinds=[K.CLOSURE_APPROVAL],
    )


def _published(story: Story) -> Item:
    if not story.is_major:
        return NOT_MAJOR
    return Item(Presence.MISSING, "系统中没有公示记录，请将公示截图或照片放入本目录。")


class Entry(NamedTuple):
    title: str
    judge: Callable[[Story], Item]


# 一患一档 in the customary order.
THIRTEEN: tuple[Entry, ...] = (
    Entry("发现（检查）记录", _found),
    Entry("判定意见", _graded),
    Entry("重大隐患报告", _report),
    Entry("治理方案", _plan),
    Entry("双报告凭证", _dual_report),
    Entry("停产撤人停用决定", _suspension),
    Entry("挂牌督办通知书", _listing),
    Entry("整改过程记录和照片", _progress),
    Entry("评估报告", _assessment),
    Entry("恢复生产和验收申请", _finished),
    Entry("现场审查（复查）意见", _reviewed),
    Entry("核销和摘牌文件", _closed),
    Entry("公示记录", _published),
)
