/** The server as the outbox knows it: what can be sent, and what comes back. */

import { Refused, Unreachable, ask, askJson } from '../api';
import type { Site } from '../database';
import type { Act, ItemPhoto, Submission } from './items';

/** What a receipt says: which photos are stored, by name and hash, and what became hazards. */
export interface Receipt {
  readonly stored: ReadonlyMap<string, string>;
  readonly hazards: readonly string[];
}

export interface Server {
  submit(work: Submission, photos: readonly ItemPhoto[]): Promise<Receipt>;
  act(id: string, work: Act): Promise<void>;
  registerSite(site: Site): Promise<Site>;
  /** How many bytes of a photo the server has. */
  photoOffset(sha256: string): Promise<number>;
  /** Send a piece; gives how many bytes the server has then. */
  photoPiece(photo: ItemPhoto, offset: number, piece: ArrayBuffer): Promise<number>;
}

const RECEIPT = 'urn:hazard-ledger:receipt';
const PIECE_TIMEOUT_SECONDS = 60;

export const theServer: Server = {
  async submit(work, photos) {
    const body = new FormData();
    body.append('xml_submission_file', new Blob([work.xml], { type: 'text/xml' }), 'submission.xml');
    for (const photo of photos) body.append(photo.name, `sha256:${photo.sha256}`);
    const answer = await ask('/openrosa/submission', { method: 'POST', body });
    // Anything but 201 with a receipt is not our server: a captive portal answers 200.
    const receipt = answer.status === 201 ? receiptOf(answer.text) : null;
    if (receipt === null) throw new Unreachable('portal');
    return receipt;
  },

  async act(id, work) {
    const json = { id, action: work.action, data: work.data };
    const path = `/api/v1/hazards/${encodeURIComponent(work.number)}/events`;
    await askJson(path, { method: 'POST', json });
  },

  async registerSite(site) {
    const { entity_id, name, kind, area, sector, address, latitude, longitude } = site;
    const json: Record<string, unknown> = { id: entity_id, name, kind, area, address };
    if (sector !== null) json['sector'] = sector;
    if (latitude !== null) Object.assign(json, { latitude, longitude });
    return askJson<Site>('/api/v1/sites', { method: 'POST', json });
  },

  async photoOffset(sha256) {
    const answer = await ask(`/api/v1/photos/${sha256}`, { method: 'HEAD' });
    const offset = answer.headers.get('Upload-Offset');
    if (offset === null) throw new Unreachable('portal');
    return Number(offset);
  },

  async photoPiece(photo, offset, piece) {
    const { sha256, size, capture } = photo;
    const query = new URLSearchParams({ offset: `${offset}`, length: `${size}`, capture });
    try {
      const answer = await askJson<{ offset: number }>(`/api/v1/photos/${sha256}?${query}`, {
        method: 'PATCH',
        body: piece,
        timeoutSeconds: PIECE_TIMEOUT_SECONDS,
      });
      return answer.offset;
    } catch (error) {
      // Its answer to an earlier piece was lost on the way: go on from where it is.
      if (error instanceof Refused && error.code === 'offset_differs') {
        return Number(error.body['offset']);
      }
      throw error;
    }
  },
};

/** The receipt of ours in an OpenRosa answer; null where there is none. */
export function receiptOf(text: string): Receipt | null {
  const document = new DOMParser().parseFromString(text, 'text/xml');
  const receipt = document.getElementsByTagNameNS(RECEIPT, 'receipt')[0];
  if (!receipt) return null;
  const stored = new Map<string, string>();
  for (const photo of receipt.getElementsByTagNameNS(RECEIPT, 'photo')) {
    if (photo.getAttribute('state') === 'stored') {
      stored.set(photo.getAttribute('name') ?? '', photo.getAttribute('sha256') ?? '');
    }
  }
  const hazards = [...receipt.getElementsByTagNameNS(RECEIPT, 'hazard')].map(
    (hazard) => hazard.getAttribute('number') ?? '',
  );
  return { stored, hazards };
}
