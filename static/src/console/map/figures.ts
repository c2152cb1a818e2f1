/** What the map is given, and what a colour says of a number. */

export interface Rate {
  readonly numerator: number;
  readonly denominator: number;
  readonly percent: number | null;
}

export interface AreaFigures {
  readonly open: number;
  readonly overdue: number;
  readonly majors: number;
  readonly found: number;
  readonly closed: number;
  readonly closure_rate: Rate;
}

export interface AreaLine extends AreaFigures {
  readonly area: string;
  readonly name: string;
  readonly is_itself: boolean;
}

export interface AreasAnswer {
  readonly by: 'township' | 'village';
  readonly area: string;
  readonly area_name: string;
  readonly totals: AreaFigures;
  readonly without_place: number;
  readonly items: readonly AreaLine[];
  readonly as_of: string;
  readonly refreshing: boolean;
}

export interface ClusterProperties {
  readonly count: number;
  readonly overdue: number;
  readonly majors: number;
  readonly bbox: readonly [west: number, south: number, east: number, north: number];
}

export interface SingleProperties {
  readonly number: string;
  readonly level: string;
  readonly state: string;
  readonly overdue: boolean;
  readonly deadline: string | null;
  readonly site_name: string;
  readonly spot: string;
  readonly description: string;
}

export interface PointFeature {
  readonly geometry: { readonly coordinates: readonly [longitude: number, latitude: number] };
  readonly properties: ClusterProperties | SingleProperties;
}

export interface PointsAnswer {
  readonly features: readonly PointFeature[];
  readonly total: number;
}

export function isCluster(properties: ClusterProperties | SingleProperties): properties is ClusterProperties {
  return 'count' in properties;
}

export type Shown = 'open' | 'overdue' | 'rate';

export const SHOWN: Readonly<Record<Shown, string>> = { open: '未销号', overdue: '逾期', rate: '销号率' };

/** A number to colour by; null where there is none. */
export function valueOf(line: AreaFigures, shown: Shown): number | null {
  return shown === 'rate' ? line.closure_rate.percent : line[shown];
}

/** As it is written on the map and in the list. */
export function written(line: AreaFigures, shown: Shown): string {
  const value = valueOf(line, shown);
  if (value === null) return '—';
  return shown === 'rate' ? `${value.toFixed(1)}%` : value.toLocaleString('zh-CN');
}

export interface Step {
  readonly colour: string;
  readonly words: string;
  readonly holds: (value: number | null) => boolean;
}

/** The darker, the more there is to do; of a rate, the greener, the better: what is low is sand. */
const RAMPS: Readonly<Record<Shown, readonly string[]>> = {
  open: ['#d6e4f3', '#9fc3e4', '#5d97cb', '#1f63a3', '#0b3a68'],
  overdue: ['#fbdcc9', '#f4ab84', '#df7a52', '#b9462b', '#7d1d12'],
  rate: ['#eec27a', '#cfe8dc', '#8cc9b2', '#3d9a80', '#0b5345'],
};
const NOTHING = '#f4f6f8';

/** The steps of a legend: five at the most, whole numbers, each held by some area. */
export function stepsOf(lines: readonly AreaFigures[], shown: Shown): Step[] {
  const none: Step = {
    colour: NOTHING,
    words: shown === 'rate' ? '今年没有' : '0',
    holds: (value) => value === null || (shown !== 'rate' && value === 0),
  };
  if (shown === 'rate') return [none, ...rateSteps()];
  const values = lines.map((line) => line[shown]).filter((value) => value > 0).sort((a, b) => a - b);
  const tops = [...new Set([0.2, 0.4, 0.6, 0.8, 1].map((part) => values[Math.ceil(part * values.length) - 1] ?? 0))];
  const ramp = RAMPS[shown];
  const steps = tops.filter((top) => top > 0).map((top, index, all) => {
    const from = (all[index - 1] ?? 0) + 1;
    const colour = ramp[all.length === 1 ? 2 : Math.round((index * (ramp.length - 1)) / (all.length - 1))] ?? NOTHING;
    return { colour, words: from === top ? figure(top) : `${figure(from)}–${figure(top)}`, holds: between(from, top) };
  });
  return [none, ...steps];
}

function rateSteps(): Step[] {
  const bounds = [0, 60, 80, 90, 95, 100.1];
  const words = ['不到 60%', '60–80%', '80–90%', '90–95%', '95% 及以上'];
  return words.map((said, index) => ({
    colour: RAMPS.rate[index] ?? NOTHING,
    words: said,
    holds: (value) => value !== null && value >= bounds[index]! && value < bounds[index + 1]!,
  }));
}

export function stepOf(steps: readonly Step[], value: number | null): Step | undefined {
  return steps.find((step) => step.holds(value));
}

function between(from: number, to: number): (value: number | null) => boolean {
  return (value) => value !== null && value >= from && value <= to;
}

function figure(value: number): string {
  return value.toLocaleString('zh-CN');
}
