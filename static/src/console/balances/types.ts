/** Balances on the wire (`/api/v1/balances`). */

export interface Figures {
  readonly opening: number;
  readonly added: number;
  readonly late: number;
  readonly regraded: number;
  readonly reclassified: number;
  readonly handed_over: number;
  readonly voided: number;
  readonly adjusted: number;
  readonly closed: number;
  readonly ending: number;
}

export interface Line extends Figures {
  readonly code: string;
  readonly name: string;
}

export interface Balance {
  readonly month: string;
  readonly area_code: string;
  readonly area_name: string;
  readonly by: string;
  readonly rows: readonly Line[];
  readonly total: Figures;
  readonly as_of: string;
  readonly figures_hash: string | null;
  readonly is_closed: boolean;
  readonly deviations: readonly { name: string; closed: Figures; now: Figures }[];
}

export interface MonthOf {
  readonly month: string;
  readonly is_over: boolean;
  readonly confirmed: boolean | null;
  readonly closed_at: string | null;
}

export interface Confirmation {
  readonly area_name: string;
  readonly sector_name: string;
  readonly unit: string;
  readonly name: string;
  readonly confirmed_at: string;
  readonly note: string;
}

export interface Standing {
  readonly month: string;
  readonly is_over: boolean;
  readonly confirmations: readonly Confirmation[];
  readonly missing: readonly { area_code: string; sector: string; name: string }[];
  readonly open_differences: readonly { area_code: string; sector: string | null; name: string; count: number }[];
  readonly closing: {
    readonly closed_at: string;
    readonly closed_by: string;
    readonly unit: string;
    readonly reason: string;
    readonly hash: string;
    readonly previous_hash: string;
    readonly is_signed: boolean;
  } | null;
}

/** What was recorded since the figures were seen, as a refusal (412) tells it. */
export interface Change {
  readonly number: string;
  readonly kind_name: string;
  readonly action_name: string;
  readonly delta: number;
  readonly at: string;
}

/** The columns, in the order of the customary table. */
export const COLUMNS: readonly { name: keyof Figures; title: string; group?: string }[] = [
  { name: 'opening', title: '上期结转' },
  { name: 'added', title: '本期新增' },
  { name: 'late', title: '其中补记' },
  { name: 'regraded', title: '等级变更' },
  { name: 'reclassified', title: '行业调整' },
  { name: 'handed_over', title: '划转' },
  { name: 'voided', title: '误报核减' },
  { name: 'adjusted', title: '调整小计' },
  { name: 'closed', title: '本期销号' },
  { name: 'ending', title: '期末未销号' },
];

const SIGNED: readonly (keyof Figures)[] = ['regraded', 'reclassified', 'handed_over', 'voided', 'adjusted'];

/** `+3`, `−2`, `1,204`; nothing is a dash, so that what is something stands out. */
export function cell(figures: Figures, name: keyof Figures): string {
  const value = figures[name];
  if (value === 0) return '0';
  const words = Math.abs(value).toLocaleString('zh-CN');
  if (value < 0) return `−${words}`;
  return SIGNED.includes(name) ? `+${words}` : words;
}

/** `2026年11月` */
export function inWords(month: string): string {
  const [year, number] = month.split('-');
  return `${year}年${Number(number)}月`;
}
