import { z } from 'zod';
import type { KubeObject } from '../kube/index.ts';
import { podAnnotations } from '../api/index.ts';
import { parsePortAllocator } from './port-allocator-text.ts';

const template = z.looseObject({
  metadata: z.looseObject({ annotations: z.record(z.string(), z.string()).exactOptional() }).exactOptional(),
});
/** Controllers of pods have the template in `spec.template`; a CronJob has that of its Jobs one level deeper. */
const controller = z.looseObject({
  spec: z.looseObject({
    template: template.exactOptional(),
    jobTemplate: z.looseObject({ spec: z.looseObject({ template }) }).exactOptional(),
  }),
});

/** Whether the pods that `object` creates share a number for `port`. In doubt they do. */
export function sharesPort(object: KubeObject, port: string): boolean {
  const read = controller.safeParse(object);
  if (!read.success) return true;
  const { template: direct, jobTemplate } = read.data.spec;
  const made = direct ?? jobTemplate?.spec.template;
  if (made === undefined) return true;
  const annotations = made.metadata?.annotations ?? {};
  const text = annotations[podAnnotations.portAllocator] ?? annotations[podAnnotations.rbgPortAllocator];
  if (text === undefined) return false;
  const parsed = parsePortAllocator(text);
  return !parsed.ok || parsed.value.allocations.some(({ name, scope }) => name === port && scope === 'RoleScoped');
}
