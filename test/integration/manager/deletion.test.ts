import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { Run, RunningHostport } from '../../support/hostport/hostport.ts';
import { allocation, makeNamespace, numbersGiven, poolShows } from './expectations.ts';

/** The garbage collector gets to know a new kind half a minute after it is there. */
const COLLECTED_MS = 90_000;

const modes = ['background', 'foreground', 'orphan'] as const;
const ports = [{ name: 'game' }, { name: 'rtp', protocol: 'UDP' as const, count: 8 }];

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport({ managers: 2 });
});
afterAll(async () => hostport[Symbol.asyncDispose]());

/** Holders by the ledger, of which the name begins so. */
async function held(prefix: string): Promise<readonly string[]> {
  return (await hostport.holders()).map(({ holder }) => holder).filter((holder) => holder.startsWith(prefix));
}

const kubectlDelete = (...args: readonly string[]): Promise<Run> =>
  hostport.kubectl(['delete', '--timeout=60s', ...args]);

test.each(modes)('kubectl delete --cascade=%s of an allocation frees its numbers', async (mode) => {
  await hostport.apply(allocation(mode, { ports }));
  await numbersGiven(hostport, mode);
  expect(await held(`default/${mode}`)).toHaveLength(9);
  expect(await kubectlDelete('pa', mode, `--cascade=${mode}`)).toMatchObject({ code: 0 });
  expect(await held(`default/${mode}`)).toEqual([]);
  const events = async (): Promise<readonly (string | undefined)[]> =>
    (await hostport.objects.eventsOf(mode)).map(({ reason }) => reason);
  await hostport.eventually(events, (reasons) => reasons.includes('Released'), 'an Event tells of it');
});

test.each(modes)('kubectl delete ns --cascade=%s ends, and frees what was held in it', async (mode) => {
  const namespace = `doomed-${mode}`;
  await makeNamespace(hostport, namespace);
  const names = Array.from({ length: 5 }, (_, at) => `a-${at}`);
  for (const name of names) await hostport.apply(allocation(name, { ports }, namespace));
  for (const name of names) await numbersGiven(hostport, name, namespace);
  expect(await kubectlDelete('ns', namespace, `--cascade=${mode}`)).toMatchObject({ code: 0 });
  expect(await held(`${namespace}/`)).toEqual([]);
});

test('deleted and made again at once, an allocation has the numbers that it had', async () => {
  await hostport.apply(allocation('phoenix', { ports }));
  const before = await numbersGiven(hostport, 'phoenix');
  expect(await kubectlDelete('pa', 'phoenix')).toMatchObject({ code: 0 });
  await hostport.apply(allocation('phoenix', { ports }));
  expect(await numbersGiven(hostport, 'phoenix')).toEqual(before);
});

test('one that was refused goes as any other', async () => {
  await hostport.apply(allocation('refused', { poolName: 'nowhere', ports }));
  await hostport.objects.refused('refused', 'PoolNotFound');
  expect(await kubectlDelete('pa', 'refused')).toMatchObject({ code: 0 });
});

describe('an allocation with an owner', () => {
  /** An owner, and an allocation that goes with it. */
  async function own(name: string): Promise<void> {
    const labels = { app: name };
    await hostport.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', labels } });
    const { stdout: uid } = await hostport.kubectl(['get', 'cm', name, '-o', 'jsonpath={.metadata.uid}']);
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name, uid, blockOwnerDeletion: true };
    const manifest = allocation(name, { ports });
    await hostport.apply({ ...manifest, metadata: { ...manifest.metadata, ownerReferences: [owner] } });
    await numbersGiven(hostport, name);
  }

  test('goes with it, unless it is orphaned', async () => {
    for (const mode of modes) await own(`owned-${mode}`);
    const runs = modes.map((mode) =>
      kubectlDelete('cm', `owned-${mode}`, `--cascade=${mode}`, `--timeout=${COLLECTED_MS}ms`),
    );
    for (const run of await Promise.all(runs)) expect(run).toMatchObject({ code: 0 });
    for (const mode of ['background', 'foreground']) {
      await hostport.objects.gone(`owned-${mode}`, 'default', COLLECTED_MS);
      expect(await held(`default/owned-${mode}`)).toEqual([]);
    }
    expect(await held('default/owned-orphan')).toHaveLength(9);
    expect((await hostport.objects.findAllocation('owned-orphan'))?.metadata.ownerReferences).toBeUndefined();
    expect(await kubectlDelete('pa', 'owned-orphan')).toMatchObject({ code: 0 });
  });
});

test('at the end nothing is held', async () => {
  expect(await kubectlDelete('pa', '--all', '-A')).toMatchObject({ code: 0 });
  expect(await hostport.holders()).toEqual([]);
  await poolShows(hostport, 'default', { allocated: 0, reserved: 0 });
  const { faults } = await hostport.recorder.verdict();
  expect(faults).toEqual([]);
});
