import { abandonable } from '../../base/cancellation.ts';
import type { Clock } from '../../base/clock.ts';
import { Lifetime } from '../../base/lifetime.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import { invariant } from '../../base/result.ts';
import { Secrets } from '../../kube/index.ts';
import type { ClusterClient } from '../../kube/index.ts';
import { LEAST_WAIT_MS, SeenFor, Upkeep, forAllWebhooks, readWebhooks, webhookType } from '../webhooks/index.ts';
import type { SeenWebhooks, WebhookName } from '../webhooks/index.ts';
import { CA_LIFE_MS, LEAF_LIFE_MS, issueLeaf } from './authority.ts';
import type { Subjects } from './authority.ts';
import { CaSecret } from './ca-secret.ts';
import type { CaState } from './ca-state.ts';
import { ServedPair } from './certificate-source.ts';
import type { CertificateSource, KeyPair } from './certificate-source.ts';
import { bundleOf, readPair, renewalOf } from './certificate.ts';
import { needsLeaf, rotationStep } from './rotation.ts';
import type { Leaf, RotationView } from './rotation.ts';
import { allTrust, distrustOf, publishBundle } from './webhook-trust.ts';

/**
 * API servers learn of a changed configuration within milliseconds. An API server that is cut off for longer than this
 * has other trouble.
 */
const GRACE_MS = 5 * 60_000;

/** What {@link Certificates} need. */
export interface CertificatesOptions {
  readonly client: ClusterClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: Random;
  /** The namespace of the authority's Secret. */
  readonly namespace: string;
  readonly secretName: string;
  /** The labels of the Secret, if it is created here. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The names and addresses by which API servers call this process. */
  readonly subjects: Subjects;
  /** The configurations whose `caBundle` is kept up to date. */
  readonly webhooks: readonly WebhookName[];
  /** The lives of the authority and of leaf certificates, in milliseconds; default ten years and ninety days. */
  readonly life?: { readonly ca?: number; readonly leaf?: number };
  /** How long all configurations must have had the next authority before it signs, in milliseconds; default 5 minutes. */
  readonly graceMs?: number;
}

/**
 * Keeps a server's certificate, signed by an authority that all replicas share through a Secret, and the `caBundle` of
 * the webhook configurations. Every replica does all of it, with writes based on the versions that it read; there is no
 * leader.
 */
export class Certificates implements CertificateSource {
  readonly #options: CertificatesOptions;
  readonly #logger: Logger;
  readonly #secret: CaSecret;
  readonly #served: ServedPair;
  readonly #upkeep: Upkeep;
  #lifetime: Lifetime | undefined;
  #leaf: Leaf | undefined;
  #seen: readonly SeenWebhooks[] = [];
  readonly #nextKnown: SeenFor;
  #issued: () => void = () => undefined;
  readonly #whenIssued = new Promise<void>((resolve) => (this.#issued = resolve));

  constructor(options: CertificatesOptions) {
    const { namespace, secretName, client, labels = {} } = options;
    this.#options = options;
    this.#logger = options.logger.child({ secret: `${namespace}/${secretName}` });
    this.#secret = new CaSecret({
      client,
      namespace,
      name: secretName,
      labels,
      lifeMs: options.life?.ca ?? CA_LIFE_MS,
    });
    this.#served = new ServedPair(this.#logger);
    this.#nextKnown = new SeenFor(options.clock);
    this.#upkeep = new Upkeep({
      ...options,
      logger: this.#logger,
      look: (signal) => this.#look(signal),
      onFailure: (error, waitMs) =>
        this.#logger.warn('certificates could not be looked after, to be tried again', { error, waitMs }),
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    invariant(!this.#lifetime, 'the certificates are kept already');
    const lifetime = new Lifetime('certificates');
    this.#lifetime = lifetime;
    const { namespace, secretName, webhooks } = this.#options;
    this.#upkeep.watch(lifetime, Secrets, secretName, namespace);
    for (const { kind, name } of webhooks) this.#upkeep.watch(lifetime, webhookType(kind), name);
    lifetime.run(
      (ended) => this.#upkeep.run(ended),
      (error) => this.#logger.error('certificates are no longer kept', { error }),
    );
    await abandonable(this.#whenIssued, AbortSignal.any([signal, lifetime.signal]));
  }

  current(): KeyPair {
    return this.#served.current;
  }

  subscribe(listener: (pair: KeyPair) => void): Disposable {
    return this.#served.subscribe(listener);
  }

  trouble(): string | undefined {
    if (!this.#leaf) return ['there is no certificate yet', this.#upkeep.failure ?? []].flat().join(': ');
    if (this.#options.clock.now() >= this.#leaf.certificate.notAfter) return 'the certificate has expired';
    return distrustOf(this.#seen, this.#leaf.issuer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lifetime?.[Symbol.asyncDispose]();
  }

  /** Does the next step. Returns in how many milliseconds to look again. */
  async #look(signal: AbortSignal): Promise<number> {
    const { client, clock, webhooks } = this.#options;
    // Read before the Secret: if another replica publishes a newer bundle meanwhile, the configuration has another
    // version, and this replica's write fails.
    const seen = await readWebhooks(client, webhooks, signal);
    this.#seen = seen;
    const stored = await this.#secret.read(signal);
    if (!stored.state) {
      await this.#replace(stored.fault, signal);
      return LEAST_WAIT_MS;
    }
    const view = this.#view(seen, stored.state);
    const step = rotationStep(stored.state, view);
    if (view.now < stored.state.current.certificate.notAfter) {
      await this.#renew(stored.state, seen);
      await this.#publish(stored.state, seen, signal);
    }
    if (step.kind === 'replace') await this.#replace('the authority has expired', signal);
    else if (step.kind === 'prepare') await this.#prepare(stored.state, signal);
    else if (step.kind !== 'wait') await this.#store(step, signal);
    else return Math.min(step.until, this.#leaf ? renewalOf(this.#leaf.certificate) : 0) - clock.now();
    return LEAST_WAIT_MS;
  }

  #view(seen: readonly SeenWebhooks[], { next }: CaState): RotationView {
    const { clock, graceMs = GRACE_MS, life } = this.#options;
    const isKnown = next !== undefined && allTrust(seen, next.certificate);
    const nextKnownForMs = this.#nextKnown.note(isKnown ? next.certificate.fingerprint : undefined);
    return { now: clock.now(), nextKnownForMs, graceMs, leafLifeMs: life?.leaf ?? LEAF_LIFE_MS };
  }

  async #renew({ current }: CaState, seen: readonly SeenWebhooks[]): Promise<void> {
    const { clock, subjects, life } = this.#options;
    const now = clock.now();
    const currentKnown = allTrust(seen, current.certificate);
    if (!needsLeaf(this.#leaf, current.certificate, { now, currentKnown })) return;
    const pair = await issueLeaf(current.pair, subjects, { now, lifeMs: life?.leaf ?? LEAF_LIFE_MS });
    const read = readPair(pair);
    invariant(read.ok, 'a certificate that was just issued can be read');
    this.#leaf = { ...read.value, issuer: current.certificate };
    const until = new Date(read.value.certificate.notAfter).toISOString();
    this.#logger.info('issued a certificate', { until, ...subjects });
    this.#served.replace(pair);
    this.#issued();
  }

  async #publish({ bundle }: CaState, seen: readonly SeenWebhooks[], signal: AbortSignal): Promise<void> {
    const text = bundleOf(bundle);
    await forAllWebhooks(seen, async (each) => {
      const wrote = await publishBundle(this.#options.client, each, text, signal);
      // The result of the write is read at the next look.
      if (wrote) this.#upkeep.lookAgain();
      if (wrote) this.#logger.info('put the authority into caBundle', { ...each.webhook });
    });
  }

  async #prepare(state: CaState, signal: AbortSignal): Promise<void> {
    await this.#secret.prepare(state, this.#options.clock.now(), signal);
    this.#logger.info('the authority is to be replaced: made the next one known');
  }

  async #store(
    step: { readonly kind: 'switch' | 'tidy'; readonly state: CaState },
    signal: AbortSignal,
  ): Promise<void> {
    await this.#secret.write(step.state, signal);
    this.#logger.info(step.kind === 'switch' ? 'the next authority signs from now on' : 'tidied the bundle');
  }

  async #replace(why: string | undefined, signal: AbortSignal): Promise<void> {
    const { clock, graceMs = GRACE_MS, life } = this.#options;
    const view = { now: clock.now(), graceMs, leafLifeMs: life?.leaf ?? LEAF_LIFE_MS };
    await this.#secret.replace(this.#leaf?.issuer, view, signal);
    if (why === undefined) this.#logger.info('created a certificate authority');
    else this.#logger.error('the certificate authority was lost and is replaced by a new one', { why });
  }
}
