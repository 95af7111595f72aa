import { expect, test } from '@jest/globals';
import { Liveness, Sweep, ordinalHolder } from '../../../src/allocation/index.ts';
import type { Census } from '../../../src/allocation/index.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { Domain, printHolder } from '../../../src/core/index.ts';
import type { Holder } from '../../../src/core/index.ts';
import { Controllers } from '../../../src/kube/index.ts';
import type { ClusterClient } from '../../../src/kube/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { claim } from '../core/make.ts';

const { signal } = new AbortController();
const SECOND_LOOK_MS = 5_000;

/** Who is released of the ordinals of a set of UID `u` in two namespaces, while no set is there. */
async function releasedBy(census: Partial<Census>): Promise<readonly string[]> {
  const clock = new FakeClock();
  const domain = new Domain();
  for (const [at, namespace] of ['arena', 'elsewhere'].entries()) {
    const holder = ordinalHolder(namespace, { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'u' }, 0);
    domain.write(20_000 + at, [claim(20_000 + at, { holder })]);
  }
  const released: string[] = [];
  const release = async (by: Holder): Promise<readonly number[]> => {
    released.push(by.namespace);
    return Promise.resolve([1]);
  };
  const find = async (): Promise<undefined> => Promise.resolve(undefined);
  const kinds = Controllers.map((type) => ({ type }));
  const sweep = new Sweep({
    ledger: { domains: () => [''], domain: () => domain, isOver: () => false },
    allocator: { release },
    liveness: new Liveness({ find } as unknown as ClusterClient, kinds),
    clock,
    log: silentLogger,
    observe: () => undefined,
  } as unknown as ConstructorParameters<typeof Sweep>[0]);
  const whole: Census = { beliefs: new Map(), alive: new Set(), seats: new Map(), inUse: new Set(), ...census };
  const done = sweep.releaseGone(whole, signal);
  await clock.advance(SECOND_LOOK_MS);
  const holders = await done;
  expect(holders.map((by) => printHolder(by))).toHaveLength(released.length);
  return released;
}

test('a number in use keeps those of its holder, and of nobody who is said to have its UID elsewhere', async () => {
  expect(await releasedBy({ inUse: new Set(['arena/20000']) })).toEqual(['elsewhere']);
});

test('a controller isn’t there because some pod or allocation has its UID', async () => {
  expect(await releasedBy({ alive: new Set(['u']) })).toEqual(['arena', 'elsewhere']);
});
