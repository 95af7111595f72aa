import { isCancellation, pause } from '../../src/base/cancellation.ts';
import { systemClock as clock } from '../../src/base/clock.ts';
import type { Random } from '../../src/base/random.ts';
import { Pods, isApiError } from '../../src/kube/index.ts';
import type { Draft, KubeObject, ObjectKey, ResourceType } from '../../src/kube/index.ts';
import { happens, pick, several, within } from './chance.ts';
import { kinds } from './hostile-objects.ts';
import type { HostileKind } from './hostile-objects.ts';
import type { Tally } from './tally.ts';
import type { Tenant } from './tenant.ts';
import { annotationsOf, nameOf } from './words.ts';

/** Between two acts of one hand, in milliseconds. */
const PAUSE = [20, 400] as const;

/** Pods that are created at once. */
const BURST = 25;

/** Long enough for an answer that comes at all. */
const TRY_MS = 12_000;

/** What a hostile tenant is made of. */
export interface HostileParts {
  readonly tenant: Tenant;
  readonly random: Random;
  readonly tally: Tally;
}

/** One thing that somebody does. */
type Act = (parts: HostileParts, kind: HostileKind, signal: AbortSignal) => Promise<unknown>;

const acts: readonly (readonly [name: string, weight: number, act: Act])[] = [
  ['hostile creates', 10, create],
  ['annotations forged', 4, annotate],
  ['specs edited', 3, edit],
  ['finalizers patched', 3, dropFinalizers],
  ['deletions', 5, remove],
  ['forced deletions', 3, removeByForce],
  ['evictions', 1, evict],
  ['bursts', 1, burst],
];

const byWeight = acts.flatMap((act) => several(act[1], () => act));
const kindsByWeight = kinds.flatMap((kind) => several(kind.weight, () => kind));

/** Does one thing after the other until `signal` aborts; what it is answered doesn't matter. */
export async function misbehave(parts: HostileParts, signal: AbortSignal): Promise<void> {
  const { random, tally } = parts;
  while (!signal.aborted) {
    const [name, , act] = pick(random, byWeight);
    const kind = pick(random, kindsByWeight);
    try {
      await act(parts, kind, signal);
      tally.count(name);
    } catch (error) {
      if (isCancellation(error, signal)) return;
      tally.count(isApiError(error, 'unavailable') ? 'unanswered' : 'refused');
    }
    await pause(clock, within(random, PAUSE), signal).catch(() => undefined);
  }
}

function create({ tenant, random }: HostileParts, { type, make }: HostileKind, signal: AbortSignal) {
  const object = make(random);
  // Whatever stands in it, it goes to the API server as it is.
  const draft = {
    ...object,
    metadata: { ...object.metadata, namespace: tenant.namespace },
  } as unknown as Draft<KubeObject>;
  return tenant.client.create(type, draft, { signal, timeoutMs: TRY_MS });
}

function annotate(parts: HostileParts, kind: HostileKind, signal: AbortSignal) {
  const taken = happens(parts.random, 30) ? { 'hostport.io/allocation': null } : {};
  return merge(parts, kind, { metadata: { annotations: { ...annotationsOf(parts.random), ...taken } } }, signal);
}

function edit(parts: HostileParts, kind: HostileKind, signal: AbortSignal) {
  return merge(parts, kind, { spec: kind.make(parts.random).spec }, signal);
}

function dropFinalizers(parts: HostileParts, kind: HostileKind, signal: AbortSignal) {
  return merge(parts, kind, { metadata: { finalizers: null } }, signal);
}

function merge({ tenant, random }: HostileParts, { type }: HostileKind, body: object, signal: AbortSignal) {
  return tenant.client.patch(type, keyIn(tenant, random), { type: 'merge', body, signal, timeoutMs: TRY_MS });
}

function remove({ tenant, random }: HostileParts, { type }: HostileKind, signal: AbortSignal) {
  const propagationPolicy = pick(random, ['Background', 'Foreground', 'Orphan'] as const);
  return tenant.client.remove(type, keyIn(tenant, random), { signal, timeoutMs: TRY_MS, propagationPolicy });
}

function removeByForce({ tenant, random }: HostileParts, { type }: HostileKind, signal: AbortSignal) {
  return tenant.client.remove(type, keyIn(tenant, random), { signal, timeoutMs: TRY_MS, gracePeriodSeconds: 0 });
}

function evict({ tenant, random }: HostileParts, _: HostileKind, signal: AbortSignal) {
  const { name } = keyIn(tenant, random);
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: tenant.namespace } };
  const request = { subresource: 'eviction', body, signal, timeoutMs: TRY_MS };
  return tenant.client.createSubresource(Pods, { namespace: tenant.namespace, name }, request);
}

async function burst(parts: HostileParts, _: HostileKind, signal: AbortSignal): Promise<void> {
  const pods = kinds.find(({ type }) => type === (Pods as ResourceType));
  if (pods === undefined) return;
  await Promise.allSettled(several(BURST, () => create(parts, pods, signal)));
}

function keyIn({ namespace }: Tenant, random: Random): ObjectKey {
  return { namespace, name: nameOf(random) };
}
