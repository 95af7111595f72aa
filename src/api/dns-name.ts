import { z } from 'zod';
import { celText, constrained, quoting } from './rule.ts';

/** A DNS-1123 subdomain: the form of most names in Kubernetes. */
const DNS_NAME = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$';

const ADVICE = ': write lower case letters, digits, "-" and ".", with a letter or a digit at each end';

/**
 * A text that must be a DNS-1123 subdomain.
 * @param what its name in the message, with an article: "the name of a pool"
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
