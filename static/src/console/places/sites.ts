/** The places under supervision (监管对象) at a desk. */

import type { LocationQuery } from 'vue-router';

import { areaPath, sectorName } from '../places';

export interface Site {
  readonly id: number;
  readonly entity_id: string;
  readonly name: string;
  readonly kind: string;
  readonly area: string;
  readonly sector: string | null;
  readonly credit_code: string | null;
  readonly address: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

export interface Change {
  readonly at: string;
  readonly user_name: string;
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
}

export interface SiteDetail extends Site {
  readonly version: number;
  readonly created_at: string;
  readonly area_names: readonly string[];
  readonly changes: readonly Change[];
}

export const SITE_KINDS: Readonly<Record<string, string>> = {
  enterprise: '企业',
  public_place: '公共场所',
  self_built_house: '自建房',
  hazard_spot: '隐患点',
};

export const FIELDS: Readonly<Record<string, string>> = {
  name: '名称',
  kind: '类别',
  area: '所在区划',
  sector: '行业领域',
  credit_code: '统一社会信用代码',
  address: '地址',
  latitude: '纬度',
  longitude: '经度',
};

/** What the list is narrowed to; the names are the API's and the address's. */
export interface SiteFilters {
  readonly q: string;
  readonly area: string;
  readonly kind: string;
  readonly sector: string;
}

const NAMES = ['q', 'area', 'kind', 'sector'] as const;

export function siteFilters(query: LocationQuery): SiteFilters {
  const read = (name: string) => {
    const raw = query[name];
    return (Array.isArray(raw) ? raw[0] : raw) ?? '';
  };
  return { q: read('q'), area: read('area'), kind: read('kind'), sector: read('sector') };
}

export function siteQuery(filters: SiteFilters): Record<string, string> {
  return Object.fromEntries(NAMES.filter((name) => filters[name]).map((name) => [name, filters[name]]));
}

/** A field's value as people read it. */
export function shown(field: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return '（空）';
  const text = String(value);
  if (field === 'kind') return SITE_KINDS[text] ?? text;
  if (field === 'area') return areaPath(text);
  if (field === 'sector') return sectorName(text);
  return text;
}

/** `2026-11-23 10:00` in Asia/Shanghai, from RFC 3339. */
export function dated(text: string): string {
  return new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'Asia/Shanghai',
    dateStyle: 'short',
    timeStyle: 'short',
  }).format(new Date(text));
}
