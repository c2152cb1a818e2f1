/** Ledgers as files: at once where it is short, in the background where it is long. */

import { askBytes } from '../../api';
import { today } from '../../time';
import { asking } from '../asking';

/** What somebody waits for; what is longer is made in the background. */
export const MOST_WAITED_FOR = 5_000;
/** The server puts photos into so many lines at most. */
export const MOST_WITH_PHOTOS = 500;

export type Format = 'xlsx' | 'csv';

/** Save the ledger of these filters. Throws as `askBytes`. */
export async function download(format: Format, query: Record<string, string>): Promise<void> {
  const { bytes, type } = await askBytes(`/api/v1/ledger.${format}?${new URLSearchParams(query)}`);
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = `隐患整改台账-${today().replaceAll('-', '')}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Have it made while nobody waits. Throws as `asking`. */
export async function order(format: Format, query: Record<string, string>): Promise<void> {
  await asking('/api/v1/exports', { method: 'POST', json: { kind: 'ledger', format, query } });
}
