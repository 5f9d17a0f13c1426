import { autocomplete, isCancel, log, select, text } from '@clack/prompts';
import { neutralise } from '../../secret.ts';
import { CliFailure } from './failure.ts';
import { endedByUser, type Choice, type Questions, type TextQuestion } from './questions.ts';

/** So many choices are seen at a glance; more of them can be searched. */
const maxGlance = 7;

/** stdout stays the result's. */
const output = process.stderr;

/** The questions of the terminal of this process. Texts from outside are neutralised here. */
export const terminalQuestions: Questions = {
  askText: async ({ title, suggestion = '', check }) => {
    const answer = await waitFor<string>(signal =>
      text({
        message: neutralise(title),
        placeholder: neutralise(suggestion),
        defaultValue: suggestion,
        validate: given => explainWrong(fillIn(given, suggestion), check),
        output,
        signal,
      }),
    );
    return answer.trim();
  },
  choose: async <Value>(title: string, choices: readonly Choice<Value>[]) => {
    const options = choices.map((one, index) => describeChoice(one, index));
    const message = neutralise(title);
    const index = await waitFor<number>(signal =>
      choices.length > maxGlance
        ? autocomplete({ message, options, placeholder: 'Type to search', maxItems: maxGlance, output, signal })
        : select({ message, options, output, signal }),
    );
    const chosen = choices[index];
    if (chosen === undefined) throw endedByUser();
    return chosen.value;
  },
  say: said => {
    log.info(neutralise(said), { output });
  },
};

/** Nothing typed is the suggestion. */
function fillIn(given: string | undefined, suggestion: string): string {
  const answer = (given ?? '').trim();
  return answer === '' ? suggestion : answer;
}

/** Names that lost characters for display may look like each other. */
function describeChoice(
  { title, hint }: Choice<unknown>,
  value: number,
): { readonly value: number; readonly label: string; readonly hint?: string } {
  const label = neutralise(title);
  const hints = [
    ...(hint === undefined ? [] : [neutralise(hint)]),
    ...(label === title ? [] : ['changed for display']),
  ];
  return { value, label, ...(hints.length === 0 ? {} : { hint: hints.join(', ') }) };
}

/** Returns why an answer is wrong; undefined if it is not. */
function explainWrong(answer: string, check: TextQuestion['check']): string | undefined {
  try {
    check(answer);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof CliFailure)) throw thrown;
    return thrown.problems.map(({ found, expected }) => `${found} Expected: ${expected}`).join(' ');
  }
}

/** Rejects for Ctrl-C, and where the terminal closes: then nothing is left that Node would wait for. */
async function waitFor<Answer>(ask: (signal: AbortSignal) => Promise<Answer | symbol>): Promise<Answer> {
  const closing = new AbortController();
  const close = (): void => {
    closing.abort();
  };
  process.once('beforeExit', close);
  try {
    const answer = await ask(closing.signal);
    if (isCancel(answer)) throw endedByUser();
    return answer as Answer;
  } finally {
    process.off('beforeExit', close);
  }
}
