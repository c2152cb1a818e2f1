/** Hazards on the wire (`/api/v1/hazards`), as far as the phone shows them. */

export interface HazardLine {
  readonly number: string;
  readonly state: string;
  readonly state_name: string;
  readonly level: string;
  readonly level_name: string;
  readonly description: string;
  readonly site_name: string;
  readonly spot: string;
  readonly responsible_unit: string;
  readonly found_on: string;
  readonly deadline: string | null;
  readonly overdue: boolean;
  readonly needs_review: boolean;
  readonly suspended: boolean;
  readonly version: number;
  readonly created_at: string;
}

export interface Plan {
  readonly responsibility: { person: string; unit: string; phone: string };
  readonly measures: string;
  readonly funds: { amount_yuan: string; source: string };
  readonly deadline: string;
  readonly contingency: string;
}

export interface HazardDetail extends HazardLine {
  readonly basis: string;
  readonly item: string;
  readonly reporter: { id: number; name: string };
  readonly location: { latitude: number; longitude: number; accuracy_m: number | null } | null;
  readonly plan: Plan | null;
  readonly plan_approved: boolean;
  readonly five: readonly { part: string; name: string; in_place: boolean; message: string }[];
  readonly dual_report: { to_regulator: unknown; to_employees: unknown };
  readonly photos: readonly { sha256: string; stage: string; view: string }[];
  readonly photos_expected: readonly string[];
  readonly findings: readonly { path: string; code: string; message: string }[];
  readonly allowed: readonly string[];
  readonly blocked: Readonly<Record<string, string>>;
}

export interface HazardEvent {
  readonly id: string;
  readonly action: string;
  readonly action_name: string;
  readonly to_state: string;
  readonly actor: { id: number; name: string };
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Why a hazard is on this phone. */
export type List = 'mine' | 'recheck' | 'overdue';

/** A hazard as it was last seen, perhaps only its line. */
/** A fact about a hazard's evidence that somebody should look at. */
export interface Finding {
  readonly id: number;
  readonly name: string;
  readonly sentence: string;
  readonly serious: boolean;
  /** The photo that it is about, if it is about one. */
  readonly sha256: string | null;
}

export interface SeenHazard {
  readonly number: string;
  readonly lists: readonly List[];
  readonly line: HazardLine;
  readonly detail: HazardDetail | null;
  readonly events: readonly HazardEvent[];
}

export interface Waiting {
  readonly returned: number;
  readonly to_recheck: number;
  readonly overdue: number;
  readonly to_rectify: number;
  readonly reported_this_month: number;
  readonly closed_this_month: number;
}
