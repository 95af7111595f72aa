import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  bundleOf,
  certificatesIn,
  issueLeaf,
  makeAuthority,
  readPair,
  renewalOf,
} from '../../../src/runtime/tls/index.ts';
import { handshake } from './tls-handshake.ts';

const now = Date.UTC(2026, 10, 21);
const day = 24 * 60 * 60 * 1000;
const subjects = { dnsNames: ['hostport.hostport-system.svc', 'localhost'], ipAddresses: ['127.0.0.1', '::1'] };

async function authorityAndLeaf(lifeMs = 90 * day) {
  const authority = await makeAuthority('test-ca', { now });
  const leaf = await issueLeaf(authority, subjects, { now, lifeMs });
  return { authority, leaf, ca: new X509Certificate(authority.cert), cert: new X509Certificate(leaf.cert) };
}

describe('an authority', () => {
  test('is one, lives ten years, and signs itself', async () => {
    const { ca, authority } = await authorityAndLeaf();
    expect(ca.ca).toBe(true);
    expect(ca.verify(ca.publicKey)).toBe(true);
    expect(ca.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
    expect(ca.validToDate.getTime()).toBe(now + 3_650 * day);
    expect(readPair(authority).ok).toBe(true);
  });

  test('begins a little before it is made, for clocks that are behind', async () => {
    const { ca, cert } = await authorityAndLeaf();
    expect(ca.validFromDate.getTime()).toBe(now - 5 * 60_000);
    expect(cert.validFromDate.getTime()).toBe(now - 5 * 60_000);
  });
});

describe('a leaf', () => {
  test('is signed by its authority, for servers alone, and is none itself', async () => {
    const { ca, cert } = await authorityAndLeaf();
    expect(cert.checkIssued(ca)).toBe(true);
    expect(cert.verify(ca.publicKey)).toBe(true);
    expect(cert.ca).toBe(false);
    expect(cert.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(cert.validToDate.getTime()).toBe(now + 90 * day);
  });

  test.each(subjects.dnsNames)('is good for the name %s', async (name) => {
    const { cert } = await authorityAndLeaf();
    expect(cert.checkHost(name)).toBe(name);
  });

  test.each(subjects.ipAddresses)('is good for the address %s', async (address) => {
    const { cert } = await authorityAndLeaf();
    expect(cert.checkIP(address)).toBe(address);
  });

  test('is good for nobody else', async () => {
    const { cert } = await authorityAndLeaf();
    expect(cert.checkHost('elsewhere.svc')).toBeUndefined();
    expect(cert.checkIP('127.0.0.2')).toBeUndefined();
  });

  test('ends with its authority at the latest', async () => {
    const { ca, cert } = await authorityAndLeaf(4_000 * day);
    expect(cert.validToDate).toEqual(ca.validToDate);
  });

  test('differs from another of the same authority in key and serial number', async () => {
    const { authority, cert } = await authorityAndLeaf();
    const other = new X509Certificate((await issueLeaf(authority, subjects, { now, lifeMs: day })).cert);
    expect(other.serialNumber).not.toBe(cert.serialNumber);
    expect(other.publicKey.equals(cert.publicKey)).toBe(false);
  });

  test('is trusted in a handshake by who has its authority in a bundle, and by nobody else', async () => {
    const current = Date.now();
    const [ours, theirs] = [await makeAuthority('a', { now: current }), await makeAuthority('a', { now: current })];
    const leaf = await issueLeaf(ours, subjects, { now: current, lifeMs: day });
    const both = bundleOf([...certificatesIn(theirs.cert), ...certificatesIn(ours.cert)]);
    expect(await handshake(leaf, both)).toBe('trusted');
    expect(await handshake(leaf, ours.cert)).toBe('trusted');
    expect(await handshake(leaf, theirs.cert)).toMatch(/UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/);
  });
});

describe('reading PEM', () => {
  test('passes over what is no certificate, and keeps the order', async () => {
    const { authority, leaf, ca, cert } = await authorityAndLeaf();
    const broken = authority.cert.replace(/\n[A-Za-z0-9+/]{20}/, '\nAAAA');
    const read = certificatesIn(`words\n${leaf.cert}\n${broken}${authority.cert}-----BEGIN CERTIFICATE-----`);
    expect(read.map(({ fingerprint }) => fingerprint)).toEqual([cert.fingerprint256, ca.fingerprint256]);
  });

  test('a bundle has each certificate once, and is read as it was made', async () => {
    const { authority } = await authorityAndLeaf();
    const [one] = certificatesIn(authority.cert);
    if (!one) throw new Error('there is one');
    const bundle = bundleOf([one, ...certificatesIn(authority.cert.replaceAll('\n', '\r\n')), one]);
    expect(certificatesIn(bundle)).toEqual([one]);
    expect(bundle).toBe(authority.cert);
  });

  test.each([
    ['rubbish for a certificate', 'cert', 'is no certificate in PEM'],
    ['rubbish for a key', 'key', 'is no private key in PEM without a passphrase'],
    ["another's key", 'key', 'is not the key of the certificate'],
  ] as const)('%s is told', async (what, part, why) => {
    const { authority, leaf } = await authorityAndLeaf();
    const rubbish = what.startsWith('rubbish') ? '-----BEGIN RUBBISH-----' : authority.key;
    expect(readPair({ ...leaf, [part]: rubbish })).toEqual({ ok: false, error: { part, why } });
  });
});

test('a certificate is to be renewed after two thirds of its life', () => {
  expect(renewalOf({ notBefore: 1_000, notAfter: 91_000 })).toBe(61_000);
});
