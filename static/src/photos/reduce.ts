/** The worker that reduces photos, as a function. */

export interface ReduceRequest {
  readonly id: number;
  readonly file: Blob;
}

export interface Reduced {
  readonly bytes: ArrayBuffer;
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
}

interface Reply {
  readonly id: number;
  readonly reduced?: Reduced;
  readonly error?: string;
}

let worker: Worker | undefined;
let last = 0;
const waiting = new Map<number, (reply: Reply) => void>();

/** Have the worker's code here before the first photo, perhaps without a network, needs it. */
export function startWorker(): Worker {
  if (worker) return worker;
  worker = new Worker(new URL('./reduce.worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = (message: MessageEvent<Reply>) => {
    waiting.get(message.data.id)?.(message.data);
    waiting.delete(message.data.id);
  };
  worker.onerror = () => {
    for (const [id, answer] of waiting) answer({ id, error: 'worker' });
    waiting.clear();
    // The next photo tries with another.
    worker = undefined;
  };
  return worker;
}

/** Reduce a photo; throws an Error where the file is no picture that this phone can read. */
export async function reduce(file: Blob): Promise<Reduced> {
  const id = (last += 1);
  const reply = await new Promise<Reply>((resolve) => {
    waiting.set(id, resolve);
    startWorker().postMessage({ id, file } satisfies ReduceRequest);
  });
  if (!reply.reduced) throw new Error('这张照片打不开，请换一张或重新拍。');
  return reply.reduced;
}
