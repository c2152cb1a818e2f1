"""The map over HTTP: areas and points, of what the caller may see; bounded whatever is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from server.clock import FixedClock
from server.database import Database
from server.glossary import Level, State
from server.ledgers.map import points as points_module
from server.seed.demo import CITY, GRID, TOWNSHIP, VILLAGE
from tests.client import Client
from tests.factories import account_actor, make_hazard

AREAS = "/api/v1/map/areas"
POINTS = "/api/v1/map/points"
WHOLE_CITY = "111.3,36.9,112.0,37.3"
OTHER = "141181100000"

Make = Callable[..., str]


def areas(client: Client, query: str = "") -> dict[str, Any]:
    answer = client.get(f"{AREAS}?{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def points(client: Client, query: str = "", *, bbox: str = WHOLE_CITY, zoom: int = 11) -> Any:
    answer = client.get(f"{POINTS}?bbox={bbox}&zoom={zoom}&{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/geo+json"
    return answer.json


def line(found: dict[str, Any], code: str) -> dict[str, Any]:
    [of] = [each for each in found["items"] if each["area"] == code]
    return of


def test_areas_are_counted_as_the_statistics_are(
    hazard_in: Callable[[State], str], make: Make, clock: FixedClock, city: Client, town: Client
) -> None:
    hazard_in(State.CLOSED)
    late = hazard_in(State.RECTIFYING)
    void = make()
    town.does(void, "void", {"reason": "误报"})
    make("city01", area_code=OTHER, sector="GAS", level=Level.MAJOR)
    make("city01", area_code=CITY)
    clock.at = clock.at.replace(day=30)
    assert town.hazard(late)["overdue"] is False
    found = areas(city)
    assert (found["by"], found["area_name"], found["month"]) == ("township", "孝义市", "2026-11")
    assert len(found["items"]) == 17  # every township, and the city's own
    first = line(found, TOWNSHIP)
    assert (first["name"], first["open"], first["found"], first["closed"]) == ("新义街道", 1, 2, 1)
    assert first["closure_rate"] == {"numerator": 1, "denominator": 2, "percent": 50.0}
    assert (line(found, OTHER)["majors"], line(found, CITY)["name"]) == (1, "孝义市本级")
    assert line(found, CITY)["is_itself"]
    assert found["totals"]["open"] == 3
    nothing = line(found, "141181101000")
    assert (nothing["open"], nothing["closure_rate"]["percent"]) == (0, None)
    statistics = city.get("/api/v1/statistics").json
    for name in ("open", "overdue", "found", "closed"):
        assert found["totals"][name] == statistics["totals"][name]
        for township in statistics["townships"]:
            assert line(found, township["area"])[name] == township[name]
    clock.at = clock.at.replace(month=12, day=21)
    worst = areas(city)["items"][0]
    assert (worst["area"], worst["overdue"]) == (TOWNSHIP, 1)


def test_filters_and_scope_narrow_areas(
    make: Make, city: Client, town: Client, department: Client, unit: Client
) -> None:
    make()
    make("city01", area_code=OTHER, sector="GAS")
    counts = [areas(each)["totals"]["open"] for each in (city, town, department, unit)]
    assert counts == [2, 1, 1, 0]
    assert areas(city, "sector=GAS")["totals"]["open"] == 1
    assert areas(city, "q=疏散&overdue=false")["totals"]["open"] == 2
    assert areas(city, "mine=true")["totals"]["open"] == 1
    assert areas(city, "state=closed")["totals"]["open"] == 0
    # In a township, by village; another's area is no way to another's figures.
    of_town = areas(town)
    assert of_town["by"] == "village"
    assert [each["name"] for each in of_town["items"]] == ["演示社区"]
    assert line(of_town, VILLAGE)["open"] == 1
    assert [each["area"] for each in areas(town, "by=township")["items"]] == [TOWNSHIP]
    elsewhere = areas(town, f"area={OTHER}")
    assert (elsewhere["totals"]["open"], elsewhere["items"]) == (0, [])
    assert line(areas(city, f"area={OTHER}"), OTHER)["name"].endswith("本级")


def test_points_are_hazards_or_clusters_of_them(
    make: Make, city: Client, database: Database, clock: FixedClock
) -> None:
    alone = make("city01", latitude=37.05, longitude=111.5, area_code=OTHER)
    near = [(37.1462, 111.7791), (37.1464, 111.7792), (37.1463, 111.7795)]
    for latitude, longitude in near:
        make(latitude=latitude, longitude=longitude, level=Level.MAJOR)
    make()  # nowhere
    found = points(city)
    assert found["total"] == 4
    single, cluster = sorted(found["features"], key=lambda each: each["properties"].get("count", 1))
    assert single["geometry"] == {"type": "Point", "coordinates": [111.5, 37.05]}
    assert single["properties"]["number"] == alone
    assert single["properties"]["state"] == "reported"
    assert cluster["properties"] == {
        "count": 3,
        "overdue": 0,
        "majors": 3,
        "bbox": [111.7791, 37.1462, 111.7795, 37.1464],
    }
    close = points(city, bbox="111.778,37.145,111.781,37.147", zoom=19)
    assert [each["properties"]["level"] for each in close["features"]] == ["major"] * 3
    assert points(city, "level=general")["total"] == 1
    assert points(city, "state=reported,registered")["total"] == 4
    assert points(city, "state=closed")["total"] == 0
    assert areas(city)["without_place"] == 1


def test_points_are_those_one_may_see(make: Make, town: Client, unit: Client, grid: Client) -> None:
    make(latitude=37.1462, longitude=111.7791)
    make("city01", latitude=37.05, longitude=111.5, area_code=OTHER)
    assert [points(each)["total"] for each in (town, grid, unit)] == [1, 1, 0]
    assert points(town, f"area={OTHER}")["total"] == 0


def test_a_view_has_a_bounded_number_of_features(city: Client, database: Database) -> None:
    with database.writing() as session:
        actor = account_actor(session, "city01")
        for number in range(2100):
            across, up = number % 50, number // 50
            place = {"latitude": 37.0 + up * 0.004, "longitude": 111.5 + across * 0.004}
            make_hazard(session, actor, area_code=GRID, **place)
    for zoom in (0, 11, 14, 16, 20):
        found = points(city, zoom=zoom)
        assert found["total"] == 2100
        assert 1 <= len(found["features"]) <= 2000
        counts = [each["properties"].get("count", 1) for each in found["features"]]
        assert sum(counts) == 2100
    whole_world = points(city, bbox="-180,-90,180,90", zoom=20)
    assert (whole_world["total"], len(whole_world["features"]) <= 2000) == (2100, True)


def test_the_world_from_near_by_is_looked_at_once(
    make: Make, city: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[object] = []

    def looked(session: Any, scope: Any, box: Any, squares: Any, *rest: Any) -> Any:
        looks.append(squares)
        return _clustered(session, scope, box, squares, *rest)

    _clustered = points_module._clustered
    monkeypatch.setattr(points_module, "_clustered", looked)
    monkeypatch.setattr(points_module, "MOST_FEATURES", 1)
    make(latitude=37.1462, longitude=111.7791)
    make(latitude=37.1562, longitude=111.7891)
    found = points(city, bbox="-180,-90,180,90", zoom=20)
    assert (found["total"], len(found["features"]), len(looks)) == (2, 1, 1)


def test_a_cluster_stays_what_it_is_while_the_map_is_moved(make: Make, city: Client) -> None:
    for step in range(12):
        make(latitude=37.1 + step * 0.001, longitude=111.7 + step * 0.001)
    seen = points(city, bbox="111.65,37.05,111.75,37.15", zoom=13)["features"]
    moved = points(city, bbox="111.6543,37.0517,111.7543,37.1517", zoom=13)["features"]
    assert seen == moved != []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("zoom=11", "bbox"),
        (f"bbox={WHOLE_CITY}", "zoom"),
        (f"bbox={WHOLE_CITY}&zoom=21", "zoom"),
        (f"bbox={WHOLE_CITY}&zoom=x", "zoom"),
        ("bbox=1,2,3&zoom=1", "bbox"),
        ("bbox=1,2,3,x&zoom=1", "bbox"),
        ("bbox=nan,2,3,4&zoom=1", "bbox"),
        ("bbox=3,2,1,4&zoom=1", "bbox"),
        ("bbox=1,2,300,4&zoom=1", "bbox"),
        (f"bbox={WHOLE_CITY}&zoom=1&limit=5", "limit"),
    ],
)
def test_what_makes_no_sense_is_told(city: Client, query: str, field: str) -> None:
    answer = city.get(f"{POINTS}?{query}")
    assert answer.status_code == 422
    assert field in answer.json["errors"]


@pytest.mark.parametrize("query", ["by=street", "area=12", "area=999999999999", "cursor=x"])
def test_areas_that_make_no_sense_are_told(city: Client, query: str) -> None:
    answer = city.get(f"{AREAS}?{query}")
    assert answer.status_code == 422
    assert query.partition("=")[0] in answer.json["errors"]
