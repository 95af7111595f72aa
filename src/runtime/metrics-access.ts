import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { SubjectAccessReviews, TokenReviews } from '../kube/index.ts';
import type { CallOptions, ClusterClient, UserInfo } from '../kube/index.ts';
import type { Access, Authorize } from './health.ts';

/** What the check of tokens needs. */
interface MetricsAccessOptions {
  readonly client: Pick<ClusterClient, 'create'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Cancels the reviews in flight. */
  readonly signal: AbortSignal;
}

/**
 * For how long an answer of the API server is reused, in milliseconds. A new permission works soon, and a withdrawn one
 * doesn't work for long.
 */
const REMEMBERED_MS: Readonly<Record<Settled, number>> = { allowed: 30_000, forbidden: 5_000, unauthenticated: 5_000 };

/** For positive and for negative answers separately, so that made-up tokens don't push out good ones. */
const MOST_REMEMBERED = 1_000;

/** How many reviews may be in flight, so that made-up tokens cause no more requests to the API server than this. */
const MOST_REVIEWS = 4;

/** For each of the two requests. Scrapers usually wait for ten seconds. */
const REVIEW_TIMEOUT_MS = 4_000;

/** No real token is longer, in characters. A longer one isn't sent to the API server. */
const LONGEST_TOKEN = 8 * 1024;

/** RFC 6750, section 2.1. */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;

/** An answer of the API server, which is remembered. A failure to ask isn't. */
type Settled = Exclude<Access, 'unknown'>;

/**
 * Lets a client read the metrics if its bearer token is valid and its user may `get` the path `/metrics`. Both are
 * checked by the API server, as kube-rbac-proxy does. Never rejects: `unknown` means that the check failed. Only the
 * SHA-256 of a token is kept.
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

/** Rejects if the API server doesn't answer, or refuses because the manager may not ask. */
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

/** Remembers the last answers by token, each for its time. */
function answersOf(clock: Clock): LRUCache<string, Settled> {
  // With a resolution of 0 the library reads the clock each time. It takes a time of 0 for "no time", so the clock
  // starts at 1.
  const perf = { now: () => 1 + clock.monotonic() };
  return new LRUCache({ max: MOST_REMEMBERED, ttlResolution: 0, perf });
}
