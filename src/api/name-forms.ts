import { z } from 'zod';
import { constrained, matching } from './rules.ts';

/** A DNS label (RFC 1123), as a regular expression without anchors. */
export const DNS_LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';

/** A DNS subdomain (RFC 1123): labels with dots between them. */
const DNS_SUBDOMAIN = `${DNS_LABEL}([.]${DNS_LABEL})*`;

/** A key of a label or of an annotation: a name, after the subdomain of its owner and a slash. */
export const QUALIFIED_NAME = `(${DNS_SUBDOMAIN}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?`;

/** The value of a label. */
export const labelValue = z
  .string()
  .max(63)
  .regex(/^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/);

/**
 * A text that must be a DNS subdomain, the form of most names in Kubernetes.
 * @param what its name in the message, with an article: "the name of a pool"
 */
export function dnsName(what: string, maxLength: number, description: string): z.ZodString {
  const advice = 'write lower case letters, digits, "-" and ".", with a letter or a digit at each end';
  return constrained(z.string().max(maxLength), { description }, [
    matching(`^${DNS_SUBDOMAIN}$`, ` is not ${what}: ${advice}`),
  ]);
}

/**
 * A text that must be a DNS label: a name that becomes part of host names.
 * @param what as for {@link dnsName}
 */
export function dnsLabel(what: string, maxLength: number, description: string): z.ZodString {
  const advice = 'write lower case letters, digits and "-", with a letter or a digit at each end';
  return constrained(z.string().max(maxLength), { description }, [
    matching(`^${DNS_LABEL}$`, ` is not ${what}: ${advice}`),
  ]);
}
