// A step's start. Over a network the first connection takes longest, so it begins before most of the program is loaded.
//
// First of all: the task library, which the step loads, empties the environment.
import { environment, say } from './environment.ts';
import { asWifError } from '../../../src/errors.ts';
import { connectAhead } from './ahead.ts';

async function main(): Promise<void> {
  const ahead = await connectAhead(environment);
  const { runStep } = await import('./step.ts');
  runStep(environment, ahead);
}

// Not left to Node: NODE_OPTIONS, which a variable of the job can be, may let a rejection end as a success.
main().catch((thrown: unknown) => {
  say(`${asWifError(thrown).message}\n`, () => process.exit(1));
});
