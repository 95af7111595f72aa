import { isIP } from 'node:net';
import {
  CA_SECRET_NAME,
  PATH_SECRET_NAME,
  WEBHOOK_CONFIGURATION_NAME,
  WEBHOOK_SERVICE_NAME,
  pathsByWebhook,
} from '../api/index.ts';
import { systemClock as clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { systemRandom as random } from '../base/random.ts';
import type { ClusterClient } from '../kube/index.ts';
import { Certificates, FileCertificates, WebhookPath } from '../runtime/index.ts';
import type { CertificateSource } from '../runtime/index.ts';

/** The configurations by which API servers send reviews. */
const webhooks = [
  { kind: 'mutating', name: WEBHOOK_CONFIGURATION_NAME },
  { kind: 'validating', name: WEBHOOK_CONFIGURATION_NAME },
] as const;

/** What certificates and the path need. */
interface WebhookTrustParts {
  readonly client: ClusterClient;
  readonly logger: Logger;
  /** The namespace of the managers. */
  readonly namespace: string;
}

/**
 * The certificates for the names by which API servers call the managers: through the Service, or on the same machine.
 * @param dir the folder in which another program keeps the certificate; absent: the managers issue their own
 * @param host the host part of the address at which reviews are answered
 */
export function certificatesFor(
  { client, logger, namespace }: WebhookTrustParts,
  dir: string | undefined,
  host: string,
): CertificateSource {
  if (dir !== undefined) return new FileCertificates({ dir, clock, logger });
  const service = `${WEBHOOK_SERVICE_NAME}.${namespace}.svc`;
  const addresses = ['127.0.0.1', '::1', ...(isIP(host) === 0 ? [] : [host])];
  return new Certificates({
    client,
    clock,
    logger,
    random,
    namespace,
    secretName: CA_SECRET_NAME,
    subjects: {
      dnsNames: [service, `${service}.cluster.local`, 'localhost'],
      ipAddresses: [...new Set(addresses)],
    },
    webhooks,
  });
}

/** The path that only API servers know. */
export function webhookPathFor({ client, logger, namespace }: WebhookTrustParts): WebhookPath {
  return new WebhookPath({
    client,
    clock,
    logger,
    random,
    namespace,
    secretName: PATH_SECRET_NAME,
    webhooks,
    plainPaths: pathsByWebhook,
  });
}
