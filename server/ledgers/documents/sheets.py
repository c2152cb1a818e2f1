"""Events told in words, for the sheets of an archive."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ...glossary import Action, Level
from ...hazards.replay import Happened
from ..exports.columns import masked_phone
from .filling import Fields, day, moment
from .material import Material

Codes = Mapping[str, Sequence[str]]

NAMES: Mapping[str, str] = {
    "description": "隐患描述",
    "spot": "隐患部位",
    "item": "检查项目",
    "category": "隐患类别",
    "basis": "依据",
    "level": "等级",
    "site_name": "监管对象",
    "responsible_unit_name": "责任单位",
    "supervisor": "监管责任人",
    "deadline": "期限",
    "instructions": "要求",
    "rank": "挂牌级别",
    "supervisor_unit": "督办单位",
    "document_no": "文号",
    "kind_name": "文书",
    "version": "第几份",
    "sha256": "文书校验值（sha256）",
    "summary": "整改情况",
    "opinion": "意见",
    "acceptors": "验收人",
    "reason": "理由",
    "interim_measures": "期间防控措施",
    "result_name": "回访结果",
    "note": "说明",
    "to": "移送至",
    "duplicate_of": "与之重复",
}


def row(name: str, content: Any) -> Fields:
    return {"名称": name, "内容": content}


def section(title: str, rows: Iterable[Fields]) -> Fields:
    return {"标题": title, "各行": list(rows)}


def told(known: Material, event: Happened, codes: Codes) -> Fields:
    """An event as a section: who did what when, and everything that was said with it."""
    title = f"{event.action.chinese}　{moment(event.at)}"
    who = f"{event.actor_name}（{known.roles[event.id].chinese}）"
    rows = [row("办理人", who)]
    for key, value in event.data.items():
        if key in TOLD:
            rows += TOLD[key](value)
        elif key in NAMES and value not in (None, ""):
            rows.append(row(NAMES[key], _plain(key, value)))
    if shown := codes.get(event.id):
        rows.append(row("照片编号", "、".join(shown)))
    return section(title, rows)


def _plain(key: str, value: Any) -> str:
    if key == "level":
        return Level(value).chinese
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def plan_rows(plan: Mapping[str, Any]) -> list[Fields]:
    """A plan by the elements of 治理方案 (总局令第16号), as far as the five of 五到位 give them."""
    responsible, funds = plan.get("responsibility") or {}, plan.get("funds") or {}
    phone = masked_phone(str(responsible.get("phone", "")))
    who = f"{responsible.get('unit', '')} {responsible.get('person', '')} {phone}"
    return [
        row("方法和措施（措施）", plan.get("measures", "")),
        row("经费和物资（资金）", f"{funds.get('amount_yuan', '')} 元　{funds.get('source', '')}"),
        row("机构和人员（责任）", who),
        row("时限和要求（时限）", plan.get("deadline", "")),
        row("安全措施和应急预案（预案）", plan.get("contingency", "")),
    ]


def _report(name: str) -> Callable[[Any], list[Fields]]:
    return lambda report: [row(name, f"{report['when']}，{report['how']}")]


def _answers(answered: Any) -> list[Fields]:
    return [row(each["name"], f"{each['sentence']}核实：{each['word']}") for each in answered]


def _on_site(place: Any) -> list[Fields]:
    if place.get("latitude") is None or place.get("longitude") is None:
        return []
    where = f"北纬 {place['latitude']:.6f}，东经 {place['longitude']:.6f}（WGS-84，手机定位）"
    return [row("办理地点", where)]


# What is more than a text.
TOLD: Mapping[str, Callable[[Any], list[Fields]]] = {
    "plan": plan_rows,
    "to_regulator": _report("向监管部门报告"),
    "to_employees": _report("向职工报告"),
    "answered": _answers,
    "on_site": _on_site,
    "said": lambda said: [row(str(name), value) for name, value in said.items()],
}


def found(known: Material) -> Fields:
    """The hazard as it was found, and where it stands."""
    facts = known.facts
    rows = {
        "发现日期": day(facts.found_on),
        "上报人": facts.reporter_name,
        "所在地": "".join(known.area),
        "监管对象": facts.site_name,
        "隐患部位": facts.spot,
        "检查项目": facts.item,
        "隐患描述": facts.description,
        "隐患类别": facts.category,
        "依据": facts.basis,
    }
    return section("发现情况", [row(name, value) for name, value in rows.items() if value])


def history(known: Material) -> Fields:
    """Every act, one a line."""
    return section("办理经过", [row(moment(each.at), _line(each)) for each in known.events])


def _line(event: Happened) -> str:
    line = f"{event.action.chinese}　{event.actor_name}"
    if event.action is Action.ISSUE_DOCUMENT:
        line += f"　《{event.data['kind_name']}》{event.data['document_no']}"
    return line


def of(known: Material, codes: Codes, *actions: Action) -> list[Fields]:
    """The events of these actions as sections, in order."""
    return [told(known, each, codes) for each in known.events if each.action in actions]
