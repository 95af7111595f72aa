import { request } from 'node:https';

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
      signal: AbortSignal.timeout(10_000),
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

/** Like {@link callApi}, for requests that must succeed. */
export async function mustCallApi(access: Access, method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await callApi(access, method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}
