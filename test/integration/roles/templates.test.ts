import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { PATIENCE_MS, Sets, component, container, envOf, roleSet } from './sets.ts';

let hostport: RunningHostport;
let sets: Sets;
beforeAll(async () => {
  hostport = await startHostport({ nodes: 2 });
  sets = new Sets(hostport);
});
afterAll(async () => hostport[Symbol.asyncDispose]());

test('sets that name one Service share it, and it is there as long as one of them is', async () => {
  const named = component('main', ports('grpc'), { serviceName: 'shared' });
  for (const name of ['first', 'second']) await hostport.apply(roleSet(name, [named]));
  for (const name of ['first', 'second']) await sets.complete(name);
  const found = async (): Promise<number> => {
    const path = '{.items[*].endpoints[*].targetRef.name}';
    const slices = ['get', 'endpointslices', '-l', 'kubernetes.io/service-name=shared', '-o', `jsonpath=${path}`];
    const names = await succeed(hostport.kubectl(slices));
    return ['first-0-main-0', 'second-0-main-0'].filter((name) => names.includes(name)).length;
  };
  await hostport.eventually(found, (count) => count === 2, 'it finds the pods of both', PATIENCE_MS);
  const uid = async (): Promise<string> =>
    (await hostport.kubectl(['get', 'svc', 'shared', '-o', 'jsonpath={.metadata.uid}'])).stdout;
  const before = await uid();
  // As it goes when the set that made it is deleted.
  await succeed(hostport.kubectl(['delete', 'svc', 'shared']));
  await hostport.eventually(uid, (now) => now !== '' && now !== before, 'it is made again', SOON_MS);
});

test('annotations that show numbers of a component go with it', async () => {
  const shared = (name: string) =>
    component(name, { allocations: [{ name: 'http', env: 'HTTP_PORT', scope: 'RoleScoped' }] });
  await hostport.apply(roleSet('shrunk', [shared('leader'), shared('router')]));
  await sets.complete('shrunk');
  const shown = async (): Promise<readonly string[]> => {
    const objects = [await sets.find('shrunk'), await sets.findInstance('shrunk-0')];
    return objects.flatMap((object) =>
      Object.keys(object?.metadata.annotations ?? {}).filter((key) => /http$/.test(key)),
    );
  };
  await hostport.eventually(shown, ({ length }) => length === 4, 'both numbers are shown twice');
  await hostport.apply(roleSet('shrunk', [shared('leader')]));
  const isOne = (keys: readonly string[]): boolean => keys.join(' ') === 'leader.http leader.http';
  await hostport.eventually(shown, isOne, 'only that of the leader is shown', PATIENCE_MS);
});

/** Below the half minute after which a set is looked at in any case. */
const SOON_MS = 25_000;
const ports = (...names: readonly string[]) => ({
  allocations: names.map((name) => ({ name, env: `${name.toUpperCase()}_PORT` })),
});

async function uidsOf(set: string): Promise<readonly string[]> {
  return (await sets.pods(set)).map(({ metadata }) => metadata.uid);
}

/** Only the API server knows that it is wrong. */
function broken(name: string, change: object = { imagePullPolicy: 'Sometimes' }) {
  const { template, ...rest } = component(name, ports('grpc'));
  return { ...rest, template: { ...template, spec: { containers: [{ ...container, ...change }] } } };
}

test('a template that the API server would not take is told of, and no pod is deleted for it', async () => {
  const good = [component('leader', ports('grpc')), component('worker', ports('grpc'))];
  await hostport.apply(roleSet('mended', good, { replicas: 2 }));
  await sets.complete('mended');
  const before = await uidsOf('mended');
  const numbers = await sets.numbers('mended');
  await hostport.apply(roleSet('mended', [component('leader', ports('grpc')), broken('worker')], { replicas: 2 }));
  const said = await sets.says('mended', 'Progressing', ({ reason }) => reason === 'PodRefused');
  expect(said).toMatchObject({ status: 'False', message: expect.stringContaining('mended-1-worker-0') });
  expect(said.message).toContain('Sometimes');
  expect(await uidsOf('mended')).toEqual(before);
  await hostport.apply(roleSet('mended', good, { replicas: 2 }));
  await sets.says('mended', 'Progressing', ({ reason }) => reason === 'Complete');
  expect(await uidsOf('mended')).toEqual(before);
  expect(await sets.numbers('mended')).toEqual(numbers);
});

test('of a set that is new with such a template no pod is made at all', async () => {
  await hostport.apply(roleSet('unmade', [component('leader', ports('grpc')), broken('worker')]));
  await sets.says('unmade', 'Progressing', ({ reason }) => reason === 'PodRefused');
  expect(await sets.pods('unmade')).toEqual([]);
  for (const name of ['unmade', 'unmade-0']) {
    const events = await hostport.eventually(
      () => hostport.objects.eventsOf(name),
      (all) => all.some(({ reason }) => reason === 'PodRefused'),
      `an Event of ${name} tells of it`,
    );
    expect(events.find(({ reason }) => reason === 'PodRefused')?.type).toBe('Warning');
  }
});

test('a field of a template that is misspelt is named, and no pod is made without it', async () => {
  const misspelt = broken('main', { readinesProbe: { tcpSocket: { port: 80 } } });
  await hostport.apply(roleSet('misspelt', [misspelt]));
  const { message } = await sets.says('misspelt', 'Progressing', ({ reason }) => reason === 'PodRefused');
  expect(message).toContain('unknown field "spec.containers[0].readinesProbe"');
  expect(await sets.pods('misspelt')).toEqual([]);
  await hostport.apply(roleSet('misspelt', [component('main', ports('grpc'))]));
  await sets.complete('misspelt');
});

test('ports of a component are changed by taking it out, and bringing it back when its pods are gone', async () => {
  const leader = component('leader', ports('grpc'));
  await hostport.apply(roleSet('twostep', [leader, component('worker', ports('rpc'))]));
  await sets.complete('twostep');
  const [kept] = await uidsOf('twostep');
  await hostport.apply(roleSet('twostep', [leader]));
  await hostport.eventually(
    async () => (await hostport.holders()).filter(({ holder }) => holder.startsWith('default/twostep')),
    (held) => held.map(({ port }) => port).join() === 'leader-0.grpc',
    'the number of the worker is free',
    PATIENCE_MS,
  );
  await hostport.apply(roleSet('twostep', [leader, component('worker', ports('rpc', 'metrics'))]));
  await sets.complete('twostep');
  const [first, second] = await sets.pods('twostep');
  expect(first?.metadata.uid).toBe(kept);
  const { RPC_PORT, METRICS_PORT } = envOf(second);
  const [instance] = await sets.instances('twostep');
  expect(instance?.metadata.annotations).toMatchObject({
    'twostep-0-worker-0.rpc': RPC_PORT,
    'twostep-0-worker-0.metrics': METRICS_PORT,
  });
  expect(Object.keys(instance?.metadata.annotations ?? {})).toHaveLength(3);
});
