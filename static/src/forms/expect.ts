/** How long a screen has to come up before the engine is loaded behind it, in milliseconds. */
const AFTER = 300;

/** A form is likely to be opened next: load its engine, which takes a slow phone a second. */
export function expectForm(): void {
  setTimeout(() => void import('./FormPage.vue').catch(() => undefined), AFTER);
}
