/** What an act asks for beside the reason, where the suggestion does not say it already. */

import type { Suggestion } from './types';

export type Need = 'area' | 'sector' | 'deadline' | 'to';

const NEEDS: Readonly<Record<string, readonly Need[]>> = {
  report: ['area', 'sector'],
  register: ['sector'],
  reassign: ['deadline'],
  refuse_acceptance: ['deadline'],
  transfer: ['to'],
};

/** Acts that can do without: the server takes what it knows. */
const MAY_BE_EMPTY: readonly string[] = ['report'];

export function needsOf(suggestion: Suggestion): readonly Need[] {
  const needs = suggestion.action === null ? [] : (NEEDS[suggestion.action] ?? []);
  return needs.filter((need) => suggestion.data[need] === undefined);
}

export function isRequired(suggestion: Suggestion): boolean {
  return suggestion.action !== null && !MAY_BE_EMPTY.includes(suggestion.action);
}
