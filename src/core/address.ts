/**
 * The host address that a port is bound to, in canonical text: `""` is every address of both families, `0.0.0.0`
 * and `::` are the wildcards of their families, anything else is one address.
 */
export type Address = string;

/** Every address of both families: what a port without `hostIP` binds to. */
export const ANY_ADDRESS: Address = '';

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const GROUP = /^[0-9a-f]{1,4}$/;

/**
 * Canonical form of an IP address (RFC 5952 for IPv6); an IPv4-mapped IPv6 address is its IPv4 address, because a
 * socket on it takes IPv4 traffic. Undefined for what is no address; zones (`%eth0`) are refused.
 */
export function parseAddress(text: string): Address | undefined {
  if (text === ANY_ADDRESS) return ANY_ADDRESS;
  if (IPV4.test(text)) return text;
  const groups = ipv6Groups(text.toLowerCase());
  if (groups === undefined) return undefined;
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  return mapped ? dotted(groups[6] ?? 0, groups[7] ?? 0) : compress(groups);
}

/** Whether two addresses can't be bound side by side; the only place that decides it (design, section 3). */
export function addressesOverlap(left: Address, right: Address): boolean {
  if (left === ANY_ADDRESS || right === ANY_ADDRESS || left === right) return true;
  if (isIPv6(left) !== isIPv6(right)) return false;
  return isWildcard(left) || isWildcard(right);
}

/** Whether the holder of a number at `held` may bind it at `wanted`: the same address, or a part of it. */
export function addressCovers(held: Address, wanted: Address): boolean {
  if (held === ANY_ADDRESS || held === wanted) return true;
  return isWildcard(held) && wanted !== ANY_ADDRESS && isIPv6(held) === isIPv6(wanted);
}

/** For each family an address that nobody can have: only the wildcards overlap it. */
const NOBODYS = { IPv4: '*', IPv6: '*:' } as const;

/** An address that stands for the whole family of a single address; undefined for wildcards. */
export function familyOf(address: Address): Address | undefined {
  if (address === ANY_ADDRESS || isWildcard(address)) return undefined;
  return isIPv6(address) ? NOBODYS.IPv6 : NOBODYS.IPv4;
}

function isIPv6(address: Address): boolean {
  return address.includes(':');
}

function isWildcard(address: Address): boolean {
  return address === '0.0.0.0' || address === '::';
}

function ipv6Groups(text: string): number[] | undefined {
  const hex = embeddedToHex(text);
  if (hex === undefined) return undefined;
  const halves = hex.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const [left = [], right = []] = halves;
  const missing = 8 - left.length - right.length;
  const elided = halves.length === 2;
  if (halves.length > 2 || (elided ? missing < 1 : missing !== 0)) return undefined;
  const groups = [...left, ...Array<string>(missing).fill('0'), ...right];
  return groups.every((group) => GROUP.test(group)) ? groups.map((group) => parseInt(group, 16)) : undefined;
}

/** An IPv4 address at the end, as two groups (RFC 4291, section 2.2); undefined when it is none. */
function embeddedToHex(text: string): string | undefined {
  const embedded = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (embedded === null) return text;
  const [, head = '', tail = ''] = embedded;
  if (!IPV4.test(tail)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = tail.split('.').map(Number);
  return `${head}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

function dotted(high: number, low: number): Address {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

function compress(groups: readonly number[]): Address {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (end < groups.length && groups[end] === 0) end++;
    if (end - start > best.length) best = { start, length: end - start };
    if (end > start) start = end;
  }
  const text = groups.map((group) => group.toString(16));
  if (best.start < 0) return text.join(':');
  return `${text.slice(0, best.start).join(':')}::${text.slice(best.start + best.length).join(':')}`;
}
