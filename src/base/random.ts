/** A source of randomness. Injected, so that tests can replay a choice. */
export interface Random {
  /** A uniformly random integer in [0, bound); `bound` is at least 1 and at most 2^31. */
  below(bound: number): number;
}

/** The platform's generator: good enough to spread choices, not for secrets. */
export const systemRandom: Random = {
  below: (bound) => Math.floor(Math.random() * bound),
};

/**
 * A repeatable source for tests and benchmarks (xorshift32, Marsaglia 2003).
 * @param seed any integer; zero is replaced
 */
export function seededRandom(seed: number): Random {
  let state = seed | 0 || 0x9e3779b9;
  return {
    below(bound) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return Math.floor(((state >>> 0) / 0x100000000) * bound);
    },
  };
}
