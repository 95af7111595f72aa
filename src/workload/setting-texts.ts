import { z } from 'zod';
import { distance } from 'fastest-levenshtein';
import { dnsName, KEY_PREFIX, podAnnotations, POOL_NAME_LENGTH } from '../api/index.ts';
import { isPortNumber, strategyNames } from '../core/index.ts';
import type { Pod } from '../kube/index.ts';
import { annotationsOf, isResult } from './annotations.ts';

/** One of a few words; a refusal quotes the word and lists the possible ones. */
function choice<T extends string>(words: readonly T[]) {
  return z.enum(words, {
    error: ({ input }) => `"${String(input)}" is none of ${words.join(', ')}: write one of them`,
  });
}

const flag = z
  .enum(['true', 'false'], {
    error: ({ input }) => `"${String(input)}" is neither "true" nor "false": write one of them`,
  })
  .transform((text) => text === 'true');

const port = z
  .string()
  .refine((text) => /^[0-9]{1,5}$/.test(text) && isPortNumber(Number(text)), {
    error: ({ input }) => `"${String(input)}" is no port: write a number from 1 to 65535`,
  })
  .transform(Number);

const names = z.string().transform((text, context) => {
  const list = text.split(',').map((name) => name.trim());
  if (!list.includes('')) return new Set(list);
  context.addIssue({ code: 'custom', message: `"${text}" is no list of ports: write their names, like "http,grpc"` });
  return z.NEVER;
});

const shape = {
  enabled: flag.exactOptional(),
  pool: dnsName('the name of a pool', POOL_NAME_LENGTH, 'The pool.').exactOptional(),
  'base-port': port.exactOptional(),
  strategy: choice(strategyNames).exactOptional(),
  policy: choice(['Dynamic', 'Passthrough']).exactOptional(),
  keep: names.exactOptional(),
  network: choice(['Host', 'Pod']).exactOptional(),
  allocation: dnsName('the name of a PortAllocation', 253, 'The allocation.').exactOptional(),
  sticky: flag.exactOptional(),
  'port-allocator': z.string().exactOptional(),
};

const settingTexts = z.strictObject(shape);

/** Every `hostport.io/` setting of a pod, each parsed by itself; the port-allocator is still a text. */
export type SettingValues = z.output<typeof settingTexts>;

/** The annotation of a setting. */
export function settingKey(name: keyof typeof shape): string {
  return `${KEY_PREFIX}${name}`;
}

/** The texts of the settings of `pod`, by name without prefix: without results and annotations of others. */
export function settingsIn(pod: Pod): Readonly<Record<string, string>> {
  const own = Object.entries(annotationsOf(pod)).filter(([key]) => key.startsWith(KEY_PREFIX) && !isResult(key));
  return Object.fromEntries(own.map(([key, text]) => [key.slice(KEY_PREFIX.length), text]));
}

/** Parses `texts` one by one. Returns the values, or a sentence for each fault. */
export function readValues(
  texts: Readonly<Record<string, string>>,
): { readonly values: SettingValues } | { readonly faults: readonly string[] } {
  const parsed = settingTexts.safeParse(texts);
  if (parsed.success) return { values: parsed.data };
  return { faults: parsed.error.issues.flatMap((issue) => sentences(issue, texts)) };
}

function sentences(issue: z.core.$ZodIssue, texts: Readonly<Record<string, string>>): readonly string[] {
  if (issue.code === 'unrecognized_keys') return unknownSettings(issue.keys);
  const name = String(issue.path[0]);
  if (issue.code !== 'too_big') return [`${KEY_PREFIX}${name}: ${issue.message}`];
  return [`${KEY_PREFIX}${name}: "${texts[name]}" is too long: write a name of at most ${issue.maximum} characters`];
}

/** The most unknown settings that a refusal lists: nobody reads more. */
const MOST_NAMED = 10;

function unknownSettings(names: readonly string[]): readonly string[] {
  const named = names.slice(0, MOST_NAMED).map(unknownSetting);
  const others = names.length - named.length;
  return others === 0 ? named : [...named, `there are ${others} more that are no settings: take them out`];
}

function unknownSetting(name: string): string {
  const meant = nearest(name, Object.keys(shape));
  const advice = meant === undefined ? `write one of ${Object.keys(shape).join(', ')}` : `write ${KEY_PREFIX}${meant}`;
  return `there is no setting ${KEY_PREFIX}${name}: ${advice}`;
}

/** The annotation with a port-allocator's text, if there is one; two of them are a fault. */
export function portAllocatorText(pod: Pod): { readonly key: string; readonly text: string } | 'absent' | 'twice' {
  const { portAllocator, rbgPortAllocator } = podAnnotations;
  const annotations = annotationsOf(pod);
  const found = [portAllocator, rbgPortAllocator].filter((key) => annotations[key] !== undefined);
  const [key] = found;
  if (key === undefined) return 'absent';
  return found.length > 1 ? 'twice' : { key, text: annotations[key] ?? '' };
}

/** The word among `known` that the user probably meant by `text`: the one with the fewest edits, if they are few. */
function nearest(text: string, known: readonly string[]): string | undefined {
  const plain = text.toLowerCase().replaceAll(/[-_.]/g, '');
  const words = known.map((word) => ({ word, letters: word.replaceAll('-', ''), few: Math.max(1, word.length / 3) }));
  // Each extra letter is an edit, and a user may write a text of megabytes.
  const close = words.filter(({ letters, few }) => Math.abs(plain.length - letters.length) <= few);
  const scored = close.map((each) => ({ ...each, edits: distance(plain, each.letters) }));
  const [best] = scored.sort((left, right) => left.edits - right.edits);
  return best !== undefined && best.edits <= best.few ? best.word : undefined;
}
