import { expect, test } from '@jest/globals';
import { Liveness, Sweep, ordinalHolder } from '../../../src/allocation/index.ts';
import type { Census } from '../../../src/allocation/index.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { Domain } from '../../../src/core/index.ts';
import type { Claim } from '../../../src/core/index.ts';
import { Controllers } from '../../../src/kube/index.ts';
import type { ClusterClient } from '../../../src/kube/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { claim } from '../core/make.ts';

const { signal } = new AbortController();
const SECOND_LOOK_MS = 5_000;

/**
 * The namespaces in which the release of an ordinal begins: two namespaces have an ordinal of a set with UID `u`, and there is
 * no set.
 */
async function releaseBegunBy(census: Partial<Census>): Promise<readonly string[]> {
  const clock = new FakeClock();
  const domain = new Domain();
  for (const [at, namespace] of ['arena', 'elsewhere'].entries()) {
    const holder = ordinalHolder(namespace, { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'u' }, 0);
    domain.write(20_000 + at, [claim(20_000 + at, { holder })]);
  }
  const begun: string[] = [];
  const begin = async (_key: string, claims: readonly Claim[]): Promise<void> => {
    begun.push(...claims.map(({ holder }) => holder.namespace));
    return Promise.resolve();
  };
  const find = async (): Promise<undefined> => Promise.resolve(undefined);
  const kinds = Controllers.map((type) => ({ type }));
  const sweep = new Sweep({
    ledger: { domains: () => [''], domain: () => domain, isOver: () => false },
    allocator: { releases: { begin }, claimsUnder: (key: string) => domain.claimsOf(key) },
    liveness: new Liveness({ find } as unknown as ClusterClient, kinds),
    clock,
    log: silentLogger,
    observe: () => undefined,
  } as unknown as ConstructorParameters<typeof Sweep>[0]);
  const whole: Census = { beliefs: new Map(), alive: new Set(), seats: new Map(), inUse: new Set(), ...census };
  const done = sweep.releaseGone(whole, signal);
  await clock.advance(SECOND_LOOK_MS);
  await done;
  return begun;
}

test('a number in use keeps those of its holder, and of nobody who is said to have its UID elsewhere', async () => {
  expect(await releaseBegunBy({ inUse: new Set(['arena/20000']) })).toEqual(['elsewhere']);
});

test('a controller isn’t there because some pod or allocation has its UID', async () => {
  expect(await releaseBegunBy({ alive: new Set(['u']) })).toEqual(['arena', 'elsewhere']);
});
