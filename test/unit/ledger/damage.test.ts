import { describe, expect, test } from '@jest/globals';
import { encodeCell } from '../../../src/core/index.ts';
import type { Claim } from '../../../src/core/index.ts';
import { sealOf } from '../../../src/ledger/index.ts';
import type { StoredBlock } from '../../../src/ledger/index.ts';
import { Shard } from '../../../src/ledger/shard.ts';
import { claim } from '../core/make.ts';

const NOW = 1_700_000_000;
const FIRST = 20_032;
const MINE = claim(20_040);
const COOLING = claim(20_041, { state: 'cooling', time: NOW + 30 });

/** A block as a manager wrote it, or as a hand left it: then with the seal of what stood there before. */
function block(version: number, claims: readonly Claim[], extra: Partial<StoredBlock> = {}): StoredBlock {
  const data = Object.fromEntries(
    [...Map.groupBy(claims, ({ number }) => number)].map(([number, group]) => [number, encodeCell(group) ?? '']),
  );
  return { domain: '', first: FIRST, version: String(version), data, seal: sealOf(data), ...extra };
}

function shardWith(...claims: readonly Claim[]): Shard {
  const shard = new Shard('', { onForget: () => undefined });
  shard.adopt(block(1, claims), NOW);
  return shard;
}
