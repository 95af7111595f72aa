import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { allocation, makeNamespace, numbersGiven } from './expectations.ts';

/** The namespace controller looks again only after a while, which grows. */
const NAMESPACE_MS = 90_000;

const modes = ['background', 'foreground', 'orphan'] as const;
const namespaces = modes.map((mode) => `doomed-${mode}`);
const ports = [{ name: 'game' }, { name: 'rcon' }];

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport({ managers: 2, sweepInterval: '2s' });
  await hostport.objects.editPool('default', { cooldown: '0s' });
  for (const namespace of namespaces) {
    await makeNamespace(hostport, namespace);
    await hostport.apply(allocation('held', { ports }, namespace));
    await numbersGiven(hostport, 'held', namespace);
  }
  for (const name of [...modes, 'stays']) {
    await hostport.apply(allocation(name, { ports }));
    await numbersGiven(hostport, name);
  }
});
afterAll(async () => hostport[Symbol.asyncDispose]());

const phaseOf = async (namespace: string): Promise<string> => {
  const { stdout } = await hostport.kubectl(['get', 'ns', namespace, '--ignore-not-found', '-o', 'jsonpath={.status}']);
  return stdout;
};

test('while no manager runs, what is deleted waits, and keeps its numbers from others', async () => {
  for (const manager of hostport.managers) expect(await manager.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  const before = await hostport.holders();
  for (const mode of modes) {
    for (const what of [
      ['pa', mode],
      ['ns', `doomed-${mode}`],
    ]) {
      const run = await hostport.kubectl(['delete', ...what, `--cascade=${mode}`, '--wait=false']);
      expect(run).toMatchObject({ code: 0 });
    }
  }
  for (const namespace of namespaces) {
    const names = (status: string): boolean => status.includes('hostport.io/release');
    await hostport.eventually(() => phaseOf(namespace), names, `${namespace} tells what it waits for`);
  }
  for (const mode of modes) {
    expect((await hostport.objects.findAllocation(mode))?.metadata.deletionTimestamp).toBeDefined();
  }
  expect(await hostport.holders()).toEqual(before);
});

test('when one runs again, everything goes to its end, and nothing is held but by who is there', async () => {
  const [first] = hostport.managers;
  await first?.start();
  await hostport.whenReady();
  for (const mode of modes) await hostport.objects.gone(mode);
  for (const namespace of namespaces) {
    await hostport.eventually(
      () => phaseOf(namespace),
      (status) => status === '',
      `${namespace} is gone`,
      NAMESPACE_MS,
    );
  }
  expect(new Set((await hostport.holders()).map(({ holder }) => holder))).toEqual(new Set(['default/stays']));
});

test('the numbers are free for others', async () => {
  await hostport.apply(allocation('newcomer', { ports }));
  expect(await numbersGiven(hostport, 'newcomer')).toHaveLength(2);
  expect((await hostport.recorder.verdict()).faults).toEqual([]);
});

test('what was deleted without its finalizer while nobody ran is found and freed', async () => {
  for (const manager of hostport.managers) await manager.kill('SIGKILL');
  const patch = JSON.stringify({ metadata: { finalizers: null } });
  expect(await hostport.kubectl(['patch', 'pa', 'stays', '--type=merge', '-p', patch])).toMatchObject({ code: 0 });
  expect(await hostport.kubectl(['delete', 'pa', 'stays', '--timeout=15s'])).toMatchObject({ code: 0 });
  for (const manager of hostport.managers) await manager.start();
  await hostport.whenReady();
  const read = async (): Promise<readonly string[]> => (await hostport.holders()).map(({ holder }) => holder);
  await hostport.eventually(read, (holders) => !holders.includes('default/stays'), 'its numbers are freed', 60_000);
});
