/** Ledgers as files: at once where it is short, in the background where it is long. */

import { askBytes } from '../../api';
import { today } from '../../time';
import { asking } from '../asking';

/** What somebody waits for; what is longer is made in the background. */
export const MOST_WAITED_FOR = 5_000;
/** The server puts photos into so many lines at most. */
export const MOST_WITH_PHOTOS = 500;

export type Format = 'xlsx' | 'csv';

/** What is shown, as it is shown; or the customary ledger, which is stamped. */
export type Kind = 'shown' | 'ledger';

const FILES: Record<Kind, { readonly path: string; readonly name: string }> = {
  shown: { path: '/api/v1/hazards/rows', name: '隐患清单' },
  ledger: { path: '/api/v1/ledger', name: '隐患整改台账' },
};

/** Save the ledger of these filters. Throws as `askBytes`. */
export async function download(kind: Kind, format: Format, query: Record<string, string>): Promise<void> {
  const { path, name } = FILES[kind];
  const { bytes, type } = await askBytes(`${path}.${format}?${new URLSearchParams(query)}`);
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = `${name}-${today().replaceAll('-', '')}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Have it made while nobody waits. Throws as `asking`. */
export async function order(kind: Kind, format: Format, query: Record<string, string>): Promise<void> {
  await asking('/api/v1/exports', { method: 'POST', json: { kind, format, query } });
}
