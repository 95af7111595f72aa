// This import must be first, because the library below declares its classes with it.
import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { randomBytes, webcrypto } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { invariant } from '../../base/result.ts';
import type { KeyPair } from './certificate-source.ts';
import { certificatesIn, parseKey } from './certificate.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Ten years. */
export const CA_LIFE_MS = 3_650 * DAY_MS;
/** Ninety days. */
export const LEAF_LIFE_MS = 90 * DAY_MS;

/** When a certificate starts to be valid, and for how long. */
interface Validity {
  /** Wall-clock time in milliseconds since the epoch. */
  readonly now: number;
  readonly lifeMs: number;
}

/** The names and addresses that a certificate is for. */
export interface Subjects {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

const p256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** Makes a certificate authority called `name`, with an ECDSA key on P-256. It can only sign leaf certificates. */
export async function makeAuthority(name: string, { now, lifeMs = CA_LIFE_MS }: MakeAuthority): Promise<KeyPair> {
  const keys = await webcrypto.subtle.generateKey(p256, true, ['sign', 'verify']);
  const serialNumber = newSerial();
  // The serial number in the name distinguishes two authorities in one bundle. A common name has at most 64 characters.
  const subject = [{ CN: [`${name.slice(0, 50)} ${serialNumber.slice(0, 8)}`] }];
  const cert = await X509CertificateGenerator.create(
    {
      serialNumber,
      subject,
      issuer: subject,
      ...datesOf({ now, lifeMs }),
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
      publicKey: keys.publicKey,
      signingKey: keys.privateKey,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return pairOf(cert, keys.privateKey);
}

/** The validity of an authority. Its default life is ten years. */
interface MakeAuthority {
  readonly now: number;
  readonly lifeMs?: number | undefined;
}

/**
 * Makes a server certificate for `subjects` with a new key, signed by `authority`. It expires no later than the
 * authority. Throws `InvariantError` when the authority's key can't sign, see {@link canSign}.
 */
export async function issueLeaf(authority: KeyPair, subjects: Subjects, validity: Validity): Promise<KeyPair> {
  const issuer = new X509Certificate(authority.cert);
  const issuerKey = parseKey(authority.key);
  const signing = issuerKey && signingAlgorithmOf(issuerKey);
  invariant(issuerKey && signing, 'the authority has a key that signs nothing');
  const keys = await webcrypto.subtle.generateKey(p256, true, ['sign', 'verify']);
  const { notBefore, notAfter } = datesOf(validity);
  const [end = 0] = certificatesIn(authority.cert).map((certificate) => certificate.notAfter);
  const cert = await X509CertificateGenerator.create(
    {
      serialNumber: newSerial(),
      subject: [{ CN: [(subjects.dnsNames[0] ?? subjects.ipAddresses[0] ?? 'webhook').slice(0, 64)] }],
      issuer: issuer.subjectName,
      notBefore,
      notAfter: new Date(Math.min(notAfter.getTime(), end)),
      signingAlgorithm: signing,
      publicKey: keys.publicKey,
      signingKey: issuerKey.toCryptoKey(signing, false, ['sign']),
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        namesOf(subjects),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        ...issuerIdentifierOf(issuer),
      ],
    },
    webcrypto,
  );
  return pairOf(cert, keys.privateKey);
}

/** Whether {@link issueLeaf} can sign with `key`, in PEM: ECDSA on a NIST curve, or RSA. */
export function canSign(key: string): boolean {
  const parsed = parseKey(key);
  return parsed !== undefined && signingAlgorithmOf(parsed) !== undefined;
}

type SigningAlgorithm =
  | { readonly name: 'ECDSA'; readonly namedCurve: string; readonly hash: string }
  | { readonly name: 'RSASSA-PKCS1-v1_5'; readonly hash: string };

const curves: Readonly<Record<string, { readonly namedCurve: string; readonly hash: string }>> = {
  prime256v1: { namedCurve: 'P-256', hash: 'SHA-256' },
  secp384r1: { namedCurve: 'P-384', hash: 'SHA-384' },
  secp521r1: { namedCurve: 'P-521', hash: 'SHA-512' },
};

function signingAlgorithmOf(key: KeyObject): SigningAlgorithm | undefined {
  if (key.asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const curve = key.asymmetricKeyType === 'ec' && curves[key.asymmetricKeyDetails?.namedCurve ?? ''];
  return curve ? { name: 'ECDSA', ...curve } : undefined;
}

function namesOf({ dnsNames, ipAddresses }: Subjects): SubjectAlternativeNameExtension {
  return new SubjectAlternativeNameExtension([
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...ipAddresses.map((value) => ({ type: 'ip' as const, value })),
  ]);
}

/** The identifier as the issuer itself wrote it: OpenSSL rejects an authority with another identifier. */
function issuerIdentifierOf(issuer: X509Certificate): readonly AuthorityKeyIdentifierExtension[] {
  const own = issuer.getExtension(SubjectKeyIdentifierExtension);
  return own ? [new AuthorityKeyIdentifierExtension(own.keyId)] : [];
}

/** The validity starts a little in the past, because clocks differ. Certificates have whole seconds. */
function datesOf({ now, lifeMs }: Validity): { readonly notBefore: Date; readonly notAfter: Date } {
  const skewMs = Math.min(5 * 60_000, lifeMs / 20);
  return { notBefore: wholeSeconds(now - skewMs), notAfter: wholeSeconds(now + lifeMs) };
}

function wholeSeconds(time: number): Date {
  return new Date(Math.floor(time / 1000) * 1000);
}

/** A random positive number of 16 bytes, unique for each certificate. */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return bytes.toString('hex');
}

async function pairOf(cert: X509Certificate, key: webcrypto.CryptoKey): Promise<KeyPair> {
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', key);
  return { cert: `${cert.toString('pem')}\n`, key: `${PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n` };
}
