import { z } from 'zod';
import { podAnnotations } from '../api/index.ts';
import type { Pod } from '../kube/index.ts';
import { annotationsOf } from './annotations.ts';
import { portPaths } from './port-paths.ts';

/** Settings and results: nobody can have us write one of these. */
const OURS = 'hostport.io/';

const port = z.object({
  name: z.string().exactOptional(),
  protocol: z.string().exactOptional(),
  containerPort: z.number(),
  hostPort: z.number().exactOptional(),
  hostIP: z.string().exactOptional(),
  /** It was taken out of the pod: what it is called then stands here alone. */
  away: z.literal(true).exactOptional(),
});

const container = z.object({
  name: z.string(),
  /** All of its ports. */
  ports: z.array(port).default([]),
  /** The ports that its probes and hooks called, where they were changed. */
  calls: z.array(z.object({ at: z.enum(portPaths), port: z.number() })).default([]),
  /** The variables that made way for ours. */
  env: z
    .array(
      z.object({ at: z.int().min(0), was: z.looseObject({ name: z.string(), value: z.string().exactOptional() }) }),
    )
    .default([]),
});

const requested = z.object({
  containers: z.array(container).default([]),
  initContainers: z.array(container).default([]),
  /** Names of the variables that each container got. */
  env: z.array(z.string()).default([]),
  /** What stood in annotations that users have us write; null where nothing did. */
  annotations: z
    .record(
      z.string().refine((key) => !key.startsWith(OURS)),
      z.string().nullable(),
    )
    .default({}),
  /** The room on a node that a container asks for, and how much it asked for itself. */
  room: z
    .object({
      container: z.string(),
      resource: z.string(),
      requests: z.string().exactOptional(),
      limits: z.string().exactOptional(),
      /** It asked for nothing at all, in no word. */
      bare: z.literal(true).exactOptional(),
    })
    .exactOptional(),
  /** Fields of the spec that were changed; null where they were absent. */
  hostNetwork: z.boolean().nullable().exactOptional(),
  dnsPolicy: z.string().nullable().exactOptional(),
});

/** How a pod came: what {@link requestedText} keeps in an annotation, so that a second look starts anew. */
export type Requested = z.output<typeof requested>;
/** How one container of a pod came. */
export type RequestedContainer = Requested['containers'][number];
/** How one port of a container came. */
export type RequestedPort = RequestedContainer['ports'][number];

/** `value` as it stands in the annotation: lists of nothing are left out. */
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

/** What the annotation of `pod` says, which anybody may have written; undefined where it says nothing that can be read. */
export function requestedOf(pod: Pod): Requested | undefined {
  const text = annotationsOf(pod)[podAnnotations.requested];
  if (text === undefined) return undefined;
  try {
    return requested.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
