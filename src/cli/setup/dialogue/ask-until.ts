import { CliFailure } from '../../terminal/failure.ts';
import type { Questions } from '../../terminal/questions.ts';

/** Asks again, with the reason, as long as the answer fails by one of some codes. */
export async function askUntil<Answer>(
  questions: Questions,
  codes: readonly string[],
  ask: () => Promise<Answer>,
): Promise<Answer> {
  for (;;) {
    try {
      return await ask();
    } catch (thrown) {
      if (!(thrown instanceof CliFailure) || !thrown.problems.every(({ code }) => codes.includes(code))) throw thrown;
      for (const { found, expected } of thrown.problems) questions.say(`${found} Expected: ${expected}`);
    }
  }
}
