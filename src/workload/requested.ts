import { z } from 'zod';
import { KEY_PREFIX, podAnnotations } from '../api/index.ts';
import type { Pod } from '../kube/index.ts';
import { annotationsOf } from './annotations.ts';
import { portPaths } from './handlers.ts';

const port = z.object({
  name: z.string().exactOptional(),
  protocol: z.string().exactOptional(),
  containerPort: z.number(),
  hostPort: z.number().exactOptional(),
  hostIP: z.string().exactOptional(),
  /** The port was removed from the pod; its name is recorded only here. */
  away: z.literal(true).exactOptional(),
});

const container = z.object({
  name: z.string(),
  /** All of its ports. */
  ports: z.array(port).default([]),
  /** The ports that its probes and hooks called before they were changed. */
  calls: z.array(z.object({ at: z.enum(portPaths), port: z.number() })).default([]),
  /** The variables that were replaced. */
  env: z
    .array(
      z.object({ at: z.int().min(0), was: z.looseObject({ name: z.string(), value: z.string().exactOptional() }) }),
    )
    .default([]),
});

const requested = z.object({
  containers: z.array(container).default([]),
  initContainers: z.array(container).default([]),
  /** Names of the variables that were added to each container. */
  env: z.array(z.string()).default([]),
  /**
   * The former values of the annotations that users ask Hostport to write; null if there was none. Users can't ask for
   * annotations of Hostport itself.
   */
  annotations: z
    .record(
      z.string().refine((key) => !key.startsWith(KEY_PREFIX)),
      z.string().nullable(),
    )
    .default({}),
  /** The room that a container requests from its node, and the former amounts. */
  room: z
    .object({
      container: z.string(),
      resource: z.string(),
      requests: z.string().exactOptional(),
      limits: z.string().exactOptional(),
      /** The container had no `resources` at all. */
      bare: z.literal(true).exactOptional(),
    })
    .exactOptional(),
  /** Former values of the fields of the spec that were changed; null if they were absent. */
  hostNetwork: z.boolean().nullable().exactOptional(),
  dnsPolicy: z.string().nullable().exactOptional(),
});

/** How a pod was written. An annotation records it ({@link requestedText}), so that a second review starts from it. */
export type Requested = z.output<typeof requested>;
/** How one container of a pod was written. */
export type RequestedContainer = Requested['containers'][number];
/** How one port of a container was written. */
export type RequestedPort = RequestedContainer['ports'][number];

/** The text of the annotation: empty lists are left out. */
export function requestedText(value: Requested): string {
  return JSON.stringify({
    ...filled(value),
    containers: value.containers.map(filled),
    initContainers: value.initContainers.length === 0 ? undefined : value.initContainers.map(filled),
  });
}

function filled(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** The content of the annotation of `pod`, which anybody may have written; undefined if it can't be read. */
export function requestedOf(pod: Pod): Requested | undefined {
  const text = annotationsOf(pod)[podAnnotations.requested];
  if (text === undefined) return undefined;
  try {
    return requested.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
