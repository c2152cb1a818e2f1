/** What the dashboard is given (`GET /api/v1/statistics`), and where each figure leads. */

import { type Filters, ledgerLink } from '../filters';
import { OPEN_STATES, STATES } from '../names';

export interface Rate {
  readonly numerator: number;
  readonly denominator: number;
  readonly percent: number | null;
}

export interface Figures {
  readonly open: number;
  readonly overdue: number | null;
  readonly listed: number;
  readonly found: number;
  readonly closed: number;
  readonly closure_rate: Rate;
  readonly year_closure_rate: Rate;
  readonly median_days: number | null;
  readonly closures: number;
}

export interface TownshipFigures extends Figures {
  readonly area: string;
  readonly name: string;
  readonly rank: number | null;
}

export interface SectorFigures extends Figures {
  readonly sector: string | null;
  readonly name: string;
}

export interface Month {
  readonly month: string;
  readonly found: number;
  readonly closed: number;
  readonly open: number;
}

export interface Listed {
  readonly number: string;
  readonly site_name: string;
  readonly description: string;
  readonly rank: string;
  readonly supervisor_unit: string;
  readonly deadline: string | null;
  readonly days_left: number | null;
}

export interface IdleWorker {
  readonly name: string;
  readonly area: string;
  readonly area_name: string;
  readonly last_submission: string | null;
}

export interface Statistics {
  readonly month: string;
  readonly year_start: string;
  readonly until: string;
  readonly area: string;
  readonly area_name: string;
  readonly totals: Figures;
  readonly townships: readonly TownshipFigures[];
  readonly sectors: readonly SectorFigures[];
  readonly trend: readonly Month[];
  readonly listed: readonly Listed[];
  readonly idle_workers: readonly IdleWorker[] | null;
  readonly as_of: string;
  readonly refreshing: boolean;
}

export type Link = ReturnType<typeof ledgerLink>;
export type Part = Partial<Pick<Filters, 'area' | 'sector'>>;

const COUNTED = Object.keys(STATES).filter((state) => state !== 'void');

/**
 * The rows behind each figure, of a part of what is shown.
 *
 * What was open at the end of a month that is over is not what is open now: no link leads to it.
 */
export class Rows {
  constructor(
    private readonly statistics: Statistics,
    private readonly shown: Part,
    private readonly isCurrent: boolean,
  ) {}

  private to(filters: Partial<Filters>, part: Part): Link {
    return ledgerLink({ ...this.shown, ...part, ...filters });
  }

  open(part: Part = {}): Link | null {
    return this.isCurrent ? this.to({ state: OPEN_STATES }, part) : null;
  }

  overdue(part: Part = {}): Link | null {
    return this.isCurrent ? this.to({ overdue: true }, part) : null;
  }

  listed(part: Part = {}): Link | null {
    return this.isCurrent ? this.to({ listed: true, state: OPEN_STATES }, part) : null;
  }

  found(part: Part = {}, period = this.statistics.month): Link {
    return this.to({ period, state: COUNTED }, part);
  }

  closed(part: Part = {}, closed_in = this.statistics.month): Link {
    return this.to({ closed_in, state: ['closed'] }, part);
  }

  foundAndClosed(part: Part = {}): Link | null {
    return this.isCurrent ? this.to({ period: this.statistics.month, state: ['closed'] }, part) : null;
  }

  ofYear(part: Part = {}): Link {
    const { year_start, until } = this.statistics;
    return this.to({ found_from: year_start, found_to: until, state: COUNTED }, part);
  }

  ofYearClosed(part: Part = {}): Link | null {
    const { year_start, until } = this.statistics;
    return this.isCurrent ? this.to({ found_from: year_start, found_to: until, state: ['closed'] }, part) : null;
  }
}

/** `75.0%`; of nothing there is no rate. */
export function percent(rate: Rate): string {
  return rate.percent === null ? '—' : `${rate.percent.toFixed(1)}%`;
}

/** `还有 12 天`; negative days are past. */
export function daysLeft(days: number | null): string {
  if (days === null) return '没有期限';
  if (days < 0) return `已过 ${-days} 天`;
  return days === 0 ? '今天到期' : `还有 ${days} 天`;
}

/** The last months, newest first, as `2026-11`. */
export function lastMonths(today: string, count: number): string[] {
  const [year, month] = today.split('-').map(Number);
  return Array.from({ length: count }, (_, back) => {
    const index = year! * 12 + month! - 1 - back;
    return `${Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}`;
  });
}
