"""Findings in words."""

from collections.abc import Mapping
from typing import Any

from ..glossary import FindingKind, Quarantine

K = FindingKind


def sentence(kind: str, numbers: Mapping[str, Any]) -> str:
    """A finding in words, with its numbers."""
    return SENTENCES[FindingKind(kind)].format_map({**numbers, **_words(numbers)})


def _words(numbers: Mapping[str, Any]) -> dict[str, str]:
    lacks = {"taken_at": "拍摄时间", "place": "拍摄位置"}
    seconds, minutes = int(numbers.get("seconds", 0)), int(numbers.get("minutes", 0))
    return {
        "lacks": "、".join(lacks[each] for each in numbers.get("lacks", ())),
        "hazards": "、".join(numbers.get("hazards", ())),
        "why": Quarantine(numbers["why"]).chinese if "why" in numbers else "",
        "skew": ("快 " if seconds > 0 else "慢 ") + _duration(abs(seconds) / 60),
        "gap": ("早 " if minutes > 0 else "晚 ") + _duration(abs(minutes)),
    }


def _duration(minutes: float) -> str:
    for size, unit in ((1440, "天"), (60, "小时")):
        if minutes >= 2 * size:
            return f"{minutes / size:.0f} {unit}"
    return f"{minutes:.0f} 分钟"


SENTENCES: Mapping[FindingKind, str] = {
    K.PHOTO_PLACE: "照片拍摄地距上报位置 {distance_m} 米（提示界限 {limit_m} 米）。",
    K.SITE_PLACE: "上报位置距登记的监管对象 {distance_m} 米（提示界限 {limit_m} 米）。",
    K.AREA_PLACE: "上报位置在本人辖区（{area}）以外 {distance_m} 米（提示界限 {limit_m} 米）。",
    K.WEAK_FIX: "定位精度为 {accuracy_m} 米（要求 {limit_m} 米以内）。",
    K.HAND_SET: "位置由填报人在地图上手工标注，不是定位得到的。",
    K.PHOTO_TIME: "拍摄时间比办理时间{gap}（提示界限 {limit_minutes} 分钟）。",
    K.CLOCK_SKEW: "发送时手机时钟比服务器{skew}。",
    K.GALLERY: "照片是从相册选取的，不是现场拍摄。",
    K.EDITED: "照片文件由“{software}”写出。",
    K.NO_METADATA: "照片没有{lacks}信息，无法核对。",
    K.UNREADABLE: "{why}，原件已隔离保存。",
    K.SAME_PHOTO: "同一张照片也是 {hazards} 的照片。",
    K.LOOK_ALIKE: "与 {hazard} 的照片几乎一样（128 位特征中相差 {bits} 位）。",
    K.AFTER_LIKE_BEFORE: "与整改前照片几乎一样（128 位特征中相差 {bits} 位）。",
    K.AFTER_ELSEWHERE: "拍摄地距隐患位置 {distance_m} 米（提示界限 {limit_m} 米）。",
    K.BATCH_ACCEPTANCE: "同一验收人 {minutes} 分钟内验收 {count} 条（提示界限 {limit_count} 条）。",
    K.RECURRENCE: "同一场所同一部位的 {hazard} 于 {days} 天前销号。",
}
