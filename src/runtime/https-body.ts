import type { IncomingMessage } from 'node:http';
import { systemClock as clock } from '../base/clock.ts';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Allowance } from './https-budget.ts';

/** Why a request is refused before its handler is called: an HTTP status, and a line for the sender. */
export interface HttpRefusal {
  readonly code: 400 | 404 | 405 | 413 | 415 | 429;
  readonly text: string;
}

/** How large a body may be, and how long it may take. */
interface BodyLimits {
  readonly maxBodyBytes: number;
  readonly bodyTimeoutMs: number;
}

/**
 * Reads a JSON body. It reads no more than the limits and `allowance` permit. Rejects when the connection is lost. A
 * sender that is too slow, or that comes while the budget is used up, gets 429: API servers then try again while the
 * review has time.
 */
export async function readJson(
  request: IncomingMessage,
  { maxBodyBytes, bodyTimeoutMs }: BodyLimits,
  allowance: Allowance,
): Promise<Result<unknown, HttpRefusal>> {
  const refusal = refusalOfHeaders(request, maxBodyBytes);
  if (refusal) return err(refusal);
  const body = await readAtMost(request, { maxBodyBytes, bodyTimeoutMs }, allowance);
  if (body === 'late') return err({ code: 429, text: `the body did not end within ${bodyTimeoutMs} ms` });
  if (body === 'crowded') return err({ code: 429, text: 'too much is being received at once' });
  if (body === 'large') return err(tooLarge(maxBodyBytes));
  try {
    return ok(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown);
  } catch (error) {
    return err({ code: 400, text: `the body is no JSON: ${error instanceof Error ? error.message : String(error)}` });
  }
}

/**
 * How long the API server waits for the answer, in milliseconds, from the query parameter `timeout`. Undefined if it is
 * missing or can't be parsed.
 */
export function timeoutOf(query: string): number | undefined {
  const text = new URLSearchParams(query).get('timeout') ?? '';
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount = '0', unit = 's'] of text.matchAll(/([\d.]+)(ms|s|m|h)/g)) {
    totalMs += Number(amount) * (unitsMs[unit] ?? 0);
  }
  return totalMs > 0 ? totalMs : undefined;
}

/** The length of the body in bytes that the sender announces, or undefined. */
export function lengthOf({ headers }: IncomingMessage): number | undefined {
  const text = headers['content-length'];
  return text === undefined ? undefined : Number(text);
}

/** The units of Go's `time.Duration` that API servers use. */
const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

function refusalOfHeaders(request: IncomingMessage, maxBytes: number): HttpRefusal | undefined {
  const { headers } = request;
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    return { code: 415, text: `the content type is "${type}": send application/json` };
  }
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') return { code: 415, text: `the body is encoded as "${encoding}": send it as it is` };
  return (lengthOf(request) ?? 0) > maxBytes ? tooLarge(maxBytes) : undefined;
}

function tooLarge(maxBytes: number): HttpRefusal {
  return { code: 413, text: `the body has more than ${maxBytes} bytes` };
}

/** Doesn't iterate over the request: leaving such a loop early would close the connection before the answer. */
function readAtMost(
  request: IncomingMessage,
  { maxBodyBytes, bodyTimeoutMs }: BodyLimits,
  allowance: Allowance,
): Promise<Buffer | 'large' | 'late' | 'crowded'> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (settled: () => void): void => {
      timer[Symbol.dispose]();
      request.off('data', take).off('end', end).off('close', lost).off('error', lost).pause();
      settled();
    };
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > maxBodyBytes) settle(() => resolve('large'));
      else if (!allowance.take(chunk.length)) settle(() => resolve('crowded'));
      else chunks.push(chunk);
    };
    const end = (): void => settle(() => resolve(Buffer.concat(chunks)));
    const lost = (): void => settle(() => reject(new Error('the connection was lost')));
    const timer = clock.schedule(bodyTimeoutMs, () => settle(() => resolve('late')));
    request.on('data', take).on('end', end).on('close', lost).on('error', lost);
  });
}
