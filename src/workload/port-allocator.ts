import { z } from 'zod';
import { parsePortAllocatorConfig, podAnnotations } from '../api/index.ts';
import type { PortAllocatorConfig } from '../api/index.ts';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { refuse } from '../core/index.ts';
import type { Refusal } from '../core/index.ts';
import type { KubeObject } from '../kube/index.ts';

/** How many characters of a broken text are quoted, on each side of the fault. */
const QUOTED = 15;

/**
 * Parses the JSON of the annotation `key`, with defaults filled in.
 * @returns all faults at once, each with the path of its field
 */
export function parsePortAllocator(
  text: string,
  key: string = podAnnotations.portAllocator,
): Result<PortAllocatorConfig, Refusal> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return err(refuse.invalid(`${key} is no JSON ${whereBroken(text, cause)}`));
  }
  const parsed = parsePortAllocatorConfig(value);
  return parsed.ok ? ok(parsed.value) : err(refuse.invalid(`${key}: ${parsed.error.join('; ')}`));
}

function whereBroken(text: string, cause: unknown): string {
  const message = oneLine(cause instanceof Error ? cause.message : String(cause));
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position === undefined) return `(${message}): write {"allocations": [{"name": "http", "env": "HTTP_PORT"}]}`;
  const at = Number(position);
  return `near \`${oneLine(text.slice(Math.max(0, at - QUOTED), at + QUOTED)).trim()}\` (${message}): correct it there`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

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
