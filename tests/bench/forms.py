"""An inspection form as load tests use it, and fillings of it: some forty nodes, two hazards."""

from __future__ import annotations

from uuid import uuid4

FORM = """\
| survey |
| | type | name | label | required | constraint | relevant | save_to |
| | start | start | | | | | |
| | end | end | | | | | |
| | today | today | | | | | |
| | deviceid | deviceid | | | | | |
| | begin_group | site | 场所 | | | | |
| | text | site_name | 名称 | yes | | | |
| | text | site_code | 编号 | | | | |
| | text | inspector | 检查人 | yes | | | |
| | dateTime | inspected_at | 检查时间 | yes | | | |
| | geopoint | location | 位置 | yes | | | |
| | end_group | | | | | | |
| | select_one weather | weather | 天气 | | | | |
| | select_one overall | overall | 总体 | yes | | | |
| | image | photo_overview | 全景 | | | | |
| | image | photo_detail | 细部 | | | | |
| | begin_repeat | hazard | 隐患 | | | | |
| | select_one hazard_type | hazard_type | 类型 | yes | | | category |
| | select_one severity | severity | 等级 | yes | | | level |
| | integer | likelihood | 可能性 | | . >= 1 and . <= 5 | | |
| | text | description | 描述 | yes | | | description |
| | text | action | 措施 | | | ${severity} != 'general' | |
| | date | due | 期限 | | | | suggested_deadline |
| | end_repeat | | | | | | |
| | text | remarks | 备注 | | | | |
| | text | signature_name | 签名 | | | | |
| choices |
| | list_name | name | label |
| | weather | dry | 晴 |
| | weather | rain | 雨 |
| | overall | ok | 好 |
| | overall | minor | 一般 |
| | hazard_type | fall | 坠落 |
| | hazard_type | fire | 火灾 |
| | severity | general | 一般 |
| | severity | suspected_major | 疑似重大 |
| entities |
| | dataset | label | repeat |
| | hazards | ${description} | ${hazard} |
| settings |
| | form_title | form_id | version |
| | 负载 | load | 1 |
"""

_HAZARD = (
    "<hazard><hazard_type>fall</hazard_type><severity>suspected_major</severity>"
    "<likelihood>{k}</likelihood><description>二楼护栏松动 {k}，螺栓缺失，锈蚀明显，班组长上报"
    "</description><action>先行隔离，更换螺栓，一周内复查</action><due>2026-12-2{k}</due>"
    '<meta><entity dataset="hazards" id="{entity}" create="1"><label>二楼护栏松动 {k}</label>'
    "</entity></meta></hazard>"
)


def filled(index: int, photos: tuple[str, str] = ("", "")) -> bytes:
    """A filling, never twice the same."""
    rows = "".join(_HAZARD.format(k=k, entity=uuid4()) for k in (1, 2))
    return (
        '<data xmlns:orx="http://openrosa.org/xforms" id="load" version="1">'
        "<start>2026-11-23T08:00:00.000+08:00</start><end>2026-11-23T09:00:00.000+08:00</end>"
        "<today>2026-11-23</today><deviceid>collect:load</deviceid>"
        f"<site><site_name>第 {index} 车间</site_name><site_code>NW-{index:05d}</site_code>"
        "<inspector>张三</inspector><inspected_at>2026-11-23T08:10:00.000+08:00</inspected_at>"
        f"<location>37.{1 + index % 8}462 111.7791 760 8</location></site>"
        f"<weather>dry</weather><overall>minor</overall><photo_overview>{photos[0]}"
        f"</photo_overview><photo_detail>{photos[1]}</photo_detail>{rows}"
        f"<remarks>第 {index} 份：走遍厂区一周，隐患见上。</remarks>"
        "<signature_name>张三</signature_name>"
        f"<orx:meta><orx:instanceID>uuid:{uuid4()}</orx:instanceID></orx:meta></data>"
    ).encode()
