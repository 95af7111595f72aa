import { z } from 'zod';
import { celText, constrained, quoting } from './rule.ts';

/** A DNS-1123 subdomain: what Kubernetes takes as the name of most objects. */
const DNS_NAME = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$';

const ADVICE = ': write lower case letters, digits, "-" and ".", with a letter or a digit at each end';

/**
 * A text that is a DNS-1123 subdomain.
 * @param what how the message calls it, with its article: "the name of a pool"
 */
export function dnsName(what: string, maxLength: number, description: string): z.ZodString {
  const pattern = new RegExp(DNS_NAME);
  return constrained(z.string().max(maxLength), { description }, [
    {
      rule: `self.matches(${celText(DNS_NAME)})`,
      holds: (name) => pattern.test(name),
      message: quoting(` is not ${what}${ADVICE}`),
    },
  ]);
}
