import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { err, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import type { KeyPair } from './certificate-source.ts';

/** The parsed fields of a certificate. */
export interface Certificate {
  /** PEM of this certificate alone. */
  readonly pem: string;
  /** SHA-256 of the certificate. It is equal for equal certificates, even if their PEM differs. */
  readonly fingerprint: string;
  /** In milliseconds since the epoch. */
  readonly notBefore: number;
  /** In milliseconds since the epoch. */
  readonly notAfter: number;
  readonly isAuthority: boolean;
}

/** A parsed certificate, and the pair that it is from. */
export interface ReadPair {
  readonly certificate: Certificate;
  readonly pair: KeyPair;
}

const block = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** All certificates in `text`, in order. Anything that isn't a certificate is skipped. */
export function certificatesIn(text: string): readonly Certificate[] {
  return (text.match(block) ?? []).flatMap((pem) => {
    const parsed = parseCertificate(pem);
    return parsed ? [certificateOf(parsed)] : [];
  });
}

/**
 * Parses a certificate (the first one of a chain) and its private key. The error says which of the two is wrong, and
 * why.
 */
export function readPair(pair: KeyPair): Result<ReadPair, { readonly part: keyof KeyPair; readonly why: string }> {
  const cert = parseCertificate(pair.cert);
  if (!cert) return err({ part: 'cert', why: 'is no certificate in PEM' });
  const key = parseKey(pair.key);
  if (!key) return err({ part: 'key', why: 'is no private key in PEM without a passphrase' });
  if (!cert.checkPrivateKey(key)) return err({ part: 'key', why: 'is not the key of the certificate' });
  return ok({ certificate: certificateOf(cert), pair });
}

/** When `certificate` should be replaced: after two thirds of its life, in milliseconds since the epoch. */
export function renewalOf({ notBefore, notAfter }: Pick<Certificate, 'notBefore' | 'notAfter'>): number {
  return notBefore + Math.floor(((notAfter - notBefore) * 2) / 3);
}

/** PEM of `certificates`, one after the other, without duplicates. */
export function bundleOf(certificates: readonly Certificate[]): string {
  const each = new Map(certificates.map(({ fingerprint, pem }) => [fingerprint, pem]));
  return [...each.values()].map((pem) => `${pem}\n`).join('');
}

/** Whether `one` is among `certificates`, by its fingerprint. */
export function includesCertificate(certificates: readonly Certificate[], one: Certificate): boolean {
  return certificates.some(({ fingerprint }) => fingerprint === one.fingerprint);
}

function certificateOf(parsed: X509Certificate): Certificate {
  return {
    pem: parsed.toString().trim(),
    fingerprint: parsed.fingerprint256,
    notBefore: parsed.validFromDate.getTime(),
    notAfter: parsed.validToDate.getTime(),
    isAuthority: parsed.ca,
  };
}

function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** Parses a private key in PEM. Undefined if it isn't one. */
export function parseKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
