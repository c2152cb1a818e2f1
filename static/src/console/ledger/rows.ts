/** A row of the ledger (`/api/v1/hazards/rows`), and the columns in which it can be shown. */

import { isRunning } from '../../hazards/deadline';
import { exactly, until } from '../../time';
import { LEVELS, STATES } from '../names';
import { areaPath, sectorName } from '../places';
import { session } from '../session';

export interface Row {
  readonly number: string;
  readonly state: string;
  readonly level: string;
  readonly description: string;
  readonly area: string;
  readonly sector: string | null;
  readonly site: number | null;
  readonly site_name: string;
  readonly spot: string;
  readonly responsible_unit: string;
  readonly found_on: string;
  readonly suggested_deadline: string | null;
  readonly deadline: string | null;
  readonly overdue: boolean;
  readonly needs_review: boolean;
  readonly listed: boolean;
  readonly suspended: boolean;
  readonly updated_at: string;
  readonly reporter: string;
  readonly supervisor: string;
  readonly category: string;
  readonly extensions: number;
  readonly finished_on: string | null;
  readonly accepted_on: string | null;
  readonly closed_on: string | null;
}

export interface Column {
  readonly key: string;
  readonly title: string;
  /** Pixels at least, and its share of what is left over. */
  readonly least: number;
  readonly grows?: number;
  /** What `sort` calls it, where it can be sorted by. */
  readonly sort?: string;
  readonly text: (row: Row) => string;
}

const day = (text: string | null) => text ?? '—';

export const COLUMNS: readonly Column[] = [
  { key: 'number', title: '编号', least: 228, sort: 'number', text: (row) => row.number },
  { key: 'state', title: '状态', least: 128, text: (row) => STATES[row.state] ?? row.state },
  { key: 'level', title: '等级', least: 84, text: (row) => LEVELS[row.level] ?? row.level },
  { key: 'description', title: '隐患描述', least: 140, grows: 2, text: (row) => row.description },
  { key: 'site_name', title: '单位场所', least: 96, grows: 1, text: (row) => row.site_name || '—' },
  { key: 'area', title: '区划', least: 104, grows: 1, text: (row) => areaWords(row.area) },
  { key: 'sector', title: '行业领域', least: 92, text: (row) => sectorName(row.sector) },
  { key: 'found_on', title: '检查日期', least: 106, sort: 'found_on', text: (row) => row.found_on },
  { key: 'deadline', title: '整改期限', least: 182, sort: 'deadline', text: dueWords },
  { key: 'responsible_unit', title: '责任单位', least: 120, grows: 1, text: (row) => row.responsible_unit || '—' },
  { key: 'spot', title: '部位', least: 140, text: (row) => row.spot || '—' },
  { key: 'category', title: '类别', least: 110, text: (row) => row.category || '—' },
  { key: 'reporter', title: '上报人', least: 90, text: (row) => row.reporter },
  { key: 'supervisor', title: '督办人', least: 160, text: (row) => row.supervisor || '—' },
  { key: 'extensions', title: '延期次数', least: 84, text: (row) => String(row.extensions) },
  { key: 'finished_on', title: '整改完成', least: 108, text: (row) => day(row.finished_on) },
  { key: 'accepted_on', title: '验收日期', least: 108, text: (row) => day(row.accepted_on) },
  { key: 'closed_on', title: '销号日期', least: 108, sort: 'closed_on', text: (row) => day(row.closed_on) },
  { key: 'updated_at', title: '最近变动', least: 108, sort: 'updated', text: (row) => exactly(row.updated_at).slice(0, 10) },
];

/** What is found leaves room for words; the sector is one of the filters. */
export const USUAL: readonly string[] = COLUMNS.slice(0, 9)
  .map(({ key }) => key)
  .filter((key) => key !== 'sector');

/** From the account's own area down: what it has in common with every row says nothing. */
function areaWords(code: string): string {
  const names = areaPath(code).split(' / ');
  const own = session.me ? areaPath(session.me.area) : '';
  return (names.length > 1 && names[0] === own ? names.slice(1) : names).join(' / ');
}

/** A deadline, and how far it is while it runs. */
export function dueWords(row: Row): string {
  if (row.deadline === null) return '—';
  return isRunning(row.state) ? `${row.deadline} ${until(row.deadline).replaceAll(' ', '')}` : row.deadline;
}

const KEPT = 'console-ledger-columns';

/** The columns that this browser showed last. */
export function rememberedColumns(): readonly string[] {
  try {
    return known(JSON.parse(localStorage.getItem(KEPT) ?? '[]'));
  } catch {
    return USUAL;
  }
}

export function rememberColumns(keys: readonly string[]): void {
  localStorage.setItem(KEPT, JSON.stringify(keys));
}

/** Those that there are, in the sheet's order; none of them means the usual ones. */
export function known(keys: unknown): readonly string[] {
  const asked = Array.isArray(keys) ? keys : [];
  const found = COLUMNS.map(({ key }) => key).filter((key) => asked.includes(key));
  return found.length ? found : USUAL;
}
