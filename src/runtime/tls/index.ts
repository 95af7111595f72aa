/**
 * The certificate of the HTTPS server that API servers call. It is either made here and trusted through `caBundle`, or
 * read from files that another program maintains.
 *
 * It refuses to show keys anywhere but in the Secret and in memory, to change anything in a webhook configuration but
 * `caBundle`, and to create or delete configurations.
 *
 * 1. All replicas have one authority: a replica that loses the race to write it reads the one that another replica
 *    wrote.
 * 2. A leaf certificate is signed by an authority that all configurations have, unless there is no other certificate to
 *    serve.
 * 3. An authority stays in the bundle for as long as one of its leaf certificates may be in use.
 * 4. An older bundle never replaces a newer one: configurations are read before the Secret, and written only in the
 *    version that was read.
 */
export { CA_LIFE_MS, LEAF_LIFE_MS, issueLeaf, makeAuthority } from './authority.ts';
export type { Subjects } from './authority.ts';
export { bundleOf, certificatesIn, readPair, renewalOf } from './certificate.ts';
export type { Certificate, ReadPair } from './certificate.ts';
export type { CertificateSource, KeyPair } from './certificate-source.ts';
export { Certificates } from './certificates.ts';
export type { CertificatesOptions } from './certificates.ts';
export { ClientAuthority } from './client-authority.ts';
export { FileCertificates } from './file-certificates.ts';
