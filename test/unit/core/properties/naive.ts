import type { Claim } from '../../../../src/core/index.ts';

type Use = Pick<Claim, 'protocols' | 'address'>;

/** What an address binds in each family: `*` for all of it. Another way to say what the conflict table says. */
function bound(address: string): Readonly<Record<string, string>> {
  if (address === '') return { v4: '*', v6: '*' };
  if (address === '0.0.0.0') return { v4: '*' };
  if (address === '::') return { v6: '*' };
  return address.includes(':') ? { v6: address } : { v4: address };
}

/** Whether two uses of one number exclude each other, told without the allocator's own judge. */
export function exclude(left: Use, right: Use): boolean {
  const other = bound(right.address);
  const meet = Object.entries(bound(left.address)).some(([family, mine]) => {
    const theirs = other[family];
    return theirs !== undefined && (mine === '*' || theirs === '*' || mine === theirs);
  });
  return meet && (left.protocols & right.protocols) !== 0;
}
