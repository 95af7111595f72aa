/** A process with a webhook that only patches, told by nobody and keeping no books; ends with whoever forked it. */
import { silentLogger as logger } from '../../src/base/logger.ts';
import type { JsonPatchStep } from '../../src/kube/index.ts';
import { startHttpsServer } from '../../src/runtime/index.ts';
import { issueLeaf, makeAuthority } from '../../src/runtime/tls/index.ts';
import { patchBinding } from '../bindings/pod.ts';
import { patchPod } from '../pods/pod.ts';

/** What is patched. */
export type Patched = 'pods' | 'bindings';

/** What the process says when it listens. */
export interface Listening {
  readonly url: string;
  /** PEM. */
  readonly authority: string;
}

const PATH = '/patch';
const FIRST = 10_000;
const NUMBERS = 50_000;

/** By what is patched: the patch with a number and the one behind it. */
const patches: Readonly<Record<Patched, (first: number) => readonly JsonPatchStep[]>> = {
  pods: patchPod,
  bindings: patchBinding,
};
const patchWith = patches[process.argv[2] as Patched];

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
  const patch = Buffer.from(JSON.stringify(patchWith(FIRST + ((turn++ * 2) % NUMBERS)))).toString('base64');
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid, allowed: true, patchType: 'JSONPatch', patch },
  };
}

process.once('disconnect', () => void server[Symbol.asyncDispose]());
const listening: Listening = { url: `https://${host}:${server.address.port}${PATH}`, authority: authority.cert };
process.send?.(listening);
