import { randomBytes } from 'node:crypto';
import type { WebhookClientConfig } from '../../kube/index.ts';
import type { ClientConfigField } from './configurations.ts';

/** 128 bits. Lower case, because the API server takes the path of a Service in segments that are DNS names. */
const SECRET_PART = /^[0-9a-f]{32}$/;

/** A part of a path that nobody guesses. */
export function newSecretPart(): string {
  return randomBytes(16).toString('hex');
}

/** Whether `text` looks like one of {@link newSecretPart}. */
export function isSecretPart(text: string): boolean {
  return SECRET_PART.test(text);
}

/** What the address of a webhook says of the path that is called there. */
export interface SeenPath {
  /** What comes before our path, in a URL. */
  readonly base: string;
  /** `none`: no path of ours; `plain`: that which anybody can guess, as earlier versions wrote it. */
  readonly kind: 'none' | 'plain' | 'secret';
  /** Of a `secret` path; else empty. */
  readonly part: string;
}

/** Reads the address of a webhook whose plain path is `plain`. What nobody of ours would write after it counts as no path. */
export function pathIn({ url, service }: WebhookClientConfig, plain: string): SeenPath {
  const text = (url ?? service?.path ?? '').replace(/\/+$/, '');
  const at = `${text}/`.indexOf(`${plain}/`);
  if (at < 0) return { base: url === undefined ? '' : text, kind: 'none', part: '' };
  const base = url === undefined ? '' : text.slice(0, at);
  const rest = text.slice(at + plain.length + 1);
  if (rest === '') return { base, kind: 'plain', part: '' };
  return isSecretPart(rest) ? { base, kind: 'secret', part: rest } : { base, kind: 'none', part: '' };
}

/** Our path in the address of a webhook, as {@link pathIn} reads it; undefined where there is none. */
export function ownPathIn(address: WebhookClientConfig, plain: string): string | undefined {
  const { kind, part } = pathIn(address, plain);
  if (kind === 'none') return undefined;
  return kind === 'plain' ? plain : secretPath(plain, part);
}

/** The path that is called with `part`. */
export function secretPath(plain: string, part: string): string {
  return `${plain}/${part}`;
}

/** What to write where, so that the webhook at `address` is called with `part`. */
export function addressWith(address: WebhookClientConfig, plain: string, part: string): ClientConfigField {
  const path = secretPath(plain, part);
  if (address.service) return { field: 'service/path', value: path };
  return { field: 'url', value: `${pathIn(address, plain).base}${path}` };
}
