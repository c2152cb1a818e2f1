/** A hazard on the wire, whole, as the console shows it (`/api/v1/hazards/{number}`). */

import type { Finding as PhoneFinding, HazardDetail, HazardEvent } from '../../hazards/types';

export interface Photo {
  readonly sha256: string;
  readonly stage: string;
  readonly stage_name: string;
  readonly url: string;
  readonly thumb: string;
  readonly view: string;
  readonly code: string;
  readonly event: string;
  readonly state: string;
  readonly capture: string;
  readonly taken_at: string | null;
}

export interface OneReport {
  readonly when: string;
  readonly how: string;
}

export interface Hazard extends Omit<HazardDetail, 'photos' | 'dual_report'> {
  readonly area: string;
  readonly sector: string | null;
  readonly site: number | null;
  readonly suggested_deadline: string | null;
  readonly listed: boolean;
  readonly updated_at: string;
  readonly category: string;
  readonly responsible_site: number | null;
  readonly supervisor: string;
  readonly extensions: number;
  readonly extension_requested: string | null;
  readonly fixed_on_spot: boolean;
  readonly finish_summary: string;
  readonly finished_on: string | null;
  readonly acceptors: readonly string[];
  readonly acceptance_opinion: string;
  readonly accepted_on: string | null;
  readonly closed_on: string | null;
  readonly listing: Readonly<Record<string, string>> | null;
  readonly dual_report: { to_regulator: OneReport | null; to_employees: OneReport | null };
  readonly transferred: boolean;
  readonly void_reason: string;
  readonly duplicate_of: string | null;
  readonly duplicates: readonly string[];
  readonly photos: readonly Photo[];
}

export interface Event extends HazardEvent {
  readonly seq: number;
  readonly from_state: string | null;
  readonly actor_role: string;
}

export interface Finding extends PhoneFinding {
  readonly kind: string;
  readonly numbers: Readonly<Record<string, unknown>>;
}

export interface Next {
  readonly number: string | null;
  readonly left: number;
  readonly total: number;
}
