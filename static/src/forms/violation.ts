import type { AnyNode } from '@getodk/xforms-engine';

/** What is wrong with an answer, in words; empty where nothing is. */
export function violationOf(node: AnyNode): string {
  if (!('violation' in node.validationState)) return '';
  const { violation } = node.validationState;
  if (!violation) return '';
  const said = violation.message?.asString;
  if (said) return said;
  return violation.condition === 'required' ? '这一项要填' : '填得不对，请检查';
}
