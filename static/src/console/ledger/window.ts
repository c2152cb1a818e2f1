/**
 * Which rows of a very long sheet are in sight, and where they stand.
 *
 * Rows are all of one height. Browsers draw nothing taller than some 30 million pixels: a sheet that
 * would be, a million rows, is drawn shorter, and one pixel of scrolling goes over several of its own.
 */

export const TALLEST = 15_000_000;
const BEYOND = 8;

export interface Seen {
  /** Of what is scrolled, in pixels. */
  readonly height: number;
  readonly first: number;
  readonly last: number;
  /** No more rows than so many are ever in sight. */
  readonly most: number;
  /** How far down a row stands. */
  at(index: number): number;
}

export function seen(total: number, rowHeight: number, viewHeight: number, scrollTop: number): Seen {
  const full = total * rowHeight;
  const height = Math.min(full, TALLEST);
  const scale = full > height ? (full - viewHeight) / (height - viewHeight) : 1;
  const top = scrollTop * scale;
  const first = Math.max(0, Math.floor(top / rowHeight) - BEYOND);
  const last = Math.min(total - 1, Math.ceil((top + viewHeight) / rowHeight) + BEYOND);
  // Undrawn short, a row never moves: the browser scrolls by itself.
  const at = scale === 1 ? (index: number) => index * rowHeight : (index: number) => scrollTop + index * rowHeight - top;
  const most = Math.ceil(viewHeight / rowHeight) + 2 * BEYOND + 2;
  return { height, first, last, most, at };
}

/** The scroll position at which a row is wholly in sight, as near as can be to where it is. */
export function revealing(
  index: number,
  total: number,
  rowHeight: number,
  viewHeight: number,
  scrollTop: number,
): number {
  const full = total * rowHeight;
  const scale = full > TALLEST ? (full - viewHeight) / (TALLEST - viewHeight) : 1;
  const top = scrollTop * scale;
  if (index * rowHeight < top) return (index * rowHeight) / scale;
  const below = (index + 1) * rowHeight - viewHeight;
  return below > top ? below / scale : scrollTop;
}
