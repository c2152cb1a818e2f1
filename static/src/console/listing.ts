/** A list that comes page by page: what is here, whether there is more, and getting that. */

import { type Ref, type ShallowRef, ref, shallowRef, watch } from 'vue';

import { asking, words } from './asking';

interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}

export interface Listing<T> {
  readonly items: ShallowRef<readonly T[]>;
  readonly trouble: Ref<string>;
  readonly loading: Ref<boolean>;
  /** Whether an answer came at all, so that an empty list is one. */
  readonly asked: Ref<boolean>;
  readonly hasMore: Ref<boolean>;
  reload(): Promise<void>;
  more(): Promise<void>;
}

/** The list that `path` names (with its query), from its beginning whenever that changes. */
export function useListing<T>(path: () => string | null): Listing<T> {
  const items = shallowRef<readonly T[]>([]);
  const trouble = ref('');
  const loading = ref(false);
  const asked = ref(false);
  const hasMore = ref(false);
  let cursor: string | null = null;
  let turn = 0;

  async function load(from: string | null): Promise<void> {
    const address = path();
    turn += 1;
    const mine = turn;
    if (address === null) return;
    loading.value = true;
    try {
      const page = await asking<Page<T>>(from === null ? address : `${address}&cursor=${encodeURIComponent(from)}`);
      if (mine !== turn) return;
      items.value = from === null ? page.items : [...items.value, ...page.items];
      cursor = page.next_cursor;
      hasMore.value = cursor !== null;
      [trouble.value, asked.value] = ['', true];
    } catch (error) {
      if (mine === turn) trouble.value = words(error);
    } finally {
      if (mine === turn) loading.value = false;
    }
  }

  const reload = () => load(null);
  const more = () => load(cursor);
  watch(path, () => void reload(), { immediate: true });
  return { items, trouble, loading, asked, hasMore, reload, more };
}

/** `path?name=value&…` without what is empty; always with a `?`, so that more can be added. */
export function addressOf(path: string, query: Readonly<Record<string, string>>): string {
  const given = Object.entries(query).filter(([, value]) => value !== '');
  return `${path}?${new URLSearchParams(given).toString()}`;
}
