import { existsSync, readFileSync } from 'node:fs';
import { get } from 'node:http';

import { callApi, type Access } from './api.ts';

/** Whether the API server has what is at `path`. */
export async function isFound(access: Access, path: string): Promise<boolean> {
  try {
    return (await callApi(access, 'GET', path)).status === 200;
  } catch {
    return false; // nobody listens yet
  }
}

/** The certificates in a file, in base64; nothing while the API server is in the middle of writing it. */
export function readCertificates(path: string): string {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return text.endsWith('-----END CERTIFICATE-----\n') ? Buffer.from(text).toString('base64') : '';
}

/** Whether plain HTTP is answered with 200. */
export function isHealthy(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const call = get(url, { agent: false }, (response) => resolve(response.resume().statusCode === 200));
    call.once('error', () => resolve(false));
  });
}
