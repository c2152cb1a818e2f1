/** Sending a file with its progress shown, which `fetch` cannot tell. */

import { Unreachable, failure } from '../api';
import { noted } from './asking';
import { session } from './session';

/** Nobody waits longer for an upload on which nothing moves. */
const SILENT_MS = 60_000;

/**
 * Post a form with a file; gives the JSON of the answer. `told` hears what share is sent (0 to 1).
 *
 * Throws as `asking`; Unreachable as well where `signal` ends it.
 */
export function uploading<T>(
  path: string,
  form: FormData,
  told: (share: number) => void,
  signal?: AbortSignal,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const request = new XMLHttpRequest();
    let timer = 0;
    const moving = (ms: number) => {
      clearTimeout(timer);
      timer = window.setTimeout(() => request.abort(), ms);
    };
    const lost = () => {
      clearTimeout(timer);
      reject(new Unreachable('offline'));
    };
    request.open('POST', path);
    request.setRequestHeader('X-CSRF-Token', session.me?.csrf_token ?? '');
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) told(event.loaded / event.total);
      // Once all is sent the server reads the file, which takes its time.
      moving(event.loaded === event.total ? SILENT_MS * 3 : SILENT_MS);
    };
    request.onload = () => {
      clearTimeout(timer);
      try {
        resolve(read<T>(request));
      } catch (error) {
        reject(noted(error));
      }
    };
    request.onerror = lost;
    request.onabort = lost;
    signal?.addEventListener('abort', () => request.abort());
    moving(SILENT_MS);
    request.send(form);
  });
}

function read<T>(request: XMLHttpRequest): T {
  const { status, responseText: text } = request;
  const type = request.getResponseHeader('Content-Type') ?? '';
  if (status < 200 || status >= 300) {
    throw failure(new Response(null, { status, headers: { 'Content-Type': type } }), text);
  }
  if (!type.includes('json')) throw new Unreachable('portal');
  return JSON.parse(text) as T;
}
