/** An answer that is out of date is asked for again, until the newer one is there. */

import { onUnmounted, watch } from 'vue';

import type { Asking } from './asking';

const AFTER_MS = 4000;
const MOST_TIMES = 15;

export function useRefreshed({ data, reload }: Asking<{ readonly refreshing: boolean }>): void {
  let times = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(data, (now) => {
    clearTimeout(timer);
    if (!now?.refreshing) times = 0;
    else if ((times += 1) <= MOST_TIMES) timer = setTimeout(() => void reload(), AFTER_MS);
  });
  onUnmounted(() => clearTimeout(timer));
}
