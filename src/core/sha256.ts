/** The first 32 bits of the fractional part of `root(prime)`, for the first `count` primes. */
function fractions(count: number, root: (prime: number) => number): readonly number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return primes.map((prime) => Math.floor((root(prime) % 1) * 0x1_0000_0000));
}

const FIRST = fractions(8, Math.sqrt);
const ROUND = fractions(64, Math.cbrt);

const BLOCK_BYTES = 64;
/** Behind the text: one bit that ends it, and its length in 8 bytes. */
const PADDING_BYTES = 9;

/** SHA-256 (FIPS 180-4) of `text` in UTF-8, as 64 hex digits. For names, which are short: nothing is streamed. */
export function sha256Hex(text: string): string {
  const state = Uint32Array.from(FIRST);
  const words = paddedWords(utf8(text));
  for (let at = 0; at < words.length; at += 16) compress(state, words.subarray(at, at + 16));
  return [...state].map((word) => word.toString(16).padStart(8, '0')).join('');
}

function utf8(text: string): readonly number[] {
  const escaped = encodeURIComponent(text);
  return [...escaped.matchAll(/%(..)|./g)].map(([byte, hex]) =>
    hex === undefined ? byte.charCodeAt(0) : Number.parseInt(hex, 16),
  );
}

function paddedWords(bytes: readonly number[]): Uint32Array {
  const blocks = Math.ceil((bytes.length + PADDING_BYTES) / BLOCK_BYTES);
  const words = new Uint32Array(blocks * 16);
  for (const [at, byte] of [...bytes, 0x80].entries()) {
    words[at >>> 2] = (words[at >>> 2] ?? 0) | (byte << (24 - 8 * (at % 4)));
  }
  words[words.length - 1] = bytes.length * 8;
  return words;
}

function compress(state: Uint32Array, block: Uint32Array): void {
  const schedule = scheduleOf(block);
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (const [at, word] of schedule.entries()) {
    const mixed = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + (ROUND[at] ?? 0) + word) | 0;
    const majority = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [a, b, c, d, e, f, g, h] = [(mixed + majority) | 0, a, b, c, (d + mixed) | 0, e, f, g];
  }
  for (const [at, word] of [a, b, c, d, e, f, g, h].entries()) state[at] = (state[at] ?? 0) + word;
}

function scheduleOf(block: Uint32Array): Uint32Array {
  const schedule = new Uint32Array(64);
  schedule.set(block);
  const back = (at: number, by: number): number => schedule[at - by] ?? 0;
  for (let at = 16; at < 64; at++) {
    const [near, far] = [back(at, 2), back(at, 15)];
    const low = turn(far, 7) ^ turn(far, 18) ^ (far >>> 3);
    const high = turn(near, 17) ^ turn(near, 19) ^ (near >>> 10);
    schedule[at] = back(at, 16) + low + back(at, 7) + high;
  }
  return schedule;
}

function turn(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}
