import { ANY_ADDRESS, SCTP, TCP, UDP, holder, parseRanges } from '../../../src/core/index.ts';
import type { Claim, Holder, Pool, PortRequest, PortRange } from '../../../src/core/index.ts';

/** Ranges as a person writes them, separated by spaces. Throws on bad text: a test's own mistake. */
export function ranges(text: string): readonly PortRange[] {
  const parsed = parseRanges(text.split(' ').filter((part) => part !== ''));
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

/** A pool over `text`, for example `20000-20009 20020`. */
export function pool(text: string, settings: Partial<Pool> = {}): Pool {
  return { name: 'games', usable: ranges(text), strategy: 'Sequential', cooldown: 30, ...settings };
}

/** The allocation `name` in its life `uid`. */
export function allocation(name: string, uid = `${name}-1`, namespace = 'arena'): Holder {
  return holder({ group: 'hostport.io', kind: 'PortAllocation', namespace, name, uid });
}

type Wish = Partial<Omit<PortRequest, 'name' | 'protocols'>>;

function port(name: string, protocols: number, wish: Wish): PortRequest {
  return { name, protocols, address: ANY_ADDRESS, count: 1, ...wish };
}

export const tcp = (name: string, wish: Wish = {}): PortRequest => port(name, TCP, wish);
export const udp = (name: string, wish: Wish = {}): PortRequest => port(name, UDP, wish);
export const sctp = (name: string, wish: Wish = {}): PortRequest => port(name, SCTP, wish);
export const tcpudp = (name: string, wish: Wish = {}): PortRequest => port(name, TCP | UDP, wish);

/** A pod that has nothing to do with Hostport. */
const STRANGER = holder({ group: '', kind: 'Pod', namespace: 'elsewhere', name: 'stranger', uid: 'stranger-1' });

/** A claim that was held since 1970 by a pod nobody else here has heard of, unless told otherwise. */
export function claim(number: number, parts: Partial<Claim> = {}): Claim {
  return {
    number,
    protocols: TCP,
    address: ANY_ADDRESS,
    pool: 'games',
    holder: STRANGER,
    port: 'any',
    state: 'held',
    time: 0,
    ...parts,
  };
}

/** What is seen of somebody who took a number without asking. */
export function seen(number: number, parts: Partial<Claim> = {}): Claim {
  return claim(number, { pool: '', state: 'observed', ...parts });
}
