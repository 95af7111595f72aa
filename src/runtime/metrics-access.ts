import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { SubjectAccessReviews, TokenReviews } from '../kube/index.ts';
import type { CallOptions, ClusterClient, UserInfo } from '../kube/index.ts';
import type { Access, Authorize } from './health.ts';

/** What the check of tokens needs. */
export interface MetricsAccessOptions {
  readonly client: Pick<ClusterClient, 'create'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Gives up the reviews that are under way. */
  readonly signal: AbortSignal;
}

/** How long an answer of the API server counts, in milliseconds: a right that was given is used soon, one taken away not for long. */
const REMEMBERED_MS: Readonly<Record<Settled, number>> = { allowed: 30_000, forbidden: 5_000, unauthenticated: 5_000 };

/** Of each sort, so that whoever makes up tokens pushes no good one out. */
const MOST_REMEMBERED = 1_000;

/** Whoever makes up tokens keeps no more than these few requests of the API server busy. */
const MOST_REVIEWS = 4;

/** For one question; who scrapes waits ten seconds as a rule. */
const REVIEW_TIMEOUT_MS = 4_000;

/** Longer ones nobody is given; what comes with them isn't sent on. */
const LONGEST_TOKEN = 8 * 1024;

/** RFC 6750, 2.1. */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;

/** What the API server has said, which is remembered; that it couldn't be asked is not. */
type Settled = Exclude<Access, 'unknown'>;

/**
 * Lets those read the metrics whose bearer token is good, and who may `get` the path `/metrics`: both are asked of the API
 * server, as kube-rbac-proxy does. Never rejects: what can't be found out is `unknown`. Tokens are kept as their SHA-256 alone.
 */
export function metricsAccess(options: MetricsAccessOptions): Authorize {
  const { clock, logger } = options;
  const [good, bad] = [answersOf(clock), answersOf(clock)];
  const underWay = new Map<string, Promise<Access>>();
  let isFailing = false;

  async function review(token: string, key: string): Promise<Access> {
    try {
      const access = await ask(options, token);
      (access === 'allowed' ? good : bad).set(key, access, { ttl: REMEMBERED_MS[access] });
      isFailing = false;
      return access;
    } catch (error) {
      if (!isFailing && !options.signal.aborted)
        logger.warn('who may read the metrics could not be asked of the API server', { error });
      isFailing = true;
      return 'unknown';
    } finally {
      underWay.delete(key);
    }
  }

  return async (authorization) => {
    const token = (authorization ?? '').length > LONGEST_TOKEN ? undefined : BEARER.exec(authorization ?? '')?.[1];
    if (token === undefined) return 'unauthenticated';
    const key = createHash('sha256').update(token).digest('base64');
    const known = good.get(key) ?? bad.get(key) ?? underWay.get(key);
    if (known !== undefined) return known;
    if (underWay.size >= MOST_REVIEWS) return 'unknown';
    const asked = review(token, key);
    underWay.set(key, asked);
    return asked;
  };
}

/** Rejects where the API server doesn't answer, or doesn't let the managers ask. */
async function ask({ client, signal }: MetricsAccessOptions, token: string): Promise<Settled> {
  const call: CallOptions = { signal, timeoutMs: REVIEW_TIMEOUT_MS, retryForMs: 0 };
  const { status } = await client.create(TokenReviews, { metadata: {}, spec: { token } }, call);
  if (status?.authenticated !== true || !status.user?.username) return 'unauthenticated';
  const spec = { ...subjectOf(status.user), nonResourceAttributes: { path: '/metrics', verb: 'get' } };
  const { status: verdict } = await client.create(SubjectAccessReviews, { metadata: {}, spec }, call);
  return verdict?.allowed === true && verdict.denied !== true ? 'allowed' : 'forbidden';
}

function subjectOf({ username = '', uid = '', groups = [], extra = {} }: UserInfo) {
  return { user: username, uid, groups, extra };
}

/** The last answers by token, each for its time. */
function answersOf(clock: Clock): LRUCache<string, Settled> {
  // A resolution of 0: the clock is asked each time. To the library a time of 0 is none.
  const perf = { now: () => 1 + clock.monotonic() };
  return new LRUCache({ max: MOST_REMEMBERED, ttlResolution: 0, perf });
}
