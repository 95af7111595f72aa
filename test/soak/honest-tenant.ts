import { isCancellation, pause } from '../../src/base/cancellation.ts';
import { systemClock as clock } from '../../src/base/clock.ts';
import type { Random } from '../../src/base/random.ts';
import { podAnnotations } from '../../src/api/index.ts';
import { Pods, isApiError } from '../../src/kube/index.ts';
import type { Draft, Pod } from '../../src/kube/index.ts';
import { within } from './chance.ts';
import type { ServingTime } from './serving-time.ts';
import type { Tally } from './tally.ts';
import type { Tenant } from './tenant.ts';

/**
 * Within how much serving time (see {@link ServingTime}) a pod that was asked for is there with its numbers, in
 * milliseconds, tries again included: a person's, or a controller's, first try may meet the moment of a fault.
 */
const SERVED_MS = 10_000;

/** One try, in milliseconds, and how long after it the next one comes. */
const TRY_MS = 5_000;
const AGAIN_MS = 200;

/** How long a pod lives. */
const LIFE = [2_000, 15_000] as const;

/** What an honest tenant is made of. */
export interface HonestParts {
  readonly tenant: Tenant;
  readonly random: Random;
  readonly time: ServingTime;
  readonly tally: Tally;
  readonly breaches: string[];
}

/** Makes one pod after the other and ends it, until `signal` aborts. `hand` tells those who do so at once apart. */
export async function behave(parts: HonestParts, hand: number, signal: AbortSignal): Promise<void> {
  const { tenant, random } = parts;
  for (let turn = 0; !signal.aborted; turn++) {
    const name = `pod-${hand}-${turn}`;
    const key = { namespace: tenant.namespace, name };
    const pod = await served(parts, key, signal);
    check(parts, pod);
    await pause(clock, within(random, LIFE), signal);
    // What the deletion is told doesn't matter: all is cleared away at the end.
    const removing = tenant.client.remove(Pods, key, { signal, timeoutMs: TRY_MS, gracePeriodSeconds: 1 });
    await removing.catch(() => undefined);
  }
}

/** Tries until the pod is there. */
async function served({ tenant, time, tally, breaches }: HonestParts, key: Key, signal: AbortSignal): Promise<Pod> {
  const { client, namespace } = tenant;
  const began = time.ms;
  let isTold = false;
  for (;;) {
    let words: string;
    try {
      const pod = await client.create(Pods, podOf(key), { signal, timeoutMs: TRY_MS, retryForMs: 0 });
      tally.count('honest pods');
      return pod;
    } catch (error) {
      if (isCancellation(error, signal)) throw error;
      // A try that wasn't answered had been done.
      if (isApiError(error, 'alreadyExists')) return client.get(Pods, key, { signal });
      words = String(error);
    }
    if (!isTold && time.ms - began > SERVED_MS) {
      isTold = true;
      breaches.push(`${namespace}/${key.name} isn't served ${SERVED_MS / 1000} s after it was asked for: ${words}`);
    }
    await pause(clock, AGAIN_MS, signal);
  }
}

interface Key {
  readonly namespace: string;
  readonly name: string;
}

/** It was told a number for each port, and has it on its node. */
function check({ breaches }: HonestParts, { metadata, spec }: Pod): void {
  for (const { name = '', hostPort = 0 } of spec.containers.flatMap((container) => container.ports ?? [])) {
    const told = metadata.annotations?.[`${podAnnotations.allocatedPrefix}${name}`];
    if (hostPort === 0 || String(hostPort) !== told) {
      breaches.push(
        `${metadata.namespace}/${metadata.name} was told ${told ?? 'nothing'} for ${name}, and has ${hostPort}`,
      );
    }
  }
}

function podOf({ namespace, name }: Key): Draft<Pod> {
  const ports = [
    { name: 'game', containerPort: 7777, protocol: 'UDP' },
    { name: 'admin', containerPort: 8080 },
  ];
  return {
    metadata: { name, namespace, annotations: { [podAnnotations.enabled]: 'true' } },
    spec: { containers: [{ name: 'main', image: 'registry.k8s.io/pause:3.10', ports }] },
  };
}
