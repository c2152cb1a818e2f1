/**
 * What the ledger, the map, exports and the figures' links are narrowed to: one vocabulary.
 *
 * The names are those of the API (`HazardQuery`), and the same in a page's address, so that an
 * address sent to a colleague shows the same rows.
 */

import type { LocationQuery } from 'vue-router';

export interface Filters {
  readonly state: readonly string[];
  readonly level: readonly string[];
  readonly sector: readonly string[];
  readonly area: string;
  readonly overdue: boolean;
  readonly needs_review: boolean;
  readonly mine: boolean;
  readonly to_recheck: boolean;
  readonly listed: boolean;
  /** `yyyy-mm`: found in this month. */
  readonly period: string;
  /** `yyyy-mm-dd` */
  readonly found_from: string;
  readonly found_to: string;
  /** `yyyy-mm`: struck off in this month. */
  readonly closed_in: string;
  /** A deadline within so many days. */
  readonly due_within: string;
  readonly site: string;
  /** One of the desk's heaps (待办). */
  readonly desk: string;
  readonly q: string;
}

export const NO_FILTERS: Filters = {
  state: [],
  level: [],
  sector: [],
  area: '',
  overdue: false,
  needs_review: false,
  mine: false,
  to_recheck: false,
  listed: false,
  period: '',
  found_from: '',
  found_to: '',
  closed_in: '',
  due_within: '',
  site: '',
  desk: '',
  q: '',
};

const NAMES = Object.keys(NO_FILTERS) as (keyof Filters)[];

/** The filters in a page's address; what it does not say narrows nothing. */
export function filtersFrom(query: LocationQuery): Filters {
  const read = (name: keyof Filters) => {
    const raw = query[name];
    const text = (Array.isArray(raw) ? raw[0] : raw) ?? '';
    const empty = NO_FILTERS[name];
    if (typeof empty === 'boolean') return text === 'true';
    return typeof empty === 'string' ? text : text.split(',').filter(Boolean);
  };
  return Object.fromEntries(NAMES.map((name) => [name, read(name)])) as unknown as Filters;
}

/** As an address carries them, and as the API takes them. */
export function queryOf(filters: Filters): Record<string, string> {
  const query: Record<string, string> = {};
  for (const name of NAMES) {
    const value = filters[name];
    const text = typeof value === 'boolean' ? (value ? 'true' : '') : typeof value === 'string' ? value : value.join(',');
    if (text) query[name] = text;
  }
  return query;
}

/** The ledger narrowed to these: where a figure leads to the rows behind it. */
export function ledgerLink(filters: Partial<Filters>): { path: string; query: Record<string, string> } {
  return { path: '/ledger', query: queryOf({ ...NO_FILTERS, ...filters }) };
}
