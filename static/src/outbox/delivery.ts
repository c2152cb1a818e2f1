/** Delivering one item: photos in pieces that survive a cut, and nothing done without a receipt. */

import { Busy, Refused } from '../api';
import type { Database } from '../database';
import type { ItemPhoto, OutboxItem } from './items';
import type { Server } from './server';

const FIRST_PIECE = 32 * 1024;
const SMALLEST_PIECE = 16 * 1024;
const LARGEST_PIECE = 512 * 1024;
/** A piece that took less time than this many milliseconds lets the next one be larger. */
const QUICK = 700;

type Progress = (photo: ItemPhoto) => Promise<void>;

export class Delivery {
  private pieceSize = FIRST_PIECE;

  constructor(
    private readonly database: Database,
    private readonly server: Server,
  ) {}

  /**
   * Deliver an item; gives the numbers of the hazards that came of it.
   *
   * Throws what `Server` throws, and Refused where a photo is lost from this phone.
   */
  async deliver(item: OutboxItem, progress: Progress): Promise<readonly string[]> {
    switch (item.work.kind) {
      case 'submission': {
        // The words first: a few kilobytes get through where a photo doesn't.
        const first = await this.server.submit(item.work, item.photos);
        const missing = item.photos.filter((photo) => !holds(first.stored, photo));
        for (const photo of missing) await this.upload(photo, progress);
        const last = missing.length ? await this.server.submit(item.work, item.photos) : first;
        // Kept until the receipt names every photo by its hash.
        if (!item.photos.every((photo) => holds(last.stored, photo))) throw new Busy(202);
        return last.hazards;
      }
      case 'act': {
        for (const photo of item.photos) await this.upload(photo, progress);
        await this.server.act(item.id, item.work);
        return [item.work.number];
      }
      case 'site': {
        await this.database.put('sites', await this.server.registerSite(item.work.site));
        return [];
      }
    }
  }

  private async upload(photo: ItemPhoto, progress: Progress): Promise<void> {
    const stored = await this.database.get('photos', photo.sha256);
    if (!stored) {
      throw new Refused(0, 'photo_lost', '手机里找不到这张照片了，请打开修改，重新拍照。');
    }
    let offset = await this.server.photoOffset(photo.sha256);
    while (offset < photo.size) {
      const piece = stored.bytes.slice(offset, offset + this.pieceSize);
      const began = performance.now();
      try {
        offset = await this.server.photoPiece(photo, offset, piece);
      } catch (error) {
        this.pieceSize = Math.max(SMALLEST_PIECE, this.pieceSize / 2);
        throw error;
      }
      if (performance.now() - began < QUICK) {
        this.pieceSize = Math.min(LARGEST_PIECE, this.pieceSize * 2);
      }
      await progress({ ...photo, sent: offset });
    }
    if (photo.sent < photo.size) await progress({ ...photo, sent: photo.size });
  }
}

function holds(stored: ReadonlyMap<string, string>, photo: ItemPhoto): boolean {
  return stored.get(photo.name) === photo.sha256;
}
