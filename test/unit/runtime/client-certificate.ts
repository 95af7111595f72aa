// This import must be first, because the library below declares its classes with it.
import 'reflect-metadata';
import {
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { createPrivateKey, webcrypto } from 'node:crypto';
import type { KeyPair } from '../../../src/runtime/index.ts';

const p256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** A client certificate signed by `authority`, which has a key on P-256. */
export async function clientPair(authority: KeyPair, notAfter = new Date(Date.now() + 3_600_000)): Promise<KeyPair> {
  const keys = await webcrypto.subtle.generateKey(p256, true, ['sign', 'verify']);
  const signingKey = createPrivateKey(authority.key).toCryptoKey(p256, false, ['sign']);
  const cert = await X509CertificateGenerator.create(
    {
      serialNumber: '01',
      subject: [{ CN: ['kube-apiserver'] }],
      issuer: new X509Certificate(authority.cert).subjectName,
      notBefore: new Date(Date.now() - 7_200_000),
      notAfter,
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
      publicKey: keys.publicKey,
      signingKey,
      extensions: [
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
      ],
    },
    webcrypto,
  );
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: `${cert.toString('pem')}\n`, key: `${PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n` };
}
