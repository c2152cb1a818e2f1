/** Times as people read them. Dates of hazards are days in Asia/Shanghai, wherever the phone is. */

const DAY = 86_400_000;
const SHANGHAI = { timeZone: 'Asia/Shanghai' } as const;

export function ago(at: number): string {
  const minutes = Math.floor((Date.now() - at) / 60_000);
  if (minutes < 1) return '刚刚';
  if (minutes < 60) return `${minutes} 分钟前`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} 小时前`;
  return moment(new Date(at).toISOString());
}

/** `11月23日 10:00`, from RFC 3339. */
export function moment(text: string): string {
  const parts = new Intl.DateTimeFormat('zh-CN', {
    ...SHANGHAI,
    month: 'numeric',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
  }).formatToParts(new Date(text));
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  return `${part('month')}月${part('day')}日 ${part('hour')}:${part('minute')}`;
}

/** `2026-11-23 10:00`, from RFC 3339: for what is looked up years later. */
export function stamp(text: string): string {
  return new Intl.DateTimeFormat('sv-SE', { ...SHANGHAI, dateStyle: 'short', timeStyle: 'short' }).format(new Date(text));
}

/** Today in Asia/Shanghai, `2026-11-23`, some days on. */
export function today(plusDays = 0): string {
  return new Intl.DateTimeFormat('en-CA', SHANGHAI).format(Date.now() + plusDays * DAY);
}

/** How far a deadline is, in words. */
export function until(deadline: string): string {
  const days = Math.round((Date.parse(deadline) - Date.parse(today())) / DAY);
  if (days < 0) return `逾期 ${-days} 天`;
  return days === 0 ? '今天到期' : `还有 ${days} 天`;
}

/** `2026-11-23 10:00:05` in Asia/Shanghai, from RFC 3339: for what has to be exact. */
export function exactly(text: string): string {
  return new Date(text).toLocaleString('sv-SE', SHANGHAI);
}
