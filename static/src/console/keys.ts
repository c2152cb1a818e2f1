/** Single keys that do something on a page, as long as nobody is typing or a dialog is open. */

import { onBeforeUnmount, onMounted } from 'vue';

const TYPING = 'input, textarea, select, [contenteditable], [role="combobox"]';

export function useKeys(keys: Readonly<Record<string, () => void>>): void {
  function pressed(event: KeyboardEvent): void {
    const work = keys[event.key];
    if (!work || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target instanceof Element && event.target.closest(TYPING)) return;
    if (document.querySelector('[aria-modal="true"]:not([style*="display: none"]), [inert]')) return;
    event.preventDefault();
    work();
  }
  onMounted(() => addEventListener('keydown', pressed));
  onBeforeUnmount(() => removeEventListener('keydown', pressed));
}
