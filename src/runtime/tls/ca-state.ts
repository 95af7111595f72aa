import { err, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { dataOf, textIn } from '../webhooks/index.ts';
import type { SecretData } from '../webhooks/index.ts';
import { canSign } from './authority.ts';
import type { KeyPair } from './certificate-source.ts';
import { bundleOf, certificatesIn, includesCertificate, readPair } from './certificate.ts';
import type { Certificate, ReadPair } from './certificate.ts';

/** The state that all replicas share. It is stored only in the Secret. */
export interface CaState {
  /** The authority that signs leaf certificates. */
  readonly current: ReadPair;
  /** The next authority. It is in the bundle, but doesn't sign yet. */
  readonly next?: ReadPair;
  /**
   * All authorities that clients should trust: the current and the next one, and those with a leaf certificate that may
   * still be in use.
   */
  readonly bundle: readonly Certificate[];
  /** When all authorities except `current` and `next` leave the bundle, in milliseconds since the epoch. */
  readonly retireAt?: number;
}

const KEYS = {
  cert: 'tls.crt',
  key: 'tls.key',
  nextCert: 'next.crt',
  nextKey: 'next.key',
  bundle: 'ca-bundle.crt',
  retireAt: 'retire-at',
} as const;

/** Parses a Secret's `data`. The error says what is damaged. A damaged `next` or bundle counts as missing. */
export function readCaState(data: SecretData): Result<CaState, string> {
  const current = readAuthority(textIn(data, KEYS.cert), textIn(data, KEYS.key));
  if (!current.ok) return err(`${KEYS[current.error.part]} ${current.error.why}`);
  const next = readAuthority(textIn(data, KEYS.nextCert), textIn(data, KEYS.nextKey));
  const retireAt = Date.parse(textIn(data, KEYS.retireAt));
  return ok({
    current: current.value,
    ...(next.ok ? { next: next.value } : {}),
    bundle: certificatesIn(textIn(data, KEYS.bundle)),
    ...(Number.isNaN(retireAt) ? {} : { retireAt }),
  });
}

/** The readable certificates of the bundle in a Secret's `data`, even if other parts are damaged. */
export function bundleIn(data: SecretData): readonly Certificate[] {
  return certificatesIn(textIn(data, KEYS.bundle));
}

/** The inverse of {@link readCaState}. Other keys in `before` are kept. */
export function writeCaState(state: CaState, before: SecretData = {}): SecretData {
  const ours: readonly string[] = Object.values(KEYS);
  const texts: Record<string, string> = {
    [KEYS.cert]: state.current.pair.cert,
    [KEYS.key]: state.current.pair.key,
    [KEYS.bundle]: bundleOf(state.bundle),
  };
  if (state.next) {
    texts[KEYS.nextCert] = state.next.pair.cert;
    texts[KEYS.nextKey] = state.next.pair.key;
  }
  if (state.retireAt !== undefined) texts[KEYS.retireAt] = new Date(state.retireAt).toISOString();
  return {
    ...Object.fromEntries(Object.entries(before).filter(([key]) => !ours.includes(key))),
    ...dataOf(texts),
  };
}

/** `certificates` followed by `more`, without duplicates. */
export function withCertificates(
  certificates: readonly Certificate[],
  ...more: readonly Certificate[]
): readonly Certificate[] {
  return more.reduce<readonly Certificate[]>(
    (all, one) => (includesCertificate(all, one) ? all : [...all, one]),
    certificates,
  );
}

function readAuthority(cert: string, key: string): Result<ReadPair, { part: keyof KeyPair; why: string }> {
  const read = readPair({ cert, key });
  if (!read.ok) return read;
  if (!read.value.certificate.isAuthority) return err({ part: 'cert', why: 'is no certificate of an authority' });
  if (!canSign(key)) return err({ part: 'key', why: 'is neither an RSA key nor an ECDSA key on a NIST curve' });
  return read;
}
