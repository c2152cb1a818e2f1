/** What is typed into a form of an act, kept on the phone until it is sent or given up. */

import { onUnmounted, ref, watch } from 'vue';

import { database } from '../database';

export function useKept<T extends object>(key: string, empty: () => T) {
  const value = ref(empty());
  const ready = ref(false);
  let given = false;

  void (async () => {
    const kept = (await (await database()).get('values', key)) as Partial<T> | undefined;
    if (kept) value.value = { ...empty(), ...kept };
    ready.value = true;
  })();

  async function save(): Promise<void> {
    if (!ready.value || given) return;
    const plain: unknown = JSON.parse(JSON.stringify(value.value));
    await (await database()).put('values', plain, key);
  }
  watch(value, () => void save(), { deep: true });
  onUnmounted(() => void save());

  /** It was sent: begin empty next time. */
  async function forget(): Promise<void> {
    given = true;
    await (await database()).delete('values', key);
  }
  return { value, ready, forget };
}
