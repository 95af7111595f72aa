import { randomBytes } from 'node:crypto';
import type { WebhookClientConfig } from '../../kube/index.ts';
import type { ClientConfigField } from './configurations.ts';

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
export function pathIn({ url, service }: WebhookClientConfig, plain: string): SeenPath {
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
export function secretPath(plain: string, part: string): string {
  return `${plain}/${part}`;
}

/** The field and value that direct the webhook at `address` to the path with `part`. */
export function addressWith(address: WebhookClientConfig, plain: string, part: string): ClientConfigField {
  const path = secretPath(plain, part);
  if (address.service) return { field: 'service/path', value: path };
  return { field: 'url', value: `${pathIn(address, plain).base}${path}` };
}
