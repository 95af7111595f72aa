import { beforeEach, describe, expect, test } from '@jest/globals';
import { ApiError } from '../../../src/kube/index.ts';
import type {
  CallOptions,
  ClusterClient,
  ResourceType,
  SubjectAccessReview,
  TokenReview,
} from '../../../src/kube/index.ts';
import { metricsAccess } from '../../../src/runtime/index.ts';
import type { Authorize } from '../../../src/runtime/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { recordedLog } from './recorded-log.ts';
import type { RecordedLog } from './recorded-log.ts';

const user = {
  username: 'system:serviceaccount:monitoring:scraper',
  uid: '1-2',
  groups: ['system:authenticated'],
  extra: { pod: ['p'] },
};

let clock: FakeClock;
let log: RecordedLog;
let stop: AbortController;
/** The requests so far, by kind. */
let asked: string[];
let reviewed: SubjectAccessReview['spec'][];
let [tokens, users] = [new Set<string>(), new Set<string>()];
let isAway = false;
/** While it is set, nothing is answered before it resolves. */
let held: Promise<void> | undefined;
let authorize: Authorize;

beforeEach(() => {
  [clock, log, stop, asked, reviewed] = [new FakeClock(), recordedLog(), new AbortController(), [], []];
  [tokens, users, isAway, held] = [new Set(['good']), new Set([user.username]), false, undefined];
  authorize = metricsAccess({ client: apiServer(), clock, logger: log.logger, signal: stop.signal });
});

/** An API server that knows `tokens`, all of one user, and lets `users` do everything. */
function apiServer(): ClusterClient {
  const create = async ({ kind }: ResourceType, { spec }: { readonly spec: object }, _call: CallOptions) => {
    asked.push(kind);
    await held;
    if (isAway) throw new ApiError({ kind: 'unavailable', code: 0, reason: '', message: 'away', request: 'create' });
    if (kind === 'TokenReview') {
      const authenticated = tokens.has((spec as TokenReview['spec']).token);
      return { status: authenticated ? { authenticated, user } : { authenticated, error: 'not known' } };
    }
    reviewed.push(spec);
    return { status: { allowed: users.has((spec as SubjectAccessReview['spec']).user ?? '') } };
  };
  return { create } as unknown as ClusterClient;
}

/** Holds back all answers until the returned function is called. */
function holdBack(): () => void {
  let answer = (): void => undefined;
  held = new Promise((resolve) => {
    answer = () => resolve();
  });
  return () => answer();
}

describe('a token', () => {
  test('that is good, of somebody who may, is let in: all that is known of them was asked about', async () => {
    expect(await authorize('Bearer good')).toBe('allowed');
    expect(reviewed).toEqual([
      {
        user: user.username,
        uid: '1-2',
        groups: ['system:authenticated'],
        extra: { pod: ['p'] },
        nonResourceAttributes: { path: '/metrics', verb: 'get' },
      },
    ]);
  });

  test('that nobody knows is not, and nothing more is asked', async () => {
    expect(await authorize('Bearer made-up')).toBe('unauthenticated');
    expect(asked).toEqual(['TokenReview']);
  });

  test('of somebody who may not is not', async () => {
    users.clear();
    expect(await authorize('Bearer good')).toBe('forbidden');
  });

  test.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'good',
    'Basic Z29vZA==',
    'Bearer two words',
    'Bearer "good"',
    'Bearer gööd',
    `Bearer ${'x'.repeat(8 * 1024)}`,
  ])('that is none is not even asked about: %s', async (header) => {
    expect(await authorize(header)).toBe('unauthenticated');
    expect(asked).toEqual([]);
  });

  test.each(['bearer good', 'BEARER  good', 'Bearer good '])('may be written "%s"', async (header) => {
    expect(await authorize(header)).toBe('allowed');
  });
});

describe('what was answered', () => {
  test('counts for 30 s where it was yes', async () => {
    await authorize('Bearer good');
    tokens.clear();
    await clock.advance(30_000);
    expect(await authorize('Bearer good')).toBe('allowed');
    expect(asked).toHaveLength(2);
    await clock.advance(1);
    expect(await authorize('Bearer good')).toBe('unauthenticated');
  });

  test.each([
    ['an unknown token', () => tokens, 'unauthenticated'],
    ['a missing right', () => users, 'forbidden'],
  ])('counts for 5 s where it was no, for %s', async (_, missing, access) => {
    const before = [...missing()];
    missing().clear();
    expect(await authorize('Bearer good')).toBe(access);
    before.forEach((each) => missing().add(each));
    const count = asked.length;
    await clock.advance(5_000);
    expect(await authorize('Bearer good')).toBe(access);
    expect(asked).toHaveLength(count);
    await clock.advance(1);
    expect(await authorize('Bearer good')).toBe('allowed');
  });

  test('is not remembered where there was none, and told once', async () => {
    isAway = true;
    expect(await authorize('Bearer good')).toBe('unknown');
    expect(await authorize('Bearer good')).toBe('unknown');
    expect(log.at('warn')).toHaveLength(1);
    expect(JSON.stringify(log.lines)).not.toContain('good');
    isAway = false;
    expect(await authorize('Bearer good')).toBe('allowed');
  });

  test('a good one is not pushed out by thousands that are made up', async () => {
    await authorize('Bearer good');
    for (let each = 0; each < 3_000; each++) await authorize(`Bearer made-up-${each}`);
    const count = asked.length;
    expect(await authorize('Bearer good')).toBe('allowed');
    expect(await authorize('Bearer made-up-2999')).toBe('unauthenticated');
    expect(asked).toHaveLength(count);
    // The first token was forgotten, so that memory stays bounded.
    expect(await authorize('Bearer made-up-0')).toBe('unauthenticated');
    expect(asked).toHaveLength(count + 1);
  });
});

describe('many at once', () => {
  test('with one token ask once', async () => {
    const answer = holdBack();
    const all = Array.from({ length: 50 }, () => authorize('Bearer good'));
    answer();
    expect(new Set(await Promise.all(all))).toEqual(new Set(['allowed']));
    expect(asked).toEqual(['TokenReview', 'SubjectAccessReview']);
  });

  test('with tokens that are made up ask no more than a few at a time, and keep out nobody who is known', async () => {
    await authorize('Bearer good');
    const answer = holdBack();
    asked.length = 0;
    const all = Array.from({ length: 50 }, (_, each) => authorize(`Bearer made-up-${each}`));
    expect(await authorize('Bearer good')).toBe('allowed');
    answer();
    expect((await Promise.all(all)).filter((access) => access === 'unknown')).toHaveLength(46);
    expect(asked).toHaveLength(4);
    // Afterwards there is room for a review again.
    expect(await authorize('Bearer made-up-49')).toBe('unauthenticated');
  });
});
