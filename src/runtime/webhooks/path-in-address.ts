import { randomBytes } from 'node:crypto';
import type { AdmissionWebhook, WebhookClientConfig } from '../../kube/index.ts';
import { titleOfWebhooks } from './configurations.ts';
import type { ClientConfigField, SeenWebhooks } from './configurations.ts';

/** 128 bits, in lower case, because the API server requires the segments of a Service's path to be DNS names. */
const SECRET_PART = /^[0-9a-f]{32}$/;

/** A new unguessable part of a path. */
export function newSecretPart(): string {
  return randomBytes(16).toString('hex');
}

/** Whether `text` has the form of {@link newSecretPart}. */
export function isSecretPart(text: string): boolean {
  return SECRET_PART.test(text);
}

/** The path in the address of a webhook. */
export interface SeenPath {
  /** The part of a URL before Hostport's path. */
  readonly base: string;
  /** `none`: not a path of Hostport. `plain`: the guessable path, which earlier versions wrote. */
  readonly kind: 'none' | 'plain' | 'secret';
  /** The secret part of a `secret` path; otherwise empty. */
  readonly part: string;
}

/**
 * Parses the address of a webhook whose plain path is `plain`. A path with anything after the plain path but a secret
 * part counts as `none`.
 */
function pathIn({ url, service }: WebhookClientConfig, plain: string): SeenPath {
  const text = (url ?? service?.path ?? '').replace(/\/+$/, '');
  const at = `${text}/`.indexOf(`${plain}/`);
  if (at < 0) return { base: url === undefined ? '' : text, kind: 'none', part: '' };
  const base = url === undefined ? '' : text.slice(0, at);
  const rest = text.slice(at + plain.length + 1);
  if (rest === '') return { base, kind: 'plain', part: '' };
  return isSecretPart(rest) ? { base, kind: 'secret', part: rest } : { base, kind: 'none', part: '' };
}

/** Hostport's path in the address of a webhook, parsed like {@link pathIn}. Undefined if there is none. */
export function ownPathIn(address: WebhookClientConfig, plain: string): string | undefined {
  const { kind, part } = pathIn(address, plain);
  if (kind === 'none') return undefined;
  return kind === 'plain' ? plain : secretPath(plain, part);
}

/** The plain path with its secret part. */
function secretPath(plain: string, part: string): string {
  return `${plain}/${part}`;
}

/** The field and value that direct the webhook at `address` to the path with `part`. */
export function addressWith(address: WebhookClientConfig, plain: string, part: string): ClientConfigField {
  const path = secretPath(plain, part);
  if (address.service) return { field: 'service/path', value: path };
  return { field: 'url', value: `${pathIn(address, plain).base}${path}` };
}

/** The path before the unguessable part, by the name of the webhook. */
export type PlainPaths = Readonly<Record<string, string>>;

/** The paths of all webhooks of Hostport. */
export function pathsIn(seen: readonly SeenWebhooks[], plainPaths: PlainPaths): readonly SeenPath[] {
  return seen.flatMap(({ configuration }) =>
    (configuration?.webhooks ?? []).flatMap((webhook) => pathOf(webhook, plainPaths) ?? []),
  );
}

/** The path of one webhook, or undefined if it isn't one of Hostport's. */
export function pathOf({ name, clientConfig }: AdmissionWebhook, plainPaths: PlainPaths): SeenPath | undefined {
  const plain = plainPathOf(name, plainPaths);
  return plain === undefined ? undefined : pathIn(clientConfig, plain);
}

/** The plain path of the webhook called `name`, or undefined if it isn't one of Hostport's. */
export function plainPathOf(name: string, plainPaths: PlainPaths): string | undefined {
  return Object.hasOwn(plainPaths, name) ? plainPaths[name] : undefined;
}

/** Why a webhook isn't called, or is called at a path that isn't answered. Returns the first reason, or undefined. */
export function misplacementOf(
  seen: readonly SeenWebhooks[],
  plainPaths: PlainPaths,
  isAnswered: (path: SeenPath) => boolean,
): string | undefined {
  for (const one of seen) {
    const title = titleOfWebhooks(one.webhook);
    if (!one.configuration) return `there is no ${title}`;
    if (!pathsIn([one], plainPaths).every(isAnswered)) return `${title} doesn't carry the path that is answered yet`;
  }
  return undefined;
}
