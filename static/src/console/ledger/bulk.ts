/** The same done to many hazards: seen beforehand, then done, some at a time. */

import { asking } from '../asking';

/** As many as the server takes at once, and as can be looked over by a person. */
export const MOST = 200;
/** Few enough that progress shows, and that stopping stops. */
const AT_A_TIME = 20;

export interface BulkAction {
  readonly action: string;
  readonly title: string;
  /** The fields that are asked for. */
  readonly unit: 'own' | 'needed' | 'none';
  readonly deadline: boolean;
  readonly words: string;
  /** What the words are called on the wire, and whether they are needed. */
  readonly wordsName: string;
  readonly wordsNeeded: boolean;
}

export const BULK_ACTIONS: readonly BulkAction[] = [
  { action: 'assign', title: '批量交办', unit: 'own', deadline: true, words: '交办要求', wordsName: 'instructions', wordsNeeded: false },
  { action: 'reassign', title: '批量改派', unit: 'needed', deadline: true, words: '改派原因', wordsName: 'reason', wordsNeeded: true },
  { action: 'remind', title: '批量催办', unit: 'none', deadline: false, words: '催办内容', wordsName: 'note', wordsNeeded: false },
];

export interface Outcome {
  readonly number: string;
  readonly ok: boolean;
  readonly reason: string;
  readonly from_state: string | null;
  readonly to_state: string | null;
  readonly responsible_unit: string;
  readonly deadline: string | null;
  readonly errors: Readonly<Record<string, readonly string[]>>;
}

export interface Run {
  /** One id for the whole run: sent again, nothing is done twice. */
  readonly id: string;
  readonly action: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly numbers: readonly string[];
  readonly preview: boolean;
}

/**
 * Go through the run, telling of each part as it is done, until it is over or `stopped`.
 *
 * Throws as `asking`; what was told of before stays done.
 */
export async function goThrough(run: Run, told: (outcomes: readonly Outcome[]) => void, stopped: () => boolean): Promise<void> {
  for (let start = 0; start < run.numbers.length && !stopped(); start += AT_A_TIME) {
    const json = { ...run, numbers: run.numbers.slice(start, start + AT_A_TIME) };
    const { items } = await asking<{ items: Outcome[] }>('/api/v1/hazards/bulk', { method: 'POST', json });
    told(items);
  }
}
