/** The areas that the account sees, as a tree, and the sectors: one store, asked for once. */

import { computed, reactive } from 'vue';

import { asking } from './asking';

export interface Area {
  readonly code: string;
  readonly name: string;
  readonly kind: string;
  readonly parent: string | null;
}

export interface AreaNode {
  readonly value: string;
  readonly label: string;
  readonly children: AreaNode[];
}

export interface Sector {
  readonly code: string;
  readonly name: string;
}

interface Places {
  areas: readonly Area[];
  sectors: readonly Sector[];
}

export const places: Places = reactive({ areas: [], sectors: [] });

let loading: Promise<void> | undefined;

/** Load both, unless they are here; one that failed is tried again by whoever asks next. */
export function loadPlaces(): Promise<void> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** Load them anew: an area was added or renamed. */
export function reloadPlaces(): Promise<void> {
  loading = undefined;
  return loadPlaces();
}

async function load(): Promise<void> {
  const [areas, sectors] = await Promise.all([
    asking<{ items: Area[] }>('/api/v1/areas'),
    asking<{ items: Sector[] }>('/api/v1/sectors'),
  ]);
  places.areas = areas.items;
  places.sectors = sectors.items;
}

const byCode = computed(() => new Map(places.areas.map((area) => [area.code, area])));
const sectorNames = computed(() => new Map(places.sectors.map(({ code, name }) => [code, name])));

export function areaName(code: string): string {
  return byCode.value.get(code)?.name ?? code;
}

/** `新义街道 / 演示社区 / 第1网格`: the names from the township down. */
export function areaPath(code: string): string {
  const names: string[] = [];
  for (let area = byCode.value.get(code); area; area = byCode.value.get(area.parent ?? '')) {
    if (area.kind !== 'city' || !names.length) names.unshift(area.name);
  }
  return names.join(' / ') || code;
}

export function sectorName(code: string | null): string {
  return code === null ? '未归类' : (sectorNames.value.get(code) ?? code);
}

/** The areas as a tree; roots are those whose parent the account does not see. */
export const areaTree = computed<AreaNode[]>(() => {
  const nodes = new Map<string, AreaNode>(
    places.areas.map(({ code, name }) => [code, { value: code, label: name, children: [] }]),
  );
  const roots: AreaNode[] = [];
  for (const { code, parent } of places.areas) {
    const node = nodes.get(code);
    if (node) (nodes.get(parent ?? '')?.children ?? roots).push(node);
  }
  return roots;
});
