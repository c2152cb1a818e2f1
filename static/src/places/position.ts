/** Where the phone is: one store, which narrows while somebody watches. */

import { reactive } from 'vue';

import type { Point } from './point';

interface Position {
  point: Point | null;
  /** Why there is none, in words. */
  trouble: string;
}

export const position: Position = reactive({ point: null, trouble: '' });

const TROUBLES: Record<number, string> = {
  1: '没有定位权限。请在手机设置里允许，或在图上点选位置。',
  2: '收不到定位信号。到室外或窗边再试，或在图上点选位置。',
  3: '还没定到位。到室外或窗边再试，或在图上点选位置。',
};
/** A better fix than this, in metres, is hardly to be had. */
const GOOD_ENOUGH = 8;
/** An earlier fix counts for so long, in milliseconds. */
const FRESH = 60_000;

let watchers = 0;
let watchId: number | undefined;
let fixedAt = 0;

/** Watch the position until the returned function is called. */
export function watchPosition(): () => void {
  watchers += 1;
  if (watchId === undefined) begin();
  let watching = true;
  return () => {
    if (!watching) return;
    watching = false;
    watchers -= 1;
    if (watchers === 0) end();
  };
}

function begin(): void {
  if (performance.now() - fixedAt > FRESH) position.point = null;
  if (!('geolocation' in navigator)) {
    position.trouble = '这个浏览器不能定位，请在图上点选位置。';
    return;
  }
  watchId = navigator.geolocation.watchPosition(
    ({ coords: { latitude, longitude, accuracy } }) => {
      position.trouble = '';
      const isBetter = !position.point || accuracy <= position.point.accuracy;
      if (!isBetter && performance.now() - fixedAt < FRESH) return;
      fixedAt = performance.now();
      // A receiver that reports zero is not one that was set by hand.
      position.point = { latitude, longitude, accuracy: Math.max(accuracy, 0.1) };
      if (accuracy <= GOOD_ENOUGH) end();
    },
    (error) => {
      position.trouble = TROUBLES[error.code] ?? TROUBLES[2]!;
    },
    { enableHighAccuracy: true, timeout: 30_000, maximumAge: 10_000 },
  );
}

function end(): void {
  if (watchId !== undefined) navigator.geolocation.clearWatch(watchId);
  watchId = undefined;
}
