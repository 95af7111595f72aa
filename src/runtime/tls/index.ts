/**
 * The certificate of an HTTPS server that API servers call: made here and trusted through `caBundle`, or read from files
 * that somebody else keeps.
 *
 * Refuses: to let keys out of the Secret and of memory, to touch anything of a webhook configuration but `caBundle`, to
 * create or delete configurations.
 *
 * 1. All replicas have one authority: whoever loses the race to write it reads the other's.
 * 2. No leaf is of an authority that some configuration doesn't carry, while there is another one to serve.
 * 3. An authority stays in the bundle for as long as a leaf of it may be served.
 * 4. A bundle never replaces a newer one: configurations are read before the Secret, and written on the version read.
 */
export { CA_LIFE_MS, LEAF_LIFE_MS, issueLeaf, makeAuthority } from './authority.ts';
export type { Subjects, Validity } from './authority.ts';
export { bundleOf, certificatesIn, readPair, renewalOf } from './certificate.ts';
export type { Certificate, ReadPair } from './certificate.ts';
export type { CertificateSource, KeyPair } from './certificate-source.ts';
export { Certificates } from './certificates.ts';
export type { CertificatesOptions } from './certificates.ts';
export { ClientAuthority } from './client-authority.ts';
export type { ClientAuthorityOptions } from './client-authority.ts';
export { FileCertificates } from './file-certificates.ts';
export type { FileCertificatesOptions } from './file-certificates.ts';
