import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { silentLogger } from '../../../src/base/logger.ts';
import { ok } from '../../../src/base/result.ts';
import type { BindingAdmissionParts } from '../../../src/webhook/binding-admission.ts';
import { readBindingReview } from '../../../src/webhook/binding-review.ts';
import type { BindingReview } from '../../../src/webhook/binding-review.ts';
import { BindingAdmission, bindingRoute } from '../../../src/webhook/index.ts';
import type { Pod } from '../../../src/kube/index.ts';
import { deferPorts } from '../../../src/workload/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { asking, container, pod, port, requestOf } from '../workload/pods.ts';
import { reviewOf } from './reviews.ts';

const never = new AbortController().signal;
const server = container('server', [port('http', 8080)]);
const plain = pod([server]);
const asked = pod([server], { annotations: asking({ enabled: 'true', pool: 'nodes' }) });
const promised = deferPorts(requestOf(asked), { poolName: 'nodes', reservation: 'token' });

/** An AdmissionReview of the Binding of {@link plain} to node n1. */
function bindingOf(change: object = {}, metadata: object = {}): Record<string, unknown> {
  const object = {
    metadata: { name: 'match-7', namespace: 'arena', uid: 'uid-7', ...metadata },
    target: { kind: 'Node', name: 'n1' },
  };
  const resource = { group: '', version: 'v1', resource: 'pods' };
  return reviewOf(object, { resource, subResource: 'binding', name: 'match-7', ...change });
}

function read(body: unknown): BindingReview {
  const review = readBindingReview(body);
  if (!review.ok) throw new Error(review.error);
  return review.value;
}

describe('a review of a Binding', () => {
  test.each<readonly [string, unknown, Partial<BindingReview>]>([
    ['of a scheduler', bindingOf(), { podName: 'match-7', podUid: 'uid-7', nodeName: 'n1', dryRun: false }],
    [
      'by the legacy resource',
      bindingOf({ resource: { group: '', version: 'v1', resource: 'bindings' }, subResource: undefined }),
      { podName: 'match-7', nodeName: 'n1' },
    ],
    ['without a UID', bindingOf({}, { uid: undefined }), { podUid: undefined }],
    ['with an empty one', bindingOf({}, { uid: '' }), { podUid: undefined }],
    ['for trial', bindingOf({ dryRun: true }), { dryRun: true }],
    [
      'to something else than a node',
      bindingOf({ object: { metadata: { name: 'match-7' }, target: { kind: 'Pod', name: 'x' } } }),
      { nodeName: undefined },
    ],
    [
      'to nothing',
      bindingOf({ object: { metadata: { name: 'match-7' }, target: { kind: 'Node', name: '' } } }),
      { nodeName: undefined },
    ],
  ])('%s is read', (_, body, expected) => {
    expect(read(JSON.parse(JSON.stringify(body)))).toMatchObject(expected);
  });

  test.each<readonly [string, unknown, string]>([
    ['of an update', bindingOf({ operation: 'UPDATE' }), 'request.operation'],
    ['of another resource', bindingOf({ resource: { group: 'apps', resource: 'pods' } }), 'request.resource.group'],
    ['without a target', bindingOf({ object: { metadata: { name: 'x' } } }), 'request.object.target'],
    ['of no pod', bindingOf({ name: undefined, object: { metadata: {}, target: { name: 'n1' } } }), 'names no pod'],
  ])('%s is refused', (_, body, says) => {
    expect(readBindingReview(JSON.parse(JSON.stringify(body)))).toMatchObject({
      ok: false,
      error: expect.stringContaining(says),
    });
  });

  test('is answered whatever it is', async () => {
    const admission = { admit: async () => Promise.reject(new Error('nobody is to be asked')) };
    const route = bindingRoute({ admission, clock: new FakeClock(), log: silentLogger, observe: () => undefined });
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.anything(), fc.jsonValue()), async (body) => {
        expect(await route(body, never, {})).toMatchObject({ response: { uid: '', allowed: false } });
      }),
      { numRuns: 300 },
    );
  });

  test('is answered with what the pod is told, in place of what others said in our name', async () => {
    const told = { 'hostport.io/allocated-http': '7000' };
    const admission = { admit: async () => Promise.resolve(ok(told)) };
    const route = bindingRoute({ admission, clock: new FakeClock(), log: silentLogger, observe: () => undefined });
    const annotations = { 'hostport.io/allocated-http': '22', 'hostport.io/node-pool': 'x', 'example.com/a': 'b' };
    const answer = (await route(bindingOf({}, { annotations }), never, {})) as { response: { patch: string } };
    expect(JSON.parse(Buffer.from(answer.response.patch, 'base64').toString())).toEqual([
      { op: 'add', path: '/metadata/annotations', value: { 'example.com/a': 'b', ...told } },
    ]);
  });
});

describe('which pod is meant', () => {
  /** The answer when the cache shows `cached` and the API server has `live`, and how often the API server is asked. */
  async function answerTo(
    review: BindingReview,
    { cached, live, holds = false }: { readonly cached?: Pod; readonly live?: Pod; readonly holds?: boolean },
  ): Promise<{ readonly answer: unknown; readonly reads: number; readonly reserved: readonly unknown[] }> {
    let reads = 0;
    const reserved: unknown[] = [];
    // A real cluster can't be made to have a watch that is behind.
    const parts = {
      client: {
        find: async () => {
          reads++;
          return Promise.resolve(live);
        },
      },
      pods: { get: () => cached },
      allocator: {
        claimsByDomain: () => new Map(holds ? [['n1', []]] : []),
        reserve: async (ask: { nodeName: string; holder: { uid: string } }) => {
          reserved.push([ask.nodeName, ask.holder.uid]);
          const ports = [{ name: 'http', protocols: 1, address: '', number: 7000, count: 1 }];
          return Promise.resolve(ok({ poolName: 'nodes', ports }));
        },
      },
      clock: new FakeClock(),
      reservationLifeMs: 45_000,
    } as unknown as BindingAdmissionParts;
    const answer = await new BindingAdmission(parts).admit(review, never);
    return { answer, reads, reserved };
  }

  const here = [['n1', 'uid-7']];
  const given = ok({ 'hostport.io/allocated-http': '7000' });
  const another = { ...plain, metadata: { ...plain.metadata, uid: 'uid-6' } };

  test.each<readonly [string, Parameters<typeof answerTo>[1], object]>([
    ['one that asked for nothing costs nothing', { cached: plain }, { answer: ok({}), reads: 0, reserved: [] }],
    ['one that asked is given numbers', { cached: promised }, { answer: given, reads: 0, reserved: here }],
    ['one that the cache lacks is read', { live: promised }, { answer: given, reads: 1, reserved: here }],
    [
      'one whose name the cache has of an earlier pod is read',
      { cached: another, live: promised },
      { answer: given, reads: 1, reserved: here },
    ],
    ['one that isn’t there is the API server’s to refuse', {}, { answer: ok({}), reads: 1, reserved: [] }],
    ['and so is one of another UID', { live: another }, { answer: ok({}), reads: 1, reserved: [] }],
    [
      'one that has numbers somewhere may be bound by now, and is read',
      { cached: promised, live: { ...promised, spec: { ...promised.spec, nodeName: 'n2' } }, holds: true },
      { answer: { ok: false, error: { reason: 'InvalidRequest' } }, reads: 1, reserved: [] },
    ],
  ])('%s', async (_, world, expected) => {
    expect(await answerTo(read(bindingOf()), world)).toMatchObject(expected);
  });

  test('without a UID the API server is asked whom the name is of', async () => {
    const nameless = read(JSON.parse(JSON.stringify(bindingOf({}, { uid: undefined }))));
    expect(await answerTo(nameless, { cached: plain, live: promised })).toMatchObject({ answer: given, reads: 1 });
  });
});
