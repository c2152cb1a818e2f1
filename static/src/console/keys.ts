/** Single keys that do something on a page: none while somebody types, or the page is covered. */

import { onMounted, onUnmounted } from 'vue';

const TYPING = 'input, textarea, select, [contenteditable], [role="combobox"]';
/** A dialog or a drawer that is open, or the desk locked. */
const COVERING = 'dialog[open], .el-overlay:not([style*="none"]), [inert]';

/** What each key does while the page is there. */
export function useKeys(keys: Readonly<Record<string, () => void>>): void {
  function heard(event: KeyboardEvent): void {
    const work = keys[event.key];
    if (!work || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target instanceof Element && event.target.closest(TYPING)) return;
    if (document.querySelector(COVERING)) return;
    event.preventDefault();
    work();
  }
  onMounted(() => addEventListener('keydown', heard));
  onUnmounted(() => removeEventListener('keydown', heard));
}
