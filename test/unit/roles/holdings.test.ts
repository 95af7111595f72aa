import { describe, expect, test } from '@jest/globals';
import { roleHolder } from '../../../src/allocation/index.ts';
import type { Ask } from '../../../src/allocation/index.ts';
import { LARGEST_REQUEST } from '../../../src/api/index.ts';
import type { PortRequest, RoleInstance } from '../../../src/api/index.ts';
import { err, ok } from '../../../src/base/result.ts';
import { ANY_ADDRESS, NO_POOL, TCP, refuse } from '../../../src/core/index.ts';
import type { Claim, Refusal } from '../../../src/core/index.ts';
import { Holdings } from '../../../src/roles/index.ts';

const { signal } = new AbortController();
const role = { kind: 'RoleInstance', namespace: 'games', name: 'web-0' } as const;
const holder = roleHolder(role, 'now');

/** A claim of the instance on `number`, held from the default pool. */
function claim(number: number, port: string, more: Partial<Claim> & { readonly uid?: string } = {}): Claim {
  const { uid = 'now', ...rest } = more;
  const base = { number, port, protocols: TCP, address: ANY_ADDRESS, pool: 'default', state: 'held', time: 0 } as const;
  return { ...base, holder: roleHolder(role, uid), ...rest };
}

/** A port that is asked for. */
function port(name: string, more: Partial<PortRequest> = {}): PortRequest {
  return { name, protocol: 'TCP', count: 1, ...more };
}

/** The instance `web-0`; one that `says` so has its ports by its status. */
function instance({ says = false, poolName }: { readonly says?: boolean; readonly poolName?: string } = {}) {
  const condition = { type: 'Allocated', status: 'True' };
  return {
    apiVersion: 'hostport.io/v1alpha1',
    kind: 'RoleInstance',
    metadata: { ...role, uid: 'now', generation: 2, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: poolName === undefined ? {} : { poolName },
    ...(says ? { status: { observedGeneration: 2, conditions: [condition] } } : {}),
  } as unknown as RoleInstance;
}

/** What the parts of {@link Holdings} answer. */
interface Answers {
  readonly claims?: readonly Claim[];
  /** Why a request is refused; without it every port gets a number from 20000 on. */
  readonly refusal?: Refusal;
  /** The UIDs of the objects that the API server says are gone. */
  readonly gone?: readonly string[];
  /** Whether the API server says that the object is there. */
  readonly isThere?: boolean;
  readonly mayUseMore?: boolean;
}

/** Holdings with fake parts that give these answers, and the calls of these parts in order. */
function holdingsThat(answers: Answers) {
  const { claims = [], refusal, gone = [], isThere = true, mayUseMore = false } = answers;
  const calls: (readonly unknown[])[] = [];
  const asks: Ask[] = [];
  const note = async (...call: readonly unknown[]): Promise<void> => {
    calls.push(call);
  };
  const holdings = new Holdings({
    allocator: {
      claimsUnder: (key) => claims.filter((each) => each.holder.key === key),
      reserve: async (ask) => {
        await note('reserve');
        asks.push(ask);
        if (refusal !== undefined) return err(refusal);
        return ok({ poolName: 'default', ports: ask.ports.map((each, at) => ({ ...each, number: 20_000 + at })) });
      },
      release: async ({ uid }, _, options) => {
        await note('release', uid, options);
        return [];
      },
    },
    takeover: { passOn: (uids, { uid }) => note('passOn', [...uids], uid) },
    waiting: {
      wait: (key, { reason, since }) => void note('wait', key, reason, since),
      leave: (key) => void note('leave', key),
    },
    liveness: { isGone: async ({ uid }) => gone.includes(uid), isThere: async () => isThere },
    former: {
      takeOver: (_, { ports }) => note('takeOver', ...ports.map(({ name }) => name)),
      narrow: (_, kept) => note('narrow', ...kept),
    },
    onHeld: ({ metadata }) => void note('onHeld', metadata.name),
  });
  const keep = (ports: readonly PortRequest[], object = instance()) => {
    const asked = async () => {
      await note('mayUseMore');
      return mayUseMore;
    };
    return holdings.keep({ object, ports, mayUseMore: asked, wake: () => undefined }, signal);
  };
  return { holdings, keep, calls, asks };
}

const key = 'RoleInstance games/web-0';
const a = port('a');
const b = port('b');

describe('the allocator is asked', () => {
  const asked = { name: 'a', protocols: TCP, address: ANY_ADDRESS, count: 1 };
  const usual: Ask = { holder, ports: [asked], rest: 'doubted', surely: true };

  test.each<[string, Answers, RoleInstance, Partial<Record<keyof Ask, unknown>>]>([
    ['for what is wanted, by a write, as long as the status does not say that it is there', {}, instance(), {}],
    ['without a write when the status says so', {}, instance({ says: true }), { surely: undefined }],
    ['of the pool of the spec', { claims: [claim(1, 'a')] }, instance({ poolName: 'own' }), { poolName: 'own' }],
    ['of the pool that it has numbers of', { claims: [claim(1, 'a')] }, instance(), { poolName: 'default' }],
    [
      'of the default pool, when it has numbers of none',
      { claims: [claim(1, 'a', { pool: NO_POOL })] },
      instance(),
      {},
    ],
    ['to doubt what is not wanted', { claims: [claim(1, 'z', { pool: NO_POOL })] }, instance(), {}],
    [
      'to keep what is not wanted, when pods may use it',
      { claims: [claim(1, 'z', { pool: NO_POOL })], mayUseMore: true },
      instance(),
      { rest: 'kept' },
    ],
    [
      'to doubt the rest, whatever pods may use, when all that it has is wanted',
      { claims: [claim(1, 'a', { pool: NO_POOL })], mayUseMore: true },
      instance(),
      {},
    ],
  ])('%s', async (_, answers, object, expected) => {
    const { keep, asks } = holdingsThat(answers);
    await keep([a], object);
    expect(asks).toEqual([{ ...usual, ...expected }]);
  });

  test('without a write when it has answered the same before, and with one for other ports', async () => {
    const { keep, asks } = holdingsThat({});
    for (const ports of [[a], [a], [a, b], [port('a', { count: 2 })]]) await keep(ports);
    expect(asks.map(({ surely }) => surely)).toEqual([true, undefined, true, true]);
  });

  test('for nothing, when ports are left and none is wanted', async () => {
    const { keep, asks } = holdingsThat({ claims: [claim(1, 'z')] });
    await keep([]);
    expect(asks).toMatchObject([{ ports: [], rest: 'doubted' }]);
  });
});

describe('what is done, in order,', () => {
  const other = claim(1, 'a', { uid: 'before' });
  const wait = (reason: string) => ['wait', key, reason, '2026-01-01T00:00:00Z games/web-0'];
  const exhausted = refuse.invalid('no');
  const served = [['leave', key], ['narrow'], ['onHeld', 'web-0']];

  test.each<[string, Answers, readonly PortRequest[], readonly (readonly unknown[])[]]>([
    ['when nothing is wanted or had', {}, [], [['leave', key]]],
    ['when it is served', {}, [a], [['takeOver', 'a'], ['reserve'], ...served]],
    [
      'for ports of which some have their numbers: the others may come from an earlier version',
      { claims: [claim(1, 'a'), claim(2, 'b')] },
      [a, port('b', { count: 2 }), port('c')],
      [['takeOver', 'b', 'c'], ['reserve'], ['leave', key], ['narrow', 'a', 'b'], ['onHeld', 'web-0']],
    ],
    [
      'when it has what is not wanted',
      { claims: [claim(1, 'z')] },
      [a],
      [['takeOver', 'a'], ['mayUseMore'], ['reserve'], ['leave', key], ['narrow', 'z'], ['onHeld', 'web-0']],
    ],
    ['when it is refused', { refusal: exhausted }, [a], [['takeOver', 'a'], ['reserve'], wait('InvalidRequest')]],
    ['when the ledger is away', { refusal: refuse.ledgerUnavailable('no') }, [a], [['takeOver', 'a'], ['reserve']]],
    [
      'when an earlier object of the name has numbers',
      { claims: [other, claim(2, 'b', { uid: 'before' }), claim(3, 'a', { uid: 'first' })] },
      [a],
      [['passOn', ['before', 'first'], 'now'], ['takeOver', 'a'], ['reserve'], ...served],
    ],
    ['when it is not sure that the earlier object is gone', { claims: [other], isThere: false }, [a], []],
    ['when two ports have one name', {}, [a, a], []],
    ['when there are too many ports', {}, Array.from({ length: LARGEST_REQUEST + 1 }, (_, at) => port(`p${at}`)), []],
  ])('%s', async (_, answers, ports, expected) => {
    const { keep, calls } = holdingsThat(answers);
    await keep(ports);
    expect(calls).toEqual(expected);
  });
});

describe('the answer', () => {
  const refusal = refuse.invalid('no');
  const given = (name: string, number: number, more: object = {}) => ({ name, protocol: 'TCP', port: number, ...more });
  const nothing = { numbers: [], lacking: undefined, hasMore: false, keepsMore: false };

  test.each<[string, Answers, readonly PortRequest[], object]>([
    ['has nothing, when nothing is wanted or had', {}, [], {}],
    ['has what the allocator gave', {}, [a, b], { numbers: [given('a', 20_000), given('b', 20_001)] }],
    ['says why nothing was given', { refusal }, [a], { lacking: { reason: 'InvalidRequest', message: 'no' } }],
    [
      'has what was held before',
      { refusal, claims: [claim(1, 'a')] },
      [a, b],
      { numbers: [given('a', 1)], lacking: refusal },
    ],
    [
      'has nothing that is in doubt',
      { refusal, claims: [claim(1, 'a', { state: 'reserved' })] },
      [a],
      { lacking: refusal },
    ],
    [
      'has nothing of another protocol or length',
      { refusal, claims: [claim(1, 'a'), claim(2, 'b')] },
      [port('a', { protocol: 'UDP' }), port('b', { count: 2 })],
      { lacking: refusal },
    ],
    [
      'has several numbers of one port',
      { refusal, claims: [claim(1, 'b'), claim(2, 'b')] },
      [port('b', { count: 2 })],
      { numbers: [given('b', 1, { endPort: 2 })], lacking: refusal },
    ],
    [
      'has nothing of another object',
      { refusal, claims: [claim(1, 'a', { uid: 'before' })] },
      [a],
      { lacking: refusal },
    ],
    [
      'says what is held and not wanted',
      { claims: [claim(1, 'z')] },
      [a],
      { numbers: [given('a', 20_000)], hasMore: true, keepsMore: true },
    ],
    [
      'says what is in doubt and not wanted',
      { claims: [claim(1, 'z', { state: 'reserved' })] },
      [a],
      { numbers: [given('a', 20_000)], hasMore: true },
    ],
    [
      'says that another object of the name may have the numbers',
      { claims: [claim(1, 'a', { uid: 'before' })], isThere: false },
      [a],
      {
        lacking: refuse.ledgerUnavailable(
          'another object of the same name has these numbers, as far as it can be seen',
        ),
      },
    ],
    [
      'says that two ports have one name, and has what is held',
      { claims: [claim(1, 'a')] },
      [a, b, b],
      {
        numbers: [given('a', 1)],
        lacking: {
          reason: 'InvalidRequest',
          message: 'two ports would be called "b": give a component another name',
        },
      },
    ],
  ])('%s', async (_, answers, ports, expected) => {
    const { keep } = holdingsThat(answers);
    const { numbers, ...rest } = await keep(ports);
    expect({ ...rest, numbers: [...numbers.values()] }).toEqual({ ...nothing, ...expected });
  });
});

test.each([
  ['the object with the UID', 'now', [1]],
  ['any object of the name', undefined, [1, 3]],
])('the numbers of %s are those that are held', (_, uid, expected) => {
  const claims = [claim(1, 'a'), claim(2, 'b', { state: 'reserved' }), claim(3, 'c', { uid: 'before' })];
  const { holdings } = holdingsThat({ claims });
  expect([...holdings.numbersOf(role, uid).values()].map((each) => each.port)).toEqual(expected);
});

describe('a release', () => {
  const released = (uid: string) => [
    ['leave', key],
    ['release', uid, { wasThere: true }],
  ];

  test('is of all that the object has, and it waits no longer', async () => {
    const { holdings, calls } = holdingsThat({});
    await holdings.release(role, 'now', signal);
    expect(calls).toEqual(released('now'));
  });

  test('makes what was answered before unsure', async () => {
    const { holdings, keep, asks } = holdingsThat({});
    await keep([a]);
    await holdings.release(role, 'now', signal);
    await keep([a]);
    expect(asks.map(({ surely }) => surely)).toEqual([true, true]);
  });

  const two = [claim(1, 'a', { uid: 'first' }), claim(2, 'b', { uid: 'first' }), claim(3, 'a', { uid: 'second' })];
  test.each<[string, Answers, readonly (readonly unknown[])[], boolean]>([
    ['nothing is had', {}, [], false],
    ['all are gone', { claims: two, gone: ['first', 'second'] }, [...released('first'), ...released('second')], false],
    ['one is gone', { claims: two, gone: ['second'] }, released('second'), true],
    ['none is gone for sure', { claims: two }, [], true],
  ])('of objects that are gone: %s', async (_, answers, expected, isLeft) => {
    const { holdings, calls } = holdingsThat(answers);
    expect(await holdings.releaseGone(role, signal)).toBe(isLeft);
    expect(calls).toEqual([['leave', key], ...expected]);
  });
});
