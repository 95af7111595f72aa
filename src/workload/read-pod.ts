import { podAnnotations } from '../api/index.ts';
import type { Refusal } from '../core/index.ts';
import type { Pod } from '../kube/index.ts';
import { isServed } from './annotations.ts';
import { demandOf } from './demand.ts';
import { isOfRbg } from './pod-facts.ts';
import { readPodSettings } from './settings.ts';
import type { PodSettings } from './settings.ts';
import { withoutInjection } from './without-injection.ts';
import type { PodDemand } from './demand.ts';

/** A pod that asks for ports, as {@link readPod} finds it. Everything that decides about the pod takes this one value. */
export interface PodRequest {
  /** The pod as its user wrote it, without anything that Hostport wrote into it. */
  readonly original: Pod;
  readonly settings: PodSettings;
  /** The numbers that it needs. */
  readonly demand: PodDemand;
}

/**
 * What {@link readPod} finds: no request, a request, or one that must be refused, with its settings if those could be
 * read.
 */
export type PodReading =
  | { readonly kind: 'none'; readonly original: Pod }
  | ({ readonly kind: 'request' } & PodRequest)
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly settings?: PodSettings };

/**
 * Reads `pod`, which may carry results of an earlier review: how its user wrote it, what it asks for, and which numbers
 * it needs.
 */
export function readPod(pod: Pod): PodReading {
  const original = withoutInjection(pod);
  const settings = readPodSettings(leavesPortsToRbg(pod) ? withoutRbgSetting(original) : original);
  if (!settings.ok) return { kind: 'refused', refusal: settings.error };
  if (settings.value === undefined) return { kind: 'none', original };
  const demand = demandOf(original, settings.value);
  if (!demand.ok) return { kind: 'refused', refusal: demand.error, settings: settings.value };
  return { kind: 'request', original, settings: settings.value, demand: demand.value };
}

/** Whether RoleBasedGroup gives `pod` its ports. Pods of it that an earlier version served keep their numbers. */
function leavesPortsToRbg(pod: Pod): boolean {
  return isOfRbg(pod) && !isServed(pod);
}

function withoutRbgSetting({ metadata, ...pod }: Pod): Pod {
  const { [podAnnotations.rbgPortAllocator]: _, ...annotations } = metadata.annotations ?? {};
  return { ...pod, metadata: { ...metadata, annotations } };
}
