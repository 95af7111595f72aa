import Sequencer from '@jest/test-sequencer';

/** Files that take over a minute and a half, the longest first: begun last, one of them would be waited for alone. */
const LONGEST = ['test/integration/soak/soak.test.ts', 'test/integration/manager/chaos.test.ts'];

/** Jest's own order, which goes by the last run's times where there was one, else by size; but for {@link LONGEST}. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const at = LONGEST.findIndex((file) => path.endsWith(file));
      return at === -1 ? LONGEST.length : at;
    };
    return super.sort(tests).sort((left, right) => rank(left) - rank(right));
  }
}
