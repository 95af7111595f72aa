import { TestEnvironment } from 'jest-environment-node';

/**
 * Fails a test file that leaves something open. At the very end, because whatever a file's own `afterAll` ends is no
 * leak; an `afterAll` of a set-up file would come before it.
 */
export default class LeakCheckingEnvironment extends TestEnvironment {
  handleTestEvent(event) {
    if (event.name !== 'run_finish') return;
    const open = this.global.openLifetimes?.() ?? [];
    if (open.length > 0) throw new Error(`left open by this test file: ${open.join(', ')}`);
  }
}
