import { getDistance } from 'geolib';

import type { Site } from '../database';
import type { Point } from './point';

export interface Near {
  readonly site: Site;
  /** Metres; null where one of the two places is not known. */
  readonly distance: number | null;
}

/** Sites whose name or address says `text`, the nearest first. */
export function nearestFirst(sites: readonly Site[], here: Point | null, text: string): Near[] {
  const wanted = text.trim().toLowerCase();
  return sites
    .filter((site) => !wanted || `${site.name} ${site.address}`.toLowerCase().includes(wanted))
    .map((site) => ({ site, distance: distance(site, here) }))
    .sort(
      (a, b) =>
        (a.distance ?? Infinity) - (b.distance ?? Infinity) || a.site.name.localeCompare(b.site.name),
    );
}

export function inWords(distance: number | null): string {
  if (distance === null) return '';
  return distance < 1000 ? `${distance} 米` : `${(distance / 1000).toFixed(1)} 公里`;
}

function distance(site: Site, here: Point | null): number | null {
  if (!here || site.latitude === null || site.longitude === null) return null;
  return getDistance(
    { latitude: here.latitude, longitude: here.longitude },
    { latitude: site.latitude, longitude: site.longitude },
  );
}
