/** Going through a heap of the desk, one hazard after the other. */

import { type Ref, ref, watch } from 'vue';
import { useRouter } from 'vue-router';

import { asking } from '../asking';
import type { Next } from './types';

export interface Sitting {
  /** How many are behind this one; null where it is not known. */
  readonly left: Ref<number | null>;
  /** Go on to the next one; from the last, back to the desk. */
  goOn(): Promise<number>;
}

export function useSitting(number: () => string, desk: () => string): Sitting {
  const router = useRouter();
  const left = ref<number | null>(null);

  const next = () =>
    asking<Next>(`/api/v1/hazards/next?desk=${encodeURIComponent(desk())}&after=${encodeURIComponent(number())}`);

  async function look(): Promise<void> {
    left.value = null;
    if (!desk()) return;
    const here = number();
    try {
      const found = await next();
      if (here === number()) left.value = found.left;
    } catch {
      // How many are left is only told; going on says what is wrong.
    }
  }
  watch([number, desk], () => void look(), { immediate: true });

  /** Gives how many there are still in the heap. Throws as `asking`. */
  async function goOn(): Promise<number> {
    const found = await next();
    const query = { desk: desk() };
    if (found.number) await router.push({ path: `/hazards/${encodeURIComponent(found.number)}`, query });
    else await router.push({ path: '/', query });
    return found.number ? found.left : found.total;
  }
  return { left, goOn };
}
