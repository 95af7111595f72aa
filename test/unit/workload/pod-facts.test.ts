import { describe, expect, test } from '@jest/globals';
import type { Container, ContainerStatus, Pod, PodSpec, PodStatus } from '../../../src/kube/index.ts';
import {
  controllerOf,
  demandedHostPorts,
  forbidsHostPorts,
  mayUsePorts,
  ordinalOf,
  warningsFor,
} from '../../../src/workload/index.ts';
import { allocator, asking, container, controller, pod, port, requestOf, statefulSet } from './pods.ts';

const POD_INDEX = 'apps.kubernetes.io/pod-index';
const COMPLETION = 'batch.kubernetes.io/job-completion-index';
const job = controller('batch/v1', 'Job');

describe('the ordinal of a pod', () => {
  test.each([
    ['of a StatefulSet', { owner: statefulSet, labels: { [POD_INDEX]: '3' } }, 3],
    ['of an Indexed Job, by its label', { owner: job, labels: { [COMPLETION]: '0' } }, 0],
    ['of an Indexed Job, by its annotation', { owner: job, annotations: { [COMPLETION]: '12' } }, 12],
  ])('%s', (_, parts, ordinal) => {
    expect(ordinalOf(pod([], parts))).toBe(ordinal);
  });

  test.each([
    ['by its name', { owner: statefulSet }],
    ['by a label that somebody wrote', { labels: { [POD_INDEX]: '3' } }],
    [
      'of another kind of that name',
      { owner: controller('example.com/v1', 'StatefulSet'), labels: { [POD_INDEX]: '3' } },
    ],
    ['of a Deployment', { owner: controller('apps/v1', 'ReplicaSet'), labels: { [POD_INDEX]: '3' } }],
    ['of a Job with the label of a StatefulSet', { owner: job, labels: { [POD_INDEX]: '3' } }],
    ['from rubbish', { owner: statefulSet, labels: { [POD_INDEX]: '-1' } }],
    ['from nothing', { owner: statefulSet, labels: { [POD_INDEX]: '' } }],
  ])('is not known %s', (_, parts) => {
    expect(ordinalOf(pod([], parts))).toBeUndefined();
  });
});

describe('the controller of a pod', () => {
  test('is the owner that says so', () => {
    const ownerReferences = [
      { ...job, controller: false },
      { ...statefulSet, blockOwnerDeletion: true },
    ];
    expect(controllerOf(pod([], { meta: { ownerReferences } }))).toEqual({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      name: 'game',
      uid: 'uid-of-game',
    });
  });

  test('is nobody otherwise', () => {
    expect(controllerOf(pod([]))).toBeUndefined();
    expect(controllerOf(pod([], { owner: { ...job, controller: false } }))).toBeUndefined();
  });
});

describe('a pod', () => {
  const bound: Partial<PodSpec> = { nodeName: 'n1' };
  const going = { deletionTimestamp: '2026-11-21T00:00:00Z' };
  const running: ContainerStatus = { name: 'game', state: { running: {} } };
  const ended: ContainerStatus = { name: 'game', state: { terminated: { exitCode: 0 } } };
  const waiting: ContainerStatus = { name: 'game', state: { waiting: { reason: 'CrashLoopBackOff' } } };
  const initializing: ContainerStatus = { name: 'game', state: { waiting: { reason: 'PodInitializing' } } };
  const init = (exitCode: number): ContainerStatus => ({ name: 'init', state: { terminated: { exitCode } } });

  interface Where {
    readonly spec?: Partial<PodSpec>;
    readonly meta?: { readonly deletionTimestamp: string };
  }
  const atWork: Where = { spec: bound };
  const ending: Where = { spec: bound, meta: going };
  const endingWithInit: Where = { ...ending, spec: { ...bound, initContainers: [container('init')] } };

  test.each<[string, PodStatus, Where, 'running' | 'ended']>([
    ['that succeeded', { phase: 'Succeeded' }, atWork, 'ended'],
    ['that failed', { phase: 'Failed' }, atWork, 'ended'],
    ['that runs', { phase: 'Running', containerStatuses: [running] }, atWork, 'running'],
    ['whose containers have ended, and may be started again', { containerStatuses: [ended] }, atWork, 'running'],
    ['that waits for a node', { phase: 'Pending' }, {}, 'running'],
    ['that is terminating and never came to a node', { phase: 'Pending' }, { meta: going }, 'ended'],
    ['that is terminating and of which nothing is reported', { phase: 'Pending' }, ending, 'running'],
    ['that is terminating and runs', { containerStatuses: [running] }, ending, 'running'],
    ['that is terminating and has ended', { containerStatuses: [ended] }, ending, 'ended'],
    ['that is terminating and waits to be started again', { containerStatuses: [waiting] }, ending, 'running'],
    ['of which one container says nothing', { containerStatuses: [{ name: 'game' }] }, ending, 'running'],
    [
      'that is terminating, with a debugger in it',
      { containerStatuses: [ended], ephemeralContainerStatuses: [{ ...running, name: 'debug' }] },
      ending,
      'running',
    ],
    [
      'that is terminating, with a sidecar left',
      { containerStatuses: [ended], initContainerStatuses: [{ ...running, name: 'init' }] },
      endingWithInit,
      'running',
    ],
    [
      'that is terminating after its init container failed',
      { containerStatuses: [initializing], initContainerStatuses: [init(1)] },
      endingWithInit,
      'ended',
    ],
    [
      'that is terminating after its init container did its work',
      { containerStatuses: [initializing], initContainerStatuses: [init(0)] },
      endingWithInit,
      'running',
    ],
    ['that is terminating, one container not reported', { containerStatuses: [ended] }, endingWithInit, 'running'],
  ])('%s', (_, status, where, state) => {
    expect(mayUsePorts(pod([container('game')], { status, ...where })) ? 'running' : 'ended').toBe(state);
  });

  test('without any status runs', () => {
    expect(mayUsePorts(pod([container('game')], { spec: bound, meta: going }))).toBe(true);
  });
});

describe('a namespace', () => {
  const label = 'pod-security.kubernetes.io/enforce';

  test.each([
    ['baseline', `${label}=baseline`],
    ['restricted', `${label}=restricted`],
    ['Privileged', `${label}=Privileged`],
    ['', `${label}=`],
    ['privileged', undefined],
  ])('with level "%s" forbids host ports by %s', (level, text) => {
    expect(forbidsHostPorts({ [label]: level, other: 'x' })).toBe(text);
  });

  test('without the label forbids nothing', () => {
    expect(forbidsHostPorts({ 'pod-security.kubernetes.io/warn': 'restricted' })).toBeUndefined();
    expect(forbidsHostPorts(undefined)).toBeUndefined();
  });
});

describe('ports of the host', () => {
  const text = allocator({ name: 'grpc', env: 'GRPC_PORT' }, { name: 'rtp', env: 'RTP' });

  test.each<[string, Readonly<Record<string, string>>, Partial<PodSpec>, readonly string[]]>([
    [
      'all that were asked for, on the host network',
      { 'port-allocator': text },
      { hostNetwork: true },
      ['grpc', 'rtp'],
    ],
    ['those that a container declares', { 'port-allocator': text }, {}, ['grpc']],
    ['every port of an enabled pod', { enabled: 'true', network: 'Pod' }, {}, ['grpc']],
  ])('are %s', (_, settings, spec, expected) => {
    const of = pod([container('game', [port('grpc', 9000)])], { annotations: asking(settings), spec });
    expect(demandedHostPorts(requestOf(of)).map(({ name }) => name)).toEqual(expected);
  });
});

describe('a warning', () => {
  const game = container('game', [port('grpc', 9000)]);
  const bare = container('game');
  const onHost: Partial<PodSpec> = { hostNetwork: true };
  const shared = { 'port-allocator': allocator({ name: 'grpc', env: 'GRPC_PORT', scope: 'RoleScoped' }) };
  const each = { 'port-allocator': allocator({ name: 'grpc', env: 'GRPC_PORT', scope: 'PodScoped' }) };
  const ON = { enabled: 'true' };
  const of = (main: Container, settings: Readonly<Record<string, string>>, spec: Partial<PodSpec> = {}) =>
    pod([main], { annotations: asking(settings), spec });

  const HOST = 'NetworkPolicies for pods do not apply';
  const ONE = 'each node can run only one of them';
  const NONE = 'no container declares a port';

  test.each<[string, Pod, readonly string[]]>([
    ['of the host network', of(game, ON), [HOST]],
    ['not where the user is there already', of(game, ON, onHost), []],
    ['not on the network of the pod', of(game, { ...ON, network: 'Pod' }), []],
    ['of no ports at all', of(bare, ON), [NONE]],
    ['of a shared host port', of(game, shared), [ONE]],
    ['not of a shared number that is no host port', of(bare, shared), []],
    ['of a shared number on the host network', of(bare, shared, onHost), [ONE]],
    ['not of a number for each pod', of(game, each, onHost), []],
    ['of both', of(game, { ...ON, ...shared }), [HOST, ONE]],
  ])('%s', (_, warned, expected) => {
    const warnings = warningsFor(requestOf(warned));
    expect(warnings).toEqual(expected.map((text) => expect.stringContaining(text)));
    expect(warnings.filter((text) => text.length >= 120)).toEqual([]);
  });
});
