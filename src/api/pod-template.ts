import { z } from 'zod';
import { labelValue } from './name-forms.ts';
import { listMap } from './rules.ts';

/** Long enough for the longest port-allocator, 64 ports with everything that can be said of them. */
const LONGEST_ANNOTATION = 65_536;

/** The metadata of what is made from a template. Other fields are refused, so that a misspelt one is seen. */
export const templateMetadata = z
  .object({
    labels: z
      .record(z.string(), labelValue)
      .exactOptional()
      .meta({ description: 'Labels of what is made from it, beside those of Hostport.', maxProperties: 64 }),
    annotations: z
      .record(z.string(), z.string().max(LONGEST_ANNOTATION))
      .exactOptional()
      .meta({ description: 'Annotations of what is made from it.', maxProperties: 64 }),
  })
  .meta({ description: 'Labels and annotations of what is made from it.' });

const containerPort = z.looseObject({
  name: z.string().max(63).exactOptional().describe('What it is called; a port of that name gives it its number.'),
  containerPort: z.int().meta({ description: 'The number that the process listens on.', format: 'int32' }),
});

const container = z.looseObject({
  name: z.string().min(1).max(63).describe('What it is called; unique in the pod.'),
  ports: z.array(containerPort).max(256).exactOptional().meta({
    description: 'Ports that it listens on.',
    'x-kubernetes-list-type': 'atomic',
  }),
  env: z
    .array(z.looseObject({ name: z.string().min(1).max(1024).describe('What it is called.') }))
    .max(4096)
    .exactOptional()
    .meta({ description: 'Its environment.', 'x-kubernetes-list-type': 'atomic' }),
});

// Only what Hostport itself touches has a form here: the rest of a pod is for the API server to judge.
const podSpec = z
  .looseObject({
    containers: listMap(container, 'name', { min: 1, max: 64, description: 'The containers of the pod.' }),
    initContainers: listMap(container, 'name', {
      max: 64,
      description: 'Containers that run before the others, or beside them.',
    }).exactOptional(),
  })
  .meta({ description: 'The spec of the pods, as in any PodTemplateSpec.' });

/** Kubernetes' PodTemplateSpec: metadata with a form, a spec that passes through. */
export const podTemplate = z
  .object({ metadata: templateMetadata.exactOptional(), spec: podSpec })
  .meta({ description: 'What the pods look like: a PodTemplateSpec.' });
