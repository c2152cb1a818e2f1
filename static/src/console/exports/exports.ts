/** Exports that are made in the background (`/api/v1/exports`). */

import { type Chip, chipsOf } from '../chips';
import { filtersFrom } from '../filters';

export interface Export {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly format: string;
  readonly query: Readonly<Record<string, string>>;
  readonly state: 'queued' | 'running' | 'ready' | 'failed';
  readonly state_name: string;
  readonly rows_done: number;
  readonly rows_total: number | null;
  readonly problem: string;
  readonly size: number | null;
  readonly created_at: string;
  readonly finished_at: string | null;
  readonly expires_at: string | null;
}

export interface Kind {
  readonly kind: string;
  readonly name: string;
  /** What its query calls the month, and what that month is. */
  readonly month: 'period' | 'month' | '';
  readonly monthName: string;
}

/** As the server has them; those of whole hazards are ordered from the ledger's page as well. */
export const KINDS: readonly Kind[] = [
  { kind: 'ledger', name: '隐患整改台账', month: 'period', monthName: '检查月份' },
  { kind: 'listed', name: '挂牌督办台账', month: 'period', monthName: '挂牌月份' },
  { kind: 'closures', name: '销号台账', month: 'period', monthName: '销号月份' },
  { kind: 'houses', name: '自建房台账', month: '', monthName: '' },
  { kind: 'f1', name: '月报表一', month: 'month', monthName: '报告月份' },
  { kind: 'f2', name: '月报表二', month: 'month', monthName: '报告月份' },
];

export const isUnfinished = ({ state }: Export) => state === 'queued' || state === 'running';

/** What it is of, in words. */
export function scopeOf({ query }: Export): string {
  const flags = [
    ...(query['month'] ? [`${query['month']} 月报`] : []),
    ...(query['as_of'] ? [`截至 ${query['as_of']}`] : []),
    ...(String(query['photos']) === 'true' ? ['带照片'] : []),
    ...(String(query['phones']) === 'true' ? ['完整电话'] : []),
  ];
  const chips: Chip[] = chipsOf(filtersFrom(query));
  return [...chips.map((chip) => chip.words), ...flags].join('；') || '全部';
}

/** Whole per cent; null while nobody knows how much there is to do. */
export function percentOf({ rows_done, rows_total }: Export): number | null {
  if (!rows_total) return null;
  return Math.min(99, Math.floor((100 * rows_done) / rows_total));
}

export function sizeOf(bytes: number | null): string {
  if (bytes === null) return '';
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
