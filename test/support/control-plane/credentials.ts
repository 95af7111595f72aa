import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files that API server and controller manager trust each other by, and the admin's token. */
export interface Credentials {
  readonly tokenFile: string;
  readonly adminToken: string;
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
}

/** Makes new credentials in a folder. */
export function makeCredentials(folder: string): Credentials {
  const adminToken = randomBytes(24).toString('base64url');
  const file = (name: string, content: string | Buffer): string => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  // An elliptic curve key is made in no time, and the API server signs tokens with it just as well as with RSA.
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    tokenFile: file('tokens.csv', `${adminToken},hostport-admin,hostport-admin,"system:masters"\n`),
    adminToken,
    serviceAccountKey: file('service-account.key', pair.privateKey.export({ type: 'sec1', format: 'pem' })),
    serviceAccountPublicKey: file('service-account.pub', pair.publicKey.export({ type: 'spki', format: 'pem' })),
  };
}
