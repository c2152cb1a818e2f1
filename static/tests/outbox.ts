/** The outbox by itself, for tests that drive it in a browser: no screen, no Vue. */
export { rememberCsrfToken } from '../src/api';
export { openDatabase } from '../src/database';
export { exportItems, importItems } from '../src/outbox/exchange';
export { Outbox } from '../src/outbox/outbox';
export { theServer } from '../src/outbox/server';
export { sha256Of } from '../src/photos/hash';
