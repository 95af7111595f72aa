import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { claimsOf, makeNamespaceWithAccount, podNamed, assignedTo, whenHeld } from './holdings.ts';
import { LaterWebhook } from './later-webhook.ts';
import { podOf } from './manifests.ts';

const NAMESPACE = 'late';

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport({ nodes: 1 });
  await makeNamespaceWithAccount(hostport, NAMESPACE);
});
afterAll(() => hostport[Symbol.asyncDispose]());

test('what a manager reserved that is killed before it sees the pod is confirmed by the next leader', async () => {
  const options = { kind: 'Mutating', namespace: NAMESPACE, timeoutSeconds: 30, failurePolicy: 'Fail' } as const;
  await using later = await LaterWebhook.start(hostport, options);
  const created = succeed(hostport.kubectl(['create', '-f', '-'], podOf('orphan', { namespace: NAMESPACE })));
  const { answer } = await later.next();
  const [reserved] = await claimsOf(hostport, `${NAMESPACE}/orphan`);
  expect(reserved).toMatchObject({ state: 'reserved' });

  await hostport.manager().kill('SIGKILL');
  answer('allow');
  await created;
  const pod = await podNamed(hostport, 'orphan', NAMESPACE);
  expect(await claimsOf(hostport, `${NAMESPACE}/orphan`)).toEqual([reserved]);

  await hostport.addManager();
  const numbers = await whenHeld(hostport, `${NAMESPACE}/orphan`, 1);
  expect(numbers).toEqual(Object.values(assignedTo(pod)));
  expect(await claimsOf(hostport, `${NAMESPACE}/orphan`)).toMatchObject([{ holder: { uid: pod.metadata.uid } }]);
  expect(await hostport.recorder.verdict()).toMatchObject({ faults: [], gaps: [] });
}, 120_000);
