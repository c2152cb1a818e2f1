/**
 * Where a WGS-84 place lies on a map that is in another datum, and back.
 *
 * GCJ-02 shifts by a known series of sines (about 570 m here); its inverse is iterated to
 * under a micrometre. BD-09 is a further small spiral on GCJ-02.
 */

export type Datum = 'wgs84' | 'gcj02' | 'bd09';
export type Degrees = readonly [latitude: number, longitude: number];

const SEMI_MAJOR = 6378245;
const ECCENTRICITY_SQUARED = 0.00669342162296594323;
const BD = (Math.PI * 3000) / 180;

export function toDatum(place: Degrees, datum: Datum): Degrees {
  if (datum === 'wgs84' || !inChina(place)) return place;
  const [dLat, dLon] = shift(place);
  const gcj: Degrees = [place[0] + dLat, place[1] + dLon];
  return datum === 'gcj02' ? gcj : spiral(gcj);
}

export function fromDatum(place: Degrees, datum: Datum): Degrees {
  if (datum === 'wgs84' || !inChina(place)) return place;
  let guess = place;
  for (let i = 0; i < 6; i += 1) {
    const there = toDatum(guess, datum);
    guess = [guess[0] + place[0] - there[0], guess[1] + place[1] - there[1]];
  }
  return guess;
}

/** Elsewhere the maps are in WGS-84. */
function inChina([latitude, longitude]: Degrees): boolean {
  return latitude >= 0.8293 && latitude <= 55.8271 && longitude >= 72.004 && longitude <= 137.8347;
}

function shift([latitude, longitude]: Degrees): Degrees {
  const [x, y] = [longitude - 105, latitude - 35];
  const { sin, sqrt, abs, PI } = Math;
  const waves = 20 * sin(6 * x * PI) + 20 * sin(2 * x * PI);
  const dLat =
    -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) +
    ((waves + 20 * sin(y * PI) + 40 * sin((y / 3) * PI)) +
      160 * sin((y / 12) * PI) + 320 * sin((y * PI) / 30)) * 2 / 3;
  const dLon =
    300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) +
    ((waves + 20 * sin(x * PI) + 40 * sin((x / 3) * PI)) +
      150 * sin((x / 12) * PI) + 300 * sin((x / 30) * PI)) * 2 / 3;
  const radians = (latitude / 180) * PI;
  const magic = 1 - ECCENTRICITY_SQUARED * sin(radians) ** 2;
  const meridian = (SEMI_MAJOR * (1 - ECCENTRICITY_SQUARED)) / (magic * sqrt(magic));
  return [
    (dLat * 180) / (meridian * PI),
    (dLon * 180) / ((SEMI_MAJOR / sqrt(magic)) * Math.cos(radians) * PI),
  ];
}

function spiral([latitude, longitude]: Degrees): Degrees {
  const distance = Math.hypot(longitude, latitude) + 0.00002 * Math.sin(latitude * BD);
  const angle = Math.atan2(latitude, longitude) + 0.000003 * Math.cos(longitude * BD);
  return [distance * Math.sin(angle) + 0.006, distance * Math.cos(angle) + 0.0065];
}
