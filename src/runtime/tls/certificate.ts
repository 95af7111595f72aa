import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { err, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import type { KeyPair } from './certificate-source.ts';

/** What is read of a certificate. */
export interface Certificate {
  /** As PEM, without anything around it. */
  readonly pem: string;
  /** SHA-256 of the certificate: the same certificate has the same one, however its PEM is written. */
  readonly fingerprint: string;
  /** In milliseconds since the epoch. */
  readonly notBefore: number;
  /** In milliseconds since the epoch. */
  readonly notAfter: number;
  readonly isAuthority: boolean;
}

/** A certificate and the key that belongs to it. */
export interface ReadPair {
  readonly certificate: Certificate;
  readonly pair: KeyPair;
}

const block = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** All certificates in `text`, in order; what is none is passed over. */
export function certificatesIn(text: string): readonly Certificate[] {
  return (text.match(block) ?? []).flatMap((pem) => {
    const parsed = parseCertificate(pem);
    return parsed ? [certificateOf(parsed)] : [];
  });
}

/** Reads a certificate (the first, where a chain follows it) and its private key; the error says which is wrong and why. */
export function readPair(pair: KeyPair): Result<ReadPair, { readonly part: keyof KeyPair; readonly why: string }> {
  const cert = parseCertificate(pair.cert);
  if (!cert) return err({ part: 'cert', why: 'is no certificate in PEM' });
  const key = parseKey(pair.key);
  if (!key) return err({ part: 'key', why: 'is no private key in PEM without a passphrase' });
  if (!cert.checkPrivateKey(key)) return err({ part: 'key', why: 'is not the key of the certificate' });
  return ok({ certificate: certificateOf(cert), pair });
}

/** When to replace `certificate`: after two thirds of its life, in milliseconds since the epoch. */
export function renewalOf({ notBefore, notAfter }: Pick<Certificate, 'notBefore' | 'notAfter'>): number {
  return notBefore + Math.floor(((notAfter - notBefore) * 2) / 3);
}

/** PEM of `certificates` one after the other, each once. */
export function bundleOf(certificates: readonly Certificate[]): string {
  const each = new Map(certificates.map(({ fingerprint, pem }) => [fingerprint, pem]));
  return [...each.values()].map((pem) => `${pem}\n`).join('');
}

/** Whether `one` is among `certificates`. */
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

/** A private key; undefined for what is none. */
export function parseKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
