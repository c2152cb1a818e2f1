"""From a filled form on the phone to the hazards and photos on the server."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from server.seed.demo import GRID

from .office import Office
from .phone import Phone


def test_a_quick_report_arrives_with_its_photo_and_place(phone: Phone, office: Office) -> None:
    phone.quick_report("二楼通道堆满纸箱")
    phone.until_sent()
    [hazard] = office.hazards()
    assert hazard["description"] == "二楼通道堆满纸箱"
    assert hazard["level"] == "general"
    assert hazard["location"] == {
        "latitude": 37.1463, "longitude": 111.7792, "accuracy_m": 12.0, "datum": "wgs84",
    }  # fmt: skip
    [photo] = hazard["photos"]
    content = office.photo(photo["sha256"])
    assert content.startswith(b"\xff\xd8")
    assert len(content) <= 500_000
    assert hazard["findings"] == []


def test_an_inspection_arrives_with_every_hazard_of_it(phone: Phone, office: Office) -> None:
    phone.begin("消防检查", "演示餐馆")
    phone.judge_all()
    phone.describe_hazard(phone.judge(3, "fail"), "厨房灭火器过期")
    phone.describe_hazard(phone.judge(0, "fail"), "二楼疏散通道堆满纸箱")
    phone.submit()
    phone.until_sent()
    hazards = office.hazards()
    assert {(each["item"], each["description"]) for each in hazards} == {
        ("fire_01", "二楼疏散通道堆满纸箱"),
        ("fire_04", "厨房灭火器过期"),
    }
    for hazard in hazards:
        assert hazard["site_name"] == "演示餐馆"
        assert hazard["findings"] == []
        assert len(hazard["photos"]) == 1


@pytest.mark.parametrize("form", ["消防检查", "燃气检查"])
def test_a_checklist_without_hazards_arrives(phone: Phone, office: Office, form: str) -> None:
    phone.begin(form, "演示超市")
    phone.judge_all("na")
    phone.submit()
    phone.until_sent()
    assert office.hazards() == []
    [sent] = phone.rows("sent")
    assert sent["hazards"] == []


@pytest.mark.parametrize("form", ["消防检查", "燃气检查"])
def test_a_checklist_where_all_is_wrong_arrives(phone: Phone, office: Office, form: str) -> None:
    phone.begin(form, "演示超市")
    items = phone.page.locator(".judgement").count()
    for index in range(items):
        phone.describe_hazard(phone.judge(index, "fail"), f"第 {index + 1} 项不符合")
    phone.submit()
    phone.until_sent(120_000)
    hazards = office.hazards()
    assert len(hazards) == items
    assert [each["findings"] for each in hazards] == [[]] * items
    assert len({each["photos"][0]["sha256"] for each in hazards}) == items


def test_what_is_missing_is_shown_and_nothing_is_sent(phone: Phone) -> None:
    phone.begin("消防检查", "演示餐馆")
    phone.judge(0, "fail")
    phone.page.get_by_role("button", name="提交").click()
    expect(phone.page.locator(".question.wrong").first).to_be_visible()
    assert phone.rows("outbox") == []


def test_a_hazard_is_gone_when_its_item_is_judged_anew(phone: Phone, office: Office) -> None:
    phone.begin("消防检查", "演示餐馆")
    phone.judge_all()
    phone.describe_hazard(phone.judge(0, "fail"), "看错了")
    phone.judge(0, "pass")
    phone.page.get_by_role("button", name="删除隐患").click()
    expect(phone.page.locator("section.hazard")).to_have_count(0)
    phone.submit()
    phone.until_sent()
    assert office.hazards() == []
    assert phone.rows("photos") == []


def test_a_photo_from_the_gallery_is_marked(phone: Phone, office: Office) -> None:
    phone.begin("随手拍")
    phone.photograph(phone.page.locator(".photo-field"), "gallery")
    expect(phone.page.locator(".facts.marked")).to_contain_text("相册选取")
    phone.page.get_by_label("一句话说明隐患").fill("路面塌陷")
    phone.page.locator("[data-value=general]").click()
    phone.submit()
    phone.until_sent()
    assert len(office.hazards()[0]["photos"]) == 1


def test_a_point_set_by_hand_is_marked_and_known_by_its_accuracy(
    phone: Phone, office: Office
) -> None:
    phone.begin("随手拍")
    phone.page.get_by_role("button", name="在图上选").click()
    phone.page.get_by_role("button", name="就是这里").click()
    expect(phone.page.locator(".place-field.by-hand")).to_contain_text("手动")
    phone.photograph(phone.page.locator(".photo-field"))
    phone.page.get_by_label("一句话说明隐患").fill("路面塌陷")
    phone.page.locator("[data-value=general]").click()
    phone.submit()
    phone.until_sent()
    assert office.hazards()[0]["location"]["accuracy_m"] == 0


def test_a_sites_name_is_text_on_the_map(office: Office, new_phone: Callable[..., Phone]) -> None:
    site: dict[str, object] = {"name": "<b id=typed>甲店</b>", "kind": "enterprise", "area": GRID}
    place = {"latitude": 37.1463, "longitude": 111.7792}
    office.registers("grid01", site | place)
    phone = new_phone()
    phone.sign_in("grid01")
    phone.begin("随手拍")
    phone.page.get_by_role("button", name="在图上选").click()
    named = phone.page.locator(".leaflet-tooltip", has_text="甲店")
    expect(named).to_have_text("<b id=typed>甲店</b>")
    expect(phone.page.locator("#typed")).to_have_count(0)


def test_a_poor_fix_is_marked(phone: Phone) -> None:
    assert phone.context
    phone.context.set_geolocation({"latitude": 37.15, "longitude": 111.78, "accuracy": 180})
    phone.begin("随手拍")
    expect(phone.page.locator(".place-field.poor")).to_contain_text("180 米")


def test_a_site_registered_without_a_network_is_inspected_at_once(
    phone: Phone, office: Office
) -> None:
    phone.until_startable_offline()
    with phone.offline():
        phone.go("/inspect/new-site")
        phone.page.get_by_label("名称").fill("老王五金店")
        phone.page.get_by_role("radio", name="公共场所").click()
        phone.page.get_by_role("button", name="登记并开始检查").click()
        phone.page.locator(".card.form", has_text="消防检查").click()
        expect(phone.page.locator(".submit .done")).to_contain_text("0 / 12")
        phone.judge_all()
        phone.describe_hazard(phone.judge(0, "fail"), "货物堵门")
        phone.submit()
        expect(phone.page.locator("article.item")).to_have_count(2)
    phone.until_sent()
    [hazard] = office.hazards()
    [site] = office.get("town01", "/sites?q=老王")["items"]
    assert (hazard["site"], hazard["site_name"]) == (site["id"], "老王五金店")
    assert hazard["findings"] == []


def test_a_site_that_the_phone_does_not_have_is_found_by_the_server(phone: Phone) -> None:
    phone.go("/inspect")
    expect(phone.page.locator(".card.site", has_text="演示餐馆")).to_be_visible()
    other = "fetch('/api/v1/me').then((answer) => answer.json())"
    token = phone.page.evaluate(f"{other}.then((me) => me.csrf_token)")
    body = {"id": str(uuid4()), "name": "后来登记的理发店", "kind": "public_place"}
    phone.page.evaluate(
        """([body, token]) => fetch('/api/v1/sites', {
            method: 'POST', body: JSON.stringify(body),
            headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': token },
        })""",
        [body, token],
    )
    phone.page.get_by_label("搜索场所").fill("理发")
    expect(phone.page.locator(".card.site", has_text="后来登记的理发店")).to_be_visible()


def test_a_marked_photo_takes_the_place_of_the_photo(phone: Phone, office: Office) -> None:
    phone.begin("随手拍")
    phone.photograph(phone.page.locator(".photo-field"))
    [before] = phone.photos()
    phone.page.get_by_role("button", name="圈注").click()
    canvas = phone.page.locator(".annotate canvas")
    expect(canvas).to_be_visible()
    expect(canvas).to_have_attribute("width", "1600")
    box = canvas.bounding_box()
    assert box
    phone.page.mouse.move(box["x"] + 60, box["y"] + 60)
    phone.page.mouse.down()
    phone.page.mouse.move(box["x"] + 200, box["y"] + 160, steps=4)
    phone.page.mouse.up()
    phone.page.get_by_role("button", name="完成").click()
    expect(phone.page.locator(".annotate")).to_have_count(0)
    phone.page.get_by_label("一句话说明隐患").fill("路面塌陷")
    phone.page.locator("[data-value=general]").click()
    phone.submit()
    phone.until_sent()
    [photo] = office.hazards()[0]["photos"]
    assert photo["sha256"] != before
