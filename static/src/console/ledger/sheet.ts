/**
 * The ledger as one long sheet: rows come in chunks, as they are looked at.
 *
 * What is reported after the sheet was opened is not in it, so that nothing moves under the reader.
 */

import { type Ref, type ShallowRef, ref, shallowRef, triggerRef, watch } from 'vue';

import { asking, words } from '../asking';
import type { Row } from './rows';

const CHUNK = 100;
const MOST_CHUNKS = 80;
/** While it is scrolled fast, nothing is asked for that is gone before it comes. */
const SETTLED_MS = 70;

export interface Sheet {
  /** Null until it is known. */
  readonly total: Ref<number | null>;
  /** The newest hazard that can be in the sheet; empty until it is known. */
  readonly newest: Ref<string>;
  readonly asOf: Ref<string | null>;
  readonly trouble: Ref<string>;
  /** Triggered whenever rows came. */
  readonly came: ShallowRef<number>;
  row(index: number): Row | undefined;
  /** See to it that the rows from one to another are here, soon. */
  want(first: number, last: number): void;
  /** Some rows, fetched where they are not here. Throws as `asking`. */
  stretch(first: number, last: number): Promise<readonly Row[]>;
  /** Everything anew; what is shown stays until it comes. */
  reload(): Promise<void>;
}

export function useSheet(filters: () => Record<string, string>, sort: () => string): Sheet {
  const total = ref<number | null>(null);
  const newest = ref('');
  const asOf = ref<string | null>(null);
  const trouble = ref('');
  const came = shallowRef(0);
  const chunks = new Map<number, readonly Row[]>();
  const stale = new Set<number>();
  const coming = new Set<number>();
  let turn = 0;
  let wanted: [number, number] = [0, 0];
  let timer = 0;

  function rowsPath(offset: number, limit: number): string {
    const until: Record<string, string> = newest.value ? { until: newest.value } : {};
    const query = { ...filters(), ...until, sort: sort(), offset: `${offset}`, limit: `${limit}` };
    return `/api/v1/hazards/rows?${new URLSearchParams(query)}`;
  }

  async function fetchChunk(chunk: number): Promise<void> {
    if (coming.has(chunk)) return;
    const mine = turn;
    coming.add(chunk);
    try {
      const { items } = await asking<{ items: Row[] }>(rowsPath(chunk * CHUNK, CHUNK));
      if (mine !== turn) return;
      keep(chunk, items);
      trouble.value = '';
    } catch (error) {
      if (mine === turn) trouble.value = words(error);
    } finally {
      if (mine === turn) coming.delete(chunk);
    }
  }

  function keep(chunk: number, items: readonly Row[]): void {
    chunks.delete(chunk);
    chunks.set(chunk, items);
    stale.delete(chunk);
    for (const oldest of chunks.keys()) {
      if (chunks.size <= MOST_CHUNKS) break;
      chunks.delete(oldest);
    }
    came.value += 1;
    triggerRef(came);
  }

  function missing(): number[] {
    const last = Math.min(wanted[1], (total.value ?? 0) - 1);
    const found: number[] = [];
    for (let chunk = Math.floor(wanted[0] / CHUNK); chunk * CHUNK <= last; chunk += 1) {
      if (!chunks.has(chunk) || stale.has(chunk)) found.push(chunk);
    }
    return found;
  }

  function want(first: number, last: number): void {
    wanted = [Math.max(first, 0), last];
    clearTimeout(timer);
    timer = window.setTimeout(() => missing().forEach((chunk) => void fetchChunk(chunk)), SETTLED_MS);
  }

  async function reload(): Promise<void> {
    turn += 1;
    const mine = turn;
    coming.clear();
    chunks.forEach((_rows, chunk) => stale.add(chunk));
    try {
      const path = `/api/v1/hazards/total?${new URLSearchParams(filters())}`;
      const found = await asking<{ total: number; newest: number; as_of: string }>(path);
      if (mine !== turn) return;
      [total.value, asOf.value, trouble.value] = [found.total, found.as_of, ''];
      newest.value = found.newest ? `${found.newest}` : '';
      missing().forEach((chunk) => void fetchChunk(chunk));
    } catch (error) {
      if (mine === turn) trouble.value = words(error);
    }
  }

  async function stretch(first: number, last: number): Promise<readonly Row[]> {
    const here = Array.from({ length: last - first + 1 }, (_, index) => row(first + index));
    if (here.every((each) => each !== undefined)) return here;
    return (await asking<{ items: Row[] }>(rowsPath(first, last - first + 1))).items;
  }

  function row(index: number): Row | undefined {
    return chunks.get(Math.floor(index / CHUNK))?.[index % CHUNK];
  }

  function begin(): void {
    chunks.clear();
    stale.clear();
    newest.value = '';
    total.value = null;
    void reload();
  }

  watch(() => JSON.stringify([filters(), sort()]), begin, { immediate: true });
  return { total, newest, asOf, trouble, came, row, want, stretch, reload };
}
