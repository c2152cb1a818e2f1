/** The self-audit on the wire (`/api/v1/ledger-audit`). */

import type { Difference, Suggestion } from '../reconcile/types';

export interface AuditRun {
  readonly id: number;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly night: string | null;
  readonly asked_by: string | null;
  readonly asked_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly lines_total: number;
  readonly lines_done: number;
  readonly found: number;
  readonly opened: number;
  readonly resolved: number;
}

export interface Counts {
  readonly open: number;
  readonly kinds: readonly { kind: string; name: string; open: number }[];
  readonly townships: readonly { area: string; name: string; open: number }[];
  readonly last_run: AuditRun | null;
}

export interface OnWire {
  readonly id: number;
  readonly kind_name: string;
  readonly number: string | null;
  readonly area: string;
  readonly sector: string | null;
  readonly explanation: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly suggestion: Suggestion;
  readonly status: string;
  readonly status_name: string;
  readonly settled_at: string | null;
  readonly settled_by: string | null;
  readonly reason: string;
}

/** One of our own ledger, as differences of either kind are shown. */
export function viewed(each: OnWire): Difference {
  const { id, kind_name, area, sector, explanation, suggestion, status, status_name, settled_at, reason } = each;
  return {
    ...{ id, kind_name, area, sector, explanation, suggestion, status, status_name, settled_at, reason },
    hazard: each.number,
    ref: null,
    ours: Object.entries(each.values).map(([name, value]) => ({ name, value: inWords(value) })),
    theirs: [],
    change: null,
    settled_by: each.settled_by ?? '',
  };
}

function inWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(inWords).join('、');
  return value === null || value === undefined || value === '' ? '（空）' : String(value);
}
