/** Whether a deadline still runs: what was rectified waits for others, and is not overdue. */
export function isRunning(state: string): boolean {
  return ['assigned', 'plan_review', 'rectifying'].includes(state);
}
