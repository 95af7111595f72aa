/** A process with a webhook that only patches, told by nobody and keeping no books; ends with whoever forked it. */
import { randomBytes } from 'node:crypto';
import { silentLogger as logger } from '../../src/base/logger.ts';
import { startHttpsServer } from '../../src/runtime/index.ts';
import { issueLeaf, makeAuthority } from '../../src/runtime/tls/index.ts';
import { GENERATE_NAME, patchFor } from './pod.ts';

/** What the process says when it listens. */
export interface Listening {
  readonly url: string;
  /** PEM. */
  readonly authority: string;
}

const PATH = '/pods';
const FIRST = 10_000;
const NUMBERS = 50_000;

const host = '127.0.0.1';
const now = Date.now();
const authority = await makeAuthority('bench', { now });
const pair = await issueLeaf(authority, { dnsNames: [], ipAddresses: [host] }, { now, lifeMs: 86_400_000 });
let turn = 0;

const server = await startHttpsServer(
  {
    bind: { host, port: 0 },
    certificates: { current: () => pair, subscribe: () => ({ [Symbol.dispose]: () => undefined }) },
    routes: { [PATH]: (body) => Promise.resolve(answerTo(body as { readonly request: { readonly uid: string } })) },
    logger,
  },
  new AbortController().signal,
);

function answerTo({ request: { uid } }: { readonly request: { readonly uid: string } }): object {
  const name = GENERATE_NAME + randomBytes(4).toString('hex');
  const steps = patchFor(name, FIRST + ((turn++ * 2) % NUMBERS));
  const patch = Buffer.from(JSON.stringify(steps)).toString('base64');
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid, allowed: true, patchType: 'JSONPatch', patch },
  };
}

process.once('disconnect', () => void server[Symbol.asyncDispose]());
const listening: Listening = { url: `https://${host}:${server.address.port}${PATH}`, authority: authority.cert };
process.send?.(listening);
