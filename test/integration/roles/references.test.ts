import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { succeed, startHostport } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { PATIENCE_MS, Sets, component, envOf, roleSet } from './sets.ts';

let hostport: RunningHostport;
let sets: Sets;
beforeAll(async () => {
  hostport = await startHostport({ nodes: 2 });
  sets = new Sets(hostport);
});
afterAll(async () => hostport[Symbol.asyncDispose]());

const allocations = [
  { name: 'grpc', env: 'GRPC_PORT' },
  { name: 'http', env: 'HTTP_PORT', scope: 'RoleScoped' },
];
const referring = (from: string) => component('main', { references: [{ env: 'OTHER_PORT', from }] });

test('a port of another role is waited for, and told when it is there', async () => {
  await hostport.apply(roleSet('client', [referring('router.main.http')]));
  const said = await sets.says('client', 'Allocated', ({ reason }) => reason === 'WaitingForRole');
  expect(said.message).toContain('"router"');
  expect(await sets.pods('client')).toEqual([]);
  await hostport.apply(roleSet('the-router', [component('main', { allocations })], { role: 'router' }));
  await sets.complete('client');
  const [pod] = await sets.pods('client');
  const router = await sets.find('the-router');
  expect(envOf(pod)['OTHER_PORT']).toBe(router?.metadata.annotations?.['main.http']);
});

test('within an instance another pod of a component is picked by its index', async () => {
  const config = { allocations, references: [{ env: 'SECOND_PORT', from: 'ring.main[1].grpc' }] };
  await hostport.apply(roleSet('ring', [component('main', config, { size: 2 })]));
  await sets.complete('ring');
  const [first, second] = await sets.pods('ring');
  expect(envOf(first)['SECOND_PORT']).toBe(envOf(second)['GRPC_PORT']);
});

describe('refused at admission, with the name:', () => {
  test.each([
    ['own.nobody.http', 'nobody'],
    ['own.main.nothing', 'nothing'],
    ['own.main[7].grpc', '7'],
    ['main.http', 'main.http'],
    ['own.main.http.more', 'own.main.http.more'],
  ])('%s', async (from, says) => {
    const config = { allocations, references: [{ env: 'OTHER_PORT', from }] };
    const run = await hostport.kubectl(['apply', '-f', '-'], roleSet('own', [component('main', config)]));
    expect(run.code).not.toBe(0);
    expect(run.stderr).toContain(says);
  });
});

describe('said in a condition and an Event, with the name:', () => {
  beforeAll(async () => {
    for (const name of ['twin-a', 'twin-b']) {
      await hostport.apply(roleSet(name, [component('main', { allocations })], { role: 'twin' }));
    }
    await hostport.apply(roleSet('target', [component('main', { allocations })]));
  });

  test.each([
    ['private', 'target.main.grpc', 'PodScoped'],
    ['misnamed', 'target.nobody.http', 'nobody'],
    ['portless', 'target.main.nothing', 'nothing'],
    ['both', 'twin.main.http', '"twin-a" and "twin-b"'],
  ])('%s: %s', async (name, from, says) => {
    await hostport.apply(roleSet(name, [referring(from)]));
    const said = await sets.says(name, 'Progressing', ({ status }) => status === 'False');
    expect(said).toMatchObject({ reason: 'InvalidReference' });
    expect(said.message).toContain(from);
    expect(said.message).toContain(says);
    await hostport.eventually(
      () => hostport.objects.eventsOf(name),
      (all) => all.some(({ reason, message }) => reason === 'InvalidReference' && message?.includes(says) === true),
      'an Event tells of it',
    );
    expect(await sets.pods(name)).toEqual([]);
  });

  test('and it goes on when one of the two is gone', async () => {
    await succeed(hostport.kubectl(['delete', 'ris', 'twin-b']));
    await sets.complete('both', PATIENCE_MS);
    const [pod] = await sets.pods('both');
    expect(envOf(pod)['OTHER_PORT']).toBe((await sets.find('twin-a'))?.metadata.annotations?.['main.http']);
  });
});
