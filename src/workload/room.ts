import { ROOM_PREFIX } from '../api/index.ts';
import type { Container, Pod } from '../kube/index.ts';
import { hasFinished } from './pod-facts.ts';

const DECIMAL = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const QUANTITY = /^(\d+(?:\.\d+)?)(?:(k|[MGTPE]|[KMGTPE]i)|[eE](\d{1,2}))?$/;

/** The amount of each extended resource of room that a node has, or a pod requests. */
export type Room = ReadonlyMap<string, number>;

/**
 * The whole number of a quantity; undefined if it isn't one. The API server writes 1000 as `1k` (apimachinery,
 * `resource.Quantity`).
 */
function countIn(quantity: string): number | undefined {
  const match = QUANTITY.exec(quantity);
  if (match === null) return undefined;
  const [, digits, suffix = '', exponent = '0'] = match;
  const factor = suffix.endsWith('i') ? 1024 ** BINARY.indexOf(suffix) : 1000 ** DECIMAL.indexOf(suffix);
  return Math.ceil(Number(digits) * factor * 10 ** Number(exponent));
}

/** The resources of room among `resources`, such as the capacity of a node. An unreadable amount counts as nothing. */
export function roomIn(resources: Readonly<Record<string, string>> = {}): Room {
  const room = Object.entries(resources).filter(([name]) => name.startsWith(ROOM_PREFIX));
  return new Map(room.map(([name, quantity]) => [name, countIn(quantity) ?? 0]));
}

/**
 * How much room the scheduler counts for `pod`: the sum of its containers, or the largest init container if that is
 * more; a sidecar counts with the containers (KEP-753). None for a finished pod.
 */
export function requestedRoom(pod: Pod): Room {
  if (hasFinished(pod)) return new Map();
  const { spec } = pod;
  const lasting = new Map<string, number>();
  const atStart = new Map<string, number>();
  for (const container of spec.initContainers ?? []) {
    for (const [name, count] of requestsOf(container)) {
      const beside = lasting.get(name) ?? 0;
      if (container.restartPolicy === 'Always') lasting.set(name, beside + count);
      else atStart.set(name, Math.max(atStart.get(name) ?? 0, beside + count));
    }
  }
  for (const container of spec.containers) {
    for (const [name, count] of requestsOf(container)) lasting.set(name, (lasting.get(name) ?? 0) + count);
  }
  const names = new Set([...lasting.keys(), ...atStart.keys()]);
  return new Map([...names].map((name) => [name, Math.max(lasting.get(name) ?? 0, atStart.get(name) ?? 0)]));
}

function requestsOf({ resources }: Container): Room {
  return roomIn(resources?.requests);
}

/** How much of a resource a container requests, as Kubernetes quantities; absent: nothing. */
interface Amounts {
  readonly requests?: string | undefined;
  readonly limits?: string | undefined;
}

const SIDES = ['requests', 'limits'] as const;

/** The amounts of `resource` for which `container` asks. */
export function amountsOf({ resources = {} }: Container, resource: string): Amounts {
  return { requests: resources.requests?.[resource], limits: resources.limits?.[resource] };
}

/** `container` with `amounts` of `resource`, and its other amounts unchanged. */
export function withResource(container: Container, resource: string, amounts: Amounts): Container {
  const { resources: before = {}, ...rest } = container;
  const sides = SIDES.map((side) => {
    const { [resource]: _, ...others } = before[side] ?? {};
    const amount = amounts[side];
    return [side, amount === undefined ? others : { ...others, [resource]: amount }] as const;
  });
  const { requests: _requests, limits: _limits, ...more } = before;
  const kept = sides.filter(([, quantities]) => Object.keys(quantities).length > 0);
  const resources = { ...more, ...Object.fromEntries(kept) };
  return container.resources === undefined && Object.keys(resources).length === 0 ? rest : { ...rest, resources };
}
