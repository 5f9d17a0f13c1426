// FUZZ_SEED makes every property test of a run try the same values again. Mocha loads this first.
import { createRequire } from 'node:module';

const seed = process.env.FUZZ_SEED;
// Tests get fast-check as CommonJS, of which its ES module knows nothing.
if (seed !== undefined) createRequire(import.meta.url)('fast-check').configureGlobal({ seed: Number(seed) });
