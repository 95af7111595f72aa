import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a request that must succeed is tried, and how long after a try the next one comes, in milliseconds. */
const PATIENCE_MS = 120_000;
const AGAIN_MS = 250;

/** How to reach an API server. */
export interface Access {
  readonly url: string;
  readonly adminToken: string;
  /** The certificates that vouch for it, PEM in base64. */
  readonly caData: string;
}

/** What the API server said. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * One request with the admin's token: all that the harness itself needs, so that it depends on no client library and
 * can't fail for the faults of one.
 */
export function callApi(access: Access, method: string, path: string, body?: unknown): Promise<Answer> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const call = request(new URL(path, access.url), {
      method,
      agent: false, // no connection is kept that a stopped API server would have to wait for
      ca: Buffer.from(access.caData, 'base64'),
      headers: {
        authorization: `Bearer ${access.adminToken}`,
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      },
      signal: AbortSignal.timeout(30_000),
    });
    call.once('error', reject);
    call.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = response.headers['content-type']?.includes('json') === true;
        resolve({ status: response.statusCode ?? 0, body: isJson ? (JSON.parse(text) as unknown) : text });
      });
    });
    call.end(payload);
  });
}

/**
 * Like {@link callApi}, for requests that must succeed. They are tried again while the API server is too busy to answer; one that
 * creates what an earlier attempt has created has succeeded.
 */
export async function mustCallApi(access: Access, method: string, path: string, body?: unknown): Promise<unknown> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let attempt = 1; ; attempt++) {
    const answer = await callApi(access, method, path, body).catch((error: unknown) => ({
      status: 0,
      body: String(error),
    }));
    const isRepeated = attempt > 1 && method === 'POST' && answer.status === 409;
    if (isRepeated || (answer.status >= 200 && answer.status < 300)) return answer.body;
    const isBusy = answer.status === 0 || answer.status === 429 || answer.status >= 500;
    if (!isBusy || performance.now() > deadline) {
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    await sleep(AGAIN_MS);
  }
}
