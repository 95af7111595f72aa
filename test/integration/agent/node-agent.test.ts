import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AGENT_NAME } from '../../../src/api/index.ts';
import type { PortPoolStatus } from '../../../src/api/index.ts';
import { Pods } from '../../../src/kube/index.ts';
import type { KubeEvent } from '../../../src/kube/index.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { writeAccountKubeconfig } from '../../support/hostport/service-account.ts';
import { kubectlOf } from '../../support/hostport/kubectl.ts';
import type { AgentProcess } from '../../support/hostport/agent-process.ts';
import { allocation, expectRefusal, numbersGiven, poolCondition, poolShows } from '../manager/expectations.ts';
import { podOf } from '../webhook/manifests.ts';
import { Agents, listenOn } from './agents.ts';

let hostport: RunningHostport;
let agents: Agents;
let agent: AgentProcess;
beforeAll(async () => {
  // Many times the interval of the agents: on a busy machine reports are late.
  hostport = await startHostport({ nodes: 2, sweepInterval: '1s', args: ['--node-report-life', '20s'] });
  const common = { cooldown: '0s', strategy: 'Sequential' } as const;
  await hostport.objects.createPool('by-node', { ...common, ranges: ['7100-7102'], scope: 'Node' });
  await hostport.objects.createPool('anywhere', { ...common, ranges: ['7200-7204'] });
  agents = await Agents.install(hostport);
  agent = await agents.start('node-1');
});
afterAll(async () => {
  await agents[Symbol.asyncDispose]();
  await hostport[Symbol.asyncDispose]();
});

/** Asks for one number of the `Node` pool. */
function ask(name: string, nodeName: string, port: object): Promise<string> {
  return hostport.apply(allocation(name, { poolName: 'by-node', nodeName, ports: [{ name: 'game', ...port }] }));
}

/** Asks for one number of the `Cluster` pool. */
function askAnywhere(name: string, port: object): Promise<string> {
  return hostport.apply(allocation(name, { poolName: 'anywhere', ports: [{ name: 'game', ...port }] }));
}

/** What is said about strangers on the numbers of an object. */
async function talkOfStrangers(name: string): Promise<readonly KubeEvent[]> {
  return (await hostport.objects.eventsOf(name)).filter(({ reason }) => reason === 'StrangerOnPort');
}

describe('a process that listens on a node', () => {
  const says = ['a process of node "node-1"', 'listens'];

  test('keeps its number from being handed out there, and in the cluster, as long as it listens', async () => {
    const byNode = await listenOn(7100);
    const anywhere = await listenOn(7200, '127.0.0.1');
    try {
      await agents.reported('node-1', 7100);
      await agents.reported('node-1', 7200);
      await poolShows(hostport, 'by-node', { capacity: 6, blocked: 1, free: 5 });
      await ask('stopped', 'node-1', { port: 7100 });
      await expectRefusal(hostport, 'stopped', { reason: 'PortHeld', says: ['7100', ...says] });
      await ask('elsewhere', 'node-2', { port: 7100 });
      expect(await numbersGiven(hostport, 'elsewhere')).toEqual([7100]);
      await ask('beside', 'node-1', {});
      expect(await numbersGiven(hostport, 'beside')).toEqual([7101]);
      await ask('other-protocol', 'node-1', { port: 7100, protocol: 'UDP' });
      expect(await numbersGiven(hostport, 'other-protocol')).toEqual([7100]);
      await askAnywhere('nowhere', { port: 7200 });
      await expectRefusal(hostport, 'nowhere', { reason: 'PortHeld', says: ['7200', ...says] });
    } finally {
      await byNode[Symbol.asyncDispose]();
      await anywhere[Symbol.asyncDispose]();
    }
    expect(await numbersGiven(hostport, 'stopped')).toEqual([7100]);
    expect(await numbersGiven(hostport, 'nowhere')).toEqual([7200]);
  });

  test('may be of the holder, who is left alone', async () => {
    await using _byNode = await listenOn(7100);
    await using _anywhere = await listenOn(7200);
    await agents.reported('node-1', 7100);
    await agents.reported('node-1', 7200);
    await askAnywhere('rival', { port: 7200 });
    await expectRefusal(hostport, 'rival', { reason: 'PortHeld', says: ['is held by', 'default/nowhere'] });
    await succeed(hostport.kubectl(['delete', 'pa', 'rival']));
    await agents.reportedAgain('node-1', 3);
    for (const name of ['stopped', 'nowhere']) {
      expect(await talkOfStrangers(name)).toEqual([]);
      expect((await hostport.objects.findAllocation(name))?.status?.conditions).toMatchObject([
        { type: 'Allocated', status: 'True' },
      ]);
    }
  });

  test('is told of where the number is held for a pod on another node', async () => {
    const settings = { enabled: 'true', pool: 'anywhere', 'base-port': '7202' };
    await hostport.apply(podOf('victim', { settings, spec: { nodeName: 'node-2' } }));
    const read = () => hostport.client.get(Pods, { namespace: 'default', name: 'victim' }, { signal: hostport.signal });
    const pod = await hostport.eventually(read, ({ status }) => status?.phase === 'Running', 'the pod runs');
    const number = Number(pod.metadata.annotations?.['hostport.io/allocated-http']);
    await using _stranger = await listenOn(number);
    const events = await hostport.eventually(
      () => talkOfStrangers('victim'),
      ({ length }) => length > 0,
      'an Event tells of the stranger',
    );
    expect(events).toMatchObject([{ type: 'Warning', message: expect.stringContaining(`listens on ${number}/TCP`) }]);
    const metric = async (): Promise<string> => (await hostport.manager().get('/metrics')).body;
    const line = 'hostport_strangers_on_ports{pool="anywhere"} 1';
    await hostport.eventually(metric, (text) => text.includes(line), 'the metric says 1');
  });
});

describe('an agent', () => {
  const report = (name: string): object => {
    const listening = [{ protocol: 'TCP', port: 7102 }];
    const spec = { listening, sockets: 1, renewTime: '2026-01-02T03:04:05.000000Z' };
    return { apiVersion: 'hostport.io/v1alpha1', kind: 'NodeReport', metadata: { name }, spec };
  };
  const create = ['create', '-f', '-'];

  test('reports no node but its own', async () => {
    const kubectl = kubectlOf(await agents.kubeconfigOf('node-1'));
    const { stderr } = await kubectl(create, report('node-2'));
    expect(stderr).toContain(
      'the agent of node "node-1" may not report node "node-2": set --node-name to its own node',
    );
  });

  test('reports nothing with a token that says of no node', async () => {
    const { client, plane: access, signal } = hostport;
    const path = await agents.kubeconfigOf('node-1');
    await writeAccountKubeconfig({ client, access, namespace: 'hostport-system', path, signal, account: AGENT_NAME });
    const { stderr } = await kubectlOf(path)(create, report('node-2'));
    expect(stderr).toContain('a node agent reports with a token that is bound to its pod');
  });

  test.each([
    ['update configmaps -n hostport-system', 'no'],
    ['get configmaps -n hostport-system', 'no'],
    ['create portallocations.hostport.io -n default', 'no'],
    ['patch portpools.hostport.io', 'no'],
    ['list nodes', 'no'],
    ['patch nodes/node-1', 'no'],
    ['delete nodereports.hostport.io', 'no'],
    ['watch portpools.hostport.io', 'no'],
    ['patch nodereports.hostport.io', 'yes'],
  ])('may %s: %s', async (question, answer) => {
    const account = `--as=system:serviceaccount:hostport-system:${AGENT_NAME}`;
    const { stdout } = await hostport.kubectl(['auth', 'can-i', ...question.split(' '), account]);
    expect(stdout.trim()).toBe(answer);
  });

  test('has its report shown, which goes with the node', async () => {
    const table = await succeed(hostport.kubectl(['get', 'nr', 'node-1']));
    expect(table).toMatch(/^NAME +EPHEMERAL +LISTENING +RENEWED +AGE\nnode-1 +\d+-\d+ +\d+ /);
    const owners = (await agents.report('node-1'))?.metadata.ownerReferences;
    expect(owners).toMatchObject([{ kind: 'Node', name: 'node-1' }]);
  });
});

describe('a kernel that takes other numbers than usual', () => {
  test('is kept clear of on its node, and told of where it takes what others may have', async () => {
    await hostport.objects.createPool('low-by-node', { ranges: ['15100-15109'], scope: 'Node' });
    await hostport.objects.createPool('low', { ranges: ['15995-16004'] });
    await poolShows(hostport, 'low-by-node', { capacity: 20 });
    await poolShows(hostport, 'low', { capacity: 10 });
    // Ends with this case: it would contradict the reports that later ones write for its node.
    await using _other = await agents.start('node-2', '--proc', await agents.procWith('15000\t16000\n'));
    await poolShows(hostport, 'low-by-node', { capacity: 10 });
    const { message } = await poolCondition(hostport, 'low', { type: 'NodesOverlap' });
    expect(message).toMatch(/^node "node-2" may take 15995-16000 .*ip_local_reserved_ports="15995-16004"/);
    await poolShows(hostport, 'low', { capacity: 10 });
    const spec = { poolName: 'low-by-node', ports: [{ name: 'game', port: 15_100 }] };
    await hostport.apply(allocation('low-1', { ...spec, nodeName: 'node-1' }));
    expect(await numbersGiven(hostport, 'low-1')).toEqual([15_100]);
    await hostport.apply(allocation('low-2', { ...spec, nodeName: 'node-2' }));
    await expectRefusal(hostport, 'low-2', { reason: 'PortOutsidePool', says: ['15100', 'low-by-node'] });
  });
});

test('a node that lies about its kernel and its processes harms itself alone', async () => {
  await hostport.objects.createPool('wide', { ranges: ['16500-16699'], strategy: 'Sequential' });
  await hostport.objects.createPool('narrow-by-node', { ranges: ['16700-16709'], scope: 'Node' });
  const kubectl = kubectlOf(await agents.kubeconfigOf('node-2'));
  // As its agent would, without end: what is renewed is believed.
  const lie = async (): Promise<string> => {
    const listening = Array.from({ length: 200 }, (_, at) => ({ protocol: 'TCP', port: 16_500 + at }));
    const spec = { ephemeral: '1-65535', listening, sockets: 200, renewTime: new Date().toISOString() };
    const metadata = { name: 'node-2' };
    const report = { apiVersion: 'hostport.io/v1alpha1', kind: 'NodeReport', metadata, spec };
    return succeed(kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], report));
  };
  const believed = (pool: string, shown: Partial<PortPoolStatus>) => {
    const read = async (): Promise<Partial<PortPoolStatus>> => {
      await lie();
      return (await hostport.objects.findPool(pool))?.status ?? {};
    };
    const isShown = (status: Partial<PortPoolStatus>): boolean => isDeepStrictEqual({ ...status, ...shown }, status);
    return hostport.eventually(read, isShown, `pool ${pool} shows ${JSON.stringify(shown)} while the node lies`);
  };
  await believed('wide', { blocked: 64 });
  await hostport.apply(allocation('honest', { poolName: 'wide', ports: [{ name: 'game' }] }));
  expect(await numbersGiven(hostport, 'honest')).toEqual([16_564]);
  const { message } = await poolCondition(hostport, 'wide', { type: 'ListenersIgnored' });
  expect(message).toContain('node "node-2" reports processes on more than 64 numbers');
  expect((await poolCondition(hostport, 'wide', { type: 'NodesOverlap' })).message).toContain('node "node-2" may take');
  expect(await poolCondition(hostport, 'wide', { type: 'Ready' })).toMatchObject({ status: 'True' });
  await poolShows(hostport, 'wide', { capacity: 200 });
  // Nothing is left on that node, and everything on the other.
  await believed('narrow-by-node', { capacity: 10, free: 10 });
  const port = [{ name: 'game' }];
  await hostport.apply(allocation('there', { poolName: 'narrow-by-node', nodeName: 'node-2', ports: port }));
  await expectRefusal(hostport, 'there', { reason: 'PoolExhausted', says: ['narrow-by-node'] });
  await hostport.apply(allocation('here', { poolName: 'narrow-by-node', nodeName: 'node-1', ports: port }));
  expect(await numbersGiven(hostport, 'here')).toHaveLength(1);
});

test('an agent that is killed is believed no longer than its last report lives', async () => {
  await using _held = await listenOn(7102);
  await agents.reported('node-1', 7102);
  await ask('patient', 'node-1', { port: 7102 });
  await expectRefusal(hostport, 'patient', { reason: 'PortHeld', says: ['7102'] });
  await agent.kill('SIGKILL');
  expect((await agents.report('node-1'))?.spec.listening).toContainEqual(expect.objectContaining({ port: 7102 }));
  expect(await hostport.objects.given('patient', 'default', 60_000)).toMatchObject([{ port: 7102 }]);
});

test('an agent that is told to stop does so at once, and has nothing to complain of', async () => {
  const restarted = await agents.start('node-1');
  await agents.reportedAgain('node-1', 1);
  expect(await restarted.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  expect(restarted.log()).not.toMatch(/"level":"(?:warn|error)"/);
});
