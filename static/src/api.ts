/**
 * Talking to the server: one place that knows how answers and failures look.
 *
 * What can go wrong is told apart by what a caller should do about it: try later (`Unreachable`,
 * `Busy`), sign in again (`SignedOut`), or mend what was sent (`Refused`).
 */

/** The server can't be reached from here and now: no signal, a cut, or a Wi-Fi sign-in page. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
  constructor(readonly reason: 'offline' | 'portal') {
    super(reason === 'portal' ? '网络需要先登录（可能连着公共 Wi-Fi）' : '连不上服务器');
  }
}

/** The server is there but can't do it now (5xx, 429). */
export class Busy extends Error {
  override readonly name = 'Busy';
  constructor(readonly status: number) {
    super(`服务器暂时出错（${status}），稍后自动重试`);
  }
}

/** The sign-in is not valid any longer, or the account was closed. */
export class SignedOut extends Error {
  override readonly name = 'SignedOut';
  constructor(
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }
}

/** The server understood and said no, with a reason (RFC 9457 problem details). */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly body: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Asked {
  readonly method?: string;
  readonly json?: unknown;
  readonly body?: BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutSeconds?: number;
  /** The version that was read: a thing that has changed since is not changed once more. */
  readonly ifVersion?: number;
}

const TIMEOUT_SECONDS = 30;
const TOO_LARGE = '内容太大，服务器不收。请删去几张照片，分两次上报。';

/** How far the phone's clock is ahead of the server's, in milliseconds; null until heard. */
let clockAhead: number | null = null;
let csrfToken = '';

export const clock = { ahead: () => clockAhead };

export function rememberCsrfToken(token: string): void {
  csrfToken = token;
}

/**
 * Ask the server and give its answer, if it is a good one.
 *
 * Throws Unreachable, Busy, SignedOut or Refused.
 */
export async function ask(path: string, asked: Asked = {}): Promise<Answer> {
  const headers: Record<string, string> = {
    'X-CSRF-Token': csrfToken,
    // Whether this phone's clock can be believed is the server's to see.
    'X-Device-Time': new Date().toISOString(),
    ...asked.headers,
  };
  let body = asked.body;
  if (asked.json !== undefined) {
    headers['Content-Type'] = 'application/json';
    body = JSON.stringify(asked.json);
  } else if (body instanceof ArrayBuffer) {
    headers['Content-Type'] = 'application/octet-stream';
  }
  const signal = AbortSignal.timeout((asked.timeoutSeconds ?? TIMEOUT_SECONDS) * 1000);
  if (asked.ifVersion !== undefined) headers['If-Match'] = `"v${asked.ifVersion}"`;
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      method: asked.method ?? 'GET',
      headers,
      signal,
      cache: 'no-store',
      ...(body === undefined ? {} : { body }),
    });
    text = await response.text();
  } catch {
    throw new Unreachable('offline');
  }
  if (!response.ok) throw failure(response, text);
  hearClock(response);
  return { status: response.status, headers: response.headers, text };
}

/** The JSON of an answer. Throws as `ask`, and Unreachable where something else answered. */
export async function askJson<T>(path: string, asked: Asked = {}): Promise<T> {
  const answer = await ask(path, asked);
  if (!answer.headers.get('Content-Type')?.includes('json')) throw new Unreachable('portal');
  try {
    return JSON.parse(answer.text) as T;
  } catch {
    throw new Unreachable('portal');
  }
}

/** The bytes of a file. Throws as `ask`. */
export async function askBytes(path: string): Promise<{ bytes: ArrayBuffer; type: string }> {
  let response: Response;
  try {
    response = await fetch(path, { signal: AbortSignal.timeout(60_000) });
    if (response.ok) {
      const type = response.headers.get('Content-Type') ?? '';
      if (type.startsWith('text/html')) throw new Unreachable('portal');
      return { bytes: await response.arrayBuffer(), type };
    }
  } catch (error) {
    throw error instanceof Unreachable ? error : new Unreachable('offline');
  }
  throw failure(response, await response.text().catch(() => ''));
}

/** What an answer that is no good one means, by its status and what it says. */
export function failure(response: Response, text: string): Error {
  if (response.status >= 500 || response.status === 429) return new Busy(response.status);
  const problem = problemOf(text);
  if (problem === null) {
    if (response.status === 413) return new Refused(413, 'too_large', TOO_LARGE);
    return new Unreachable('portal');
  }
  hearClock(response);
  if (response.status === 401) return new SignedOut(problem.code, problem.detail);
  return new Refused(response.status, problem.code, problem.detail, problem.body);
}

interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly body: Readonly<Record<string, unknown>>;
}

function problemOf(text: string): Problem | null {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== 'object' || body === null || !('code' in body)) return null;
    const detail = 'detail' in body ? String(body.detail) : '';
    return { code: String(body.code), detail, body: body as Record<string, unknown> };
  } catch {
    return null;
  }
}

function hearClock(response: Response): void {
  const said = Date.parse(response.headers.get('Date') ?? '');
  if (!Number.isNaN(said)) clockAhead = Date.now() - said;
}

/** What to tell the person whose request failed. */
export function said(error: unknown): string {
  if (error instanceof Error && error.name !== 'TypeError' && error.message) return error.message;
  return '出了点问题，请重试';
}
