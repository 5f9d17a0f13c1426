// A step's start. Over a network the first connection takes longest, so it begins before most of the program is loaded.
//
// First of all: the task library, which the step loads, empties the environment.
import { environment } from './environment.ts';
import { connectAhead } from './ahead.ts';

async function main(): Promise<void> {
  const ahead = await connectAhead(environment);
  const { runStep } = await import('./step.ts');
  runStep(environment, ahead);
}

// A rejection ends the process with exit code 1, which the agent takes for a failure.
void main();
