/** People and sites from a file: tried, then taken in. */

export interface Problem {
  readonly row: number;
  readonly column: string;
  readonly message: string;
}

export interface Import {
  readonly id: string;
  readonly kind: 'people' | 'sites';
  readonly kind_name: string;
  readonly file_name: string;
  readonly dry_run: boolean;
  readonly skip_bad: boolean;
  readonly state: 'queued' | 'running' | 'done' | 'refused' | 'failed' | 'cancelled';
  readonly state_name: string;
  readonly rows_done: number;
  readonly rows_total: number;
  readonly rows_new: number;
  readonly rows_known: number;
  readonly rows_bad: number;
  readonly message: string;
  readonly created_at: string;
  readonly finished_at: string | null;
  readonly has_result: boolean;
  readonly files_until: string | null;
}

export interface ImportDetail extends Import {
  readonly problems: readonly Problem[];
}

export const KINDS: Readonly<Record<Import['kind'], string>> = { people: '人员', sites: '监管对象' };

export function isUnfinished({ state }: Import): boolean {
  return state === 'queued' || state === 'running';
}

/** How an import stands, in words. */
export function standing(made: Import): string {
  if (made.state !== 'done') return made.state_name;
  return made.dry_run ? '试导入完成' : '已导入';
}

/** The tag's look for a state. */
export function look(made: Import): string {
  if (made.state === 'refused' || made.state === 'failed') return 'late';
  if (made.state === 'done') return made.dry_run ? 'turn-office' : 'turn-done';
  return '';
}

export function percent({ rows_done, rows_total }: Import): number {
  return rows_total ? Math.min(100, Math.round((100 * rows_done) / rows_total)) : 0;
}
