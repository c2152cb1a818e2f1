/** Accounts, as those see them who keep them. */

import { asking } from '../asking';

export interface Person {
  readonly id: number;
  readonly username: string;
  readonly name: string;
  readonly role: string;
  readonly role_name: string;
  readonly unit: string;
  readonly area: string;
  readonly area_name: string;
  readonly sectors: readonly string[];
  readonly sites: readonly number[];
  readonly organisation: string | null;
  readonly created_at: string;
  readonly closed_at: string | null;
  readonly sign_ins: number;
  readonly seen_at: string | null;
}

export interface NamedSite {
  readonly id: number;
  readonly name: string;
}

export interface OnePerson extends Person {
  readonly sites_named: readonly NamedSite[];
}

export interface PeoplePage {
  readonly items: readonly Person[];
  readonly total: number;
  readonly next_cursor: string | null;
}

export interface GivenPassword {
  readonly user: Person;
  readonly password: string;
}

export interface Power {
  readonly where: string;
  readonly levels: string;
  readonly may: readonly string[];
}

export interface Access {
  readonly closed: boolean;
  readonly area_path: string;
  readonly sectors: readonly string[];
  readonly sites: readonly string[];
  readonly over_hazards: readonly Power[];
  readonly over_application: readonly string[];
  readonly hazards: number;
  readonly open_hazards: number;
  readonly counted_to: number;
  readonly sites_seen: number;
}

export interface LogEntry {
  readonly id: number;
  readonly at: string;
  readonly deed: string;
  readonly deed_name: string;
  readonly user_id: number;
  readonly username: string;
  readonly name: string;
  readonly by_id: number;
  readonly by_name: string;
  readonly changes: readonly { readonly field: string; readonly before: string; readonly after: string }[];
  readonly note: string;
}

export interface LogPage {
  readonly items: readonly LogEntry[];
  readonly next_cursor: string | null;
}

/** What an account is opened with, or changed to. */
export interface Facts {
  username: string;
  name: string;
  role: string;
  area: string;
  sectors: string[];
  sites: number[];
  organisation: string | null;
}

export const PEOPLE = '/api/v1/users';

export function openAccount(facts: Facts): Promise<GivenPassword> {
  return asking(PEOPLE, { method: 'POST', json: facts });
}

export function changeAccount(id: number, facts: Partial<Facts>): Promise<Person> {
  return asking(`${PEOPLE}/${id}`, { method: 'PATCH', json: facts });
}

/** A date and time in full, `2026-11-23 10:00` in Shanghai: what was done to accounts goes back years. */
export function when(text: string): string {
  return new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'Asia/Shanghai',
    dateStyle: 'short',
    timeStyle: 'short',
  }).format(new Date(text));
}
