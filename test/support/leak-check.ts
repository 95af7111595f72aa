import { afterAll, expect } from '@jest/globals';
import { openLifetimes } from '../../src/base/lifetime.ts';

// Whatever has a lifetime and outlives its test file is a leak, and fails the file.
afterAll(() => {
  expect(openLifetimes()).toEqual([]);
});
