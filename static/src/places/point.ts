/**
 * A place as forms carry it (`latitude longitude altitude accuracy`, WGS-84, metres).
 *
 * An accuracy of exactly zero is what ODK clients give to a point that was set by hand on a map:
 * no receiver ever reports it.
 */
export interface Point {
  readonly latitude: number;
  readonly longitude: number;
  /** Metres; zero: set by hand. */
  readonly accuracy: number;
}

export function parsePoint(text: string): Point | null {
  const [latitude, longitude, , accuracy] = text.trim().split(/\s+/).map(Number);
  if (latitude === undefined || longitude === undefined) return null;
  if (!Number.isFinite(latitude) || !Number.isFinite(longitude)) return null;
  return { latitude, longitude, accuracy: accuracy ?? 0 };
}

export function formatPoint({ latitude, longitude, accuracy }: Point): string {
  return `${latitude.toFixed(7)} ${longitude.toFixed(7)} 0 ${accuracy.toFixed(1)}`;
}

export function isByHand(point: Point): boolean {
  return point.accuracy === 0;
}
