/** What waits to be sent: plain values, as they lie in the database and in an export file. */

import type { Site } from '../database';

export interface ItemPhoto {
  /** As the form names it; for an act, its place in the list. */
  readonly name: string;
  readonly sha256: string;
  readonly size: number;
  readonly capture: 'camera' | 'gallery';
  /** Bytes that the server has confirmed. */
  readonly sent: number;
}

/** A filled form, with what it takes to open it again and mend it. */
export interface Submission {
  readonly kind: 'submission';
  readonly formId: string;
  readonly formVersion: string;
  readonly formXml: string;
  readonly site: { readonly id: string; readonly name: string } | null;
  readonly xml: string;
}

/** Something done to a hazard; its id is the event's. */
export interface Act {
  readonly kind: 'act';
  readonly number: string;
  readonly action: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A site registered in the field; its id is the site's entity id. */
export interface NewSite {
  readonly kind: 'site';
  readonly site: Site;
}

export type Work = Submission | Act | NewSite;

/** Why the last attempt did not get through. */
export interface Trouble {
  readonly code: string;
  readonly detail: string;
}

export interface OutboxItem {
  /** Given by the database: the order of sending. */
  readonly order: number;
  readonly id: string;
  /** The account that made it, and under which alone it is sent. */
  readonly owner: string;
  readonly title: string;
  readonly createdAt: string;
  readonly work: Work;
  readonly photos: readonly ItemPhoto[];
  /** Set aside: the server refused it, and it waits to be mended. */
  readonly aside: boolean;
  readonly trouble: Trouble | null;
  readonly attempts: number;
}

/** What was sent, for a while, so that its maker can see that it arrived. */
export interface SentItem {
  readonly id: string;
  readonly owner: string;
  readonly title: string;
  readonly sentAt: number;
  readonly hazards: readonly string[];
}

export type NewItem = Pick<OutboxItem, 'id' | 'owner' | 'title' | 'work' | 'photos'>;
