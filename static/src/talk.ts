/** Saying something in passing, and asking before something is done: Vant's, with roles that fit. */

import { showConfirmDialog, showToast } from 'vant';
import { nextTick } from 'vue';

/** Say something that needs no answer. */
export function tell(message: string): void {
  showToast({ message, duration: 2500 });
  // It is no dialogue: a screen reader should speak it, not go there.
  mend('.van-toast', { role: 'status', 'aria-live': 'polite' });
}

interface Question {
  readonly title: string;
  readonly message: string;
  readonly yes: string;
  readonly no?: string;
  /** Whether saying yes destroys something. */
  readonly destroys?: boolean;
}

/** Ask, and wait for yes or no. */
export async function agrees({ title, message, yes, no, destroys }: Question): Promise<boolean> {
  const answer = showConfirmDialog({
    title,
    message,
    confirmButtonText: yes,
    ...(no ? { cancelButtonText: no } : {}),
    confirmButtonColor: destroys ? '#b3261e' : '#0b5cad',
  });
  mend('.van-dialog', { 'aria-label': title, 'aria-modal': 'true' }, ['aria-labelledby']);
  return answer.then(
    () => true,
    () => false,
  );
}

function mend(selector: string, given: Record<string, string>, removed: string[] = []): void {
  void nextTick(() => {
    for (const element of document.querySelectorAll(selector)) {
      for (const name of removed) element.removeAttribute(name);
      for (const [name, value] of Object.entries(given)) element.setAttribute(name, value);
    }
  });
}
