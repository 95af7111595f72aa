import { openLifetimes } from '../../src/base/lifetime.ts';

// Read by the test environment at the end of the file; see environment.mjs.
Object.assign(globalThis, { openLifetimes });
