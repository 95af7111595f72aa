import { createServer } from 'node:https';
import type { Server, ServerResponse } from 'node:http';
import { systemClock } from '../../../src/base/clock.ts';
import { issueLeaf, makeAuthority } from '../../../src/runtime/tls/index.ts';
import { succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';

/** What a webhook makes of a pod. */
export type Verdict = 'allow' | 'refuse' | 'addSidecar';

/** A review that waits for its answer. */
export interface Pending {
  readonly name: string;
  /** Tells the API server, if it still waits. */
  readonly answer: (verdict: Verdict) => void;
}

/** How the webhook is installed. */
export interface LaterWebhookOptions {
  readonly kind: 'Mutating' | 'Validating';
  /** It is called for the pods of this namespace alone. */
  readonly namespace: string;
  readonly timeoutSeconds: number;
  /** What becomes of a pod when it doesn't answer in time. */
  readonly failurePolicy: 'Fail' | 'Ignore';
}

const SIDECAR = { name: 'sidecar', image: 'proxy', ports: [{ name: 'proxy', containerPort: 15001 }] };

/** Somebody else's webhook for pods, called after Hostport's: reviews wait until the test answers them. */
export class LaterWebhook implements AsyncDisposable {
  readonly #hostport: RunningHostport;
  readonly #options: LaterWebhookOptions;
  readonly #server: Server;
  readonly #pending: Pending[] = [];
  /** Answers at once from now on, where set. */
  verdict: Verdict | undefined;
  #count = 0;

  private constructor(hostport: RunningHostport, options: LaterWebhookOptions, server: Server) {
    this.#hostport = hostport;
    this.#options = options;
    this.#server = server;
  }

  /** Serves and is called when this resolves. */
  static async start(hostport: RunningHostport, options: LaterWebhookOptions): Promise<LaterWebhook> {
    const now = systemClock.now();
    const authority = await makeAuthority('later', { now });
    const subjects = { dnsNames: [], ipAddresses: ['127.0.0.1'] };
    const { cert, key } = await issueLeaf(authority, subjects, { now, lifeMs: 3_600_000 });
    const server = createServer({ cert, key });
    const webhook = new LaterWebhook(hostport, options, server);
    server.on('request', (request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (part: string) => (text += part));
      request.on('end', () => webhook.#take(text, response));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await webhook.#install(Buffer.from(authority.cert).toString('base64'));
    return webhook;
  }

  /** How many reviews have come. */
  get count(): number {
    return this.#count;
  }

  /** Waits for a review, and takes it out of those that wait. */
  async next(): Promise<Pending> {
    await this.#hostport.eventually(
      () => this.#pending.length,
      (length) => length > 0,
      'the later webhook is asked',
    );
    const [first] = this.#pending.splice(0, 1);
    if (first === undefined) throw new Error('nothing waits');
    return first;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hostport.kubectl(['delete', this.#kind, this.#name, '--ignore-not-found']);
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  get #kind(): string {
    return `${this.#options.kind}WebhookConfiguration`;
  }

  /** After `hostport` in the order of names, in which the API server calls mutating webhooks. */
  get #name(): string {
    return `later-${this.#options.namespace}`;
  }

  async #install(caBundle: string): Promise<void> {
    const { namespace, timeoutSeconds, failurePolicy } = this.#options;
    const { port } = this.#server.address() as { readonly port: number };
    await this.#hostport.apply({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: this.#kind,
      metadata: { name: this.#name },
      webhooks: [
        {
          name: 'later.example.com',
          clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle },
          rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          timeoutSeconds,
          failurePolicy,
        },
      ],
    });
    // A configuration comes into force soon after it is stored: asked in dry runs, which count as nothing.
    const probe = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'probe', namespace } };
    const spec = { automountServiceAccountToken: false, containers: [{ name: 'probe', image: 'probe' }] };
    const args = ['create', '--dry-run=server', '-f', '-'];
    this.verdict = 'allow';
    const ask = async (): Promise<number> => {
      await succeed(this.#hostport.kubectl(args, { ...probe, spec }));
      return this.#count;
    };
    await this.#hostport.eventually(ask, (count) => count > 0, 'the later webhook is called');
    this.verdict = undefined;
    this.#count = 0;
  }

  #take(text: string, response: ServerResponse): void {
    const { request } = JSON.parse(text) as {
      readonly request: { readonly uid: string; readonly object: { readonly metadata: { readonly name: string } } };
    };
    this.#count++;
    const answer = (verdict: Verdict): void => {
      response.setHeader('content-type', 'application/json');
      const body = { uid: request.uid, ...answerFor(verdict) };
      const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: body };
      response.end(JSON.stringify(review));
    };
    if (this.verdict === undefined) this.#pending.push({ name: request.object.metadata.name, answer });
    else answer(this.verdict);
  }
}

function answerFor(verdict: Verdict): object {
  if (verdict === 'refuse') return { allowed: false, status: { code: 403, message: 'not on my watch' } };
  if (verdict === 'allow') return { allowed: true };
  const patch = [{ op: 'add', path: '/spec/containers/-', value: SIDECAR }];
  return { allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
}
