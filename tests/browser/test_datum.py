"""The phone's datums are the server's: the same places, as Node and Python convert them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from random import Random

import pytest
from geopy.distance import geodesic

from server.glossary import Datum
from server.places.datum import from_wgs84, to_wgs84
from tests.serving import ROOT

# The type checker's own compiler takes the types off; nothing else in the module needs building.
SCRIPT = """
const ts = require('typescript');
const source = require('fs').readFileSync('src/places/datum.ts', 'utf8');
const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
const exports_ = {};
new Function('exports', ts.transpileModule(source, { compilerOptions }).outputText)(exports_);
const asked = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(asked.map(([place, datum]) =>
    [exports_.toDatum(place, datum), exports_.fromDatum(place, datum)])));
"""


def places() -> list[tuple[float, float]]:
    random = Random(37)
    shanxi = [(random.uniform(34.5, 41), random.uniform(110, 115)) for _ in range(200)]
    edge = [(0.8293, 100.0), (0.8292, 100.0), (55.8271, 100.0), (55.8272, 100.0)]
    edge += [(30.0, 72.004), (30.0, 72.003), (30.0, 137.8347), (30.0, 137.8348)]
    return [(37.146, 111.779), (48.85, 2.35), (-37.0, 111.0), *edge, *shanxi]


@pytest.mark.slow
def test_the_phone_converts_as_the_server_does() -> None:
    asked = [(place, datum) for place in places() for datum in Datum]
    folder = subprocess.check_output([ROOT / "scripts/setup", "node"], text=True)
    answer = subprocess.run(
        [Path(folder.strip()) / "node", "-e", SCRIPT],
        cwd=ROOT / "static",
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(answer.stdout)
    for (place, datum), (there, back) in zip(asked, told, strict=True):
        assert geodesic(there, from_wgs84(*place, datum)).meters < 1e-6, (place, datum)
        assert geodesic(back, to_wgs84(*place, datum)).meters < 1e-6, (place, datum)
