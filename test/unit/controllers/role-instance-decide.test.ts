import { describe, expect, test } from '@jest/globals';
import { decideRestart, planPods, viewPod } from '../../../src/controllers/role-instance/index.ts';
import type {
  DesiredPod,
  PodSituation,
  PodView,
  RestartSituation,
} from '../../../src/controllers/role-instance/index.ts';
import type { Pod } from '../../../src/kube/index.ts';

const now = Date.parse('2026-01-01T01:00:00Z');

function pod(name: string, more: Partial<PodView> = {}): PodView {
  return {
    name,
    uid: `uid-${name}`,
    component: name.slice(0, 1),
    revision: 'new',
    restarts: 0,
    owner: 'ours',
    isTerminating: false,
    isReady: true,
    wasRestarted: false,
    isOver: false,
    createdMs: now - 60_000,
    ...more,
  };
}

function desired(name: string, hasNumbers = true): DesiredPod {
  return { name, component: name.slice(0, 1), index: Number(name.slice(1)), revision: 'new', hasNumbers };
}

function plan(pods: readonly PodView[], more: Partial<PodSituation> = {}) {
  const situation = {
    desired: [desired('a0'), desired('b0'), desired('b1')],
    restarts: 0,
    together: false,
    inBackOff: false,
  };
  const { create, remove, adopt, taken, againMs } = planPods({ ...situation, pods, nowMs: now, ...more });
  const names = (some: readonly { readonly name: string }[]) => some.map(({ name }) => name).join(' ');
  return { create: names(create), remove: names(remove), adopt: names(adopt), taken: taken.join(' '), againMs };
}

const nothing = { create: '', remove: '', adopt: '', taken: '', againMs: undefined };
const rest = [pod('b0'), pod('b1')];

describe('the pods of an instance', () => {
  test.each<[string, readonly PodView[], Partial<PodSituation>, Partial<ReturnType<typeof plan>>]>([
    ['all are made', [], {}, { create: 'a0 b0 b1' }],
    ['none is made without its numbers', [], { desired: [desired('a0', false), desired('b0')] }, { create: 'b0' }],
    ['all is well', [pod('a0'), ...rest], {}, {}],
    ['one is missing', [...rest], {}, { create: 'a0' }],
    ['one is on its way out', [pod('a0', { isTerminating: true }), ...rest], {}, {}],
    ['one has failed', [pod('a0', { isOver: true, wasRestarted: true }), ...rest], {}, { remove: 'a0' }],
    ['one has failed at once', [pod('a0', { isOver: true, createdMs: now - 1_000 }), ...rest], {}, { againMs: 4_000 }],
    ['one is of a former template', [pod('a0', { revision: 'old' }), ...rest], {}, { remove: 'a0' }],
    [
      'one is of a former template, and they belong together',
      [pod('a0', { revision: 'old' }), ...rest],
      { together: true },
      { remove: 'a0 b0 b1' },
    ],
    ['one too many', [pod('a0'), ...rest, pod('b2')], {}, { remove: 'b2' }],
    ['one that nobody controls', [pod('a0', { owner: 'nobody' }), ...rest], {}, { adopt: 'a0' }],
    [
      'one of that label and another name that nobody controls',
      [pod('a0'), ...rest, pod('x0', { owner: 'nobody' })],
      {},
      {},
    ],
    ["somebody else's", [pod('a0', { owner: 'other' }), ...rest], {}, { taken: 'a0' }],
    ['all were restarted', [pod('a0'), ...rest], { restarts: 1 }, { remove: 'a0 b0 b1' }],
    ['the last of before is still there', [pod('a0', { isTerminating: true })], { restarts: 1 }, {}],
    ['all of before are gone', [pod('a0', { restarts: 1 })], { restarts: 1 }, { create: 'b0 b1' }],
    [
      'one failed, and all wait to be restarted',
      [pod('a0', { isOver: true, wasRestarted: true }), ...rest],
      { inBackOff: true },
      {},
    ],
  ])('%s', (_, pods, more, expected) => {
    expect(plan(pods, more)).toEqual({ ...nothing, ...expected });
  });
});

describe('a restart of all pods', () => {
  const policy = { type: 'RecreateInstanceOnPodRestart', baseDelaySeconds: 30, maxDelaySeconds: 100 } as const;
  const restarted = [pod('a0', { wasRestarted: true }), pod('b0')];
  const agoSeconds = (seconds: number): string => new Date(now - seconds * 1000).toISOString();
  const decide = (more: Partial<RestartSituation>) =>
    decideRestart({ policy, status: {}, pods: restarted, nowMs: now, ...more });

  test.each<[string, Partial<RestartSituation>, object]>([
    ['not without a cause', { pods: [pod('a0')] }, { kind: 'none' }],
    ['not where the policy is None', { policy: { ...policy, type: 'None' } }, { kind: 'none' }],
    ['at once at first', {}, { kind: 'restart', because: 'a0', restarts: 1, consecutive: 1 }],
    ['not for a pod that goes', { pods: [pod('a0', { wasRestarted: true, isTerminating: true })] }, { kind: 'none' }],
    ['not for one of before', { status: { restarts: 1 } }, { kind: 'none' }],
    [
      'the second time after the base delay',
      { status: { restarts: 0, consecutiveRestarts: 1, lastRestartTime: agoSeconds(10) } },
      { kind: 'backOff', because: 'a0', waitMs: 20_000 },
    ],
    [
      'then it counts on',
      { status: { restarts: 0, consecutiveRestarts: 1, lastRestartTime: agoSeconds(31) } },
      { kind: 'restart', because: 'a0', restarts: 1, consecutive: 2 },
    ],
    [
      'no later than the longest delay',
      { status: { restarts: 0, consecutiveRestarts: 9, lastRestartTime: agoSeconds(90) } },
      { kind: 'backOff', because: 'a0', waitMs: 10_000 },
    ],
    [
      'anew after a long time without',
      { status: { restarts: 0, consecutiveRestarts: 9, lastRestartTime: agoSeconds(601) } },
      { kind: 'restart', because: 'a0', restarts: 1, consecutive: 1 },
    ],
    [
      'with a count beyond that of any pod, though the status was lost',
      { pods: [pod('a0', { wasRestarted: true, restarts: 4 })] },
      { kind: 'restart', because: 'a0', restarts: 5, consecutive: 1 },
    ],
  ])('%s', (_, more, expected) => {
    expect(decide(more)).toEqual(expected);
  });
});

describe('a pod, seen by its instance,', () => {
  const stored = (more: object, metadata: object = {}): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'a0',
      namespace: 'n',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...metadata,
    },
    spec: {
      containers: [{ name: 'main' }],
      initContainers: [{ name: 'first' }, { name: 'beside', restartPolicy: 'Always' }],
    },
    ...more,
  });
  const owner = (uid: string) => ({
    ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid, controller: true }],
  });
  const ran = (name: string, restartCount: number) => ({ name, restartCount });
  test.each<[string, Pod, Partial<PodView>]>([
    ['is its own', stored({}, owner('me')), { owner: 'ours' }],
    ["is somebody else's", stored({}, owner('you')), { owner: 'other' }],
    ['is nobody’s', stored({}), { owner: 'nobody', isReady: false, wasRestarted: false, isOver: false }],
    ['is ready', stored({ status: { conditions: [{ type: 'Ready', status: 'True' }] } }), { isReady: true }],
    ['failed', stored({ status: { phase: 'Failed' } }), { isOver: true, wasRestarted: true }],
    ['finished', stored({ status: { phase: 'Succeeded' } }), { isOver: true, wasRestarted: false }],
    ['was restarted', stored({ status: { containerStatuses: [ran('main', 1)] } }), { wasRestarted: true }],
    [
      'had a sidecar restarted',
      stored({ status: { initContainerStatuses: [ran('beside', 1)] } }),
      { wasRestarted: true },
    ],
    [
      'needed two tries to begin',
      stored({ status: { initContainerStatuses: [ran('first', 1)] } }),
      { wasRestarted: false },
    ],
  ])('%s', (_, object, expected) => {
    expect(viewPod(object, 'me')).toMatchObject(expected);
  });
});
