import { CommanderError, InvalidArgumentError, type Command, type Option } from 'commander';

/**
 * Makes each option that takes one value refuse a second one, and another option's name: the parser itself would take the
 * last value, and `--project` as the value of an `--organization` before it. Options that may be repeated collect a list.
 */
export function guardOptionValues(command: Command): void {
  const names = new Set(command.options.map(({ long }) => long));
  for (const option of command.options) if (option.required) guard(option, names);
}

function guard(option: Option, names: ReadonlySet<string | undefined>): void {
  const { parseArg: parse } = option;
  let isGiven = false;
  option.argParser((value: string, earlier: unknown) => {
    if (names.has(value)) throw missingValue(option);
    if (isGiven && !Array.isArray(earlier)) throw new InvalidArgumentError('The option is given more than once.');
    isGiven = true;
    return parse === undefined ? value : parse(value, earlier);
  });
}

/** The parser's own error for an option at the end of the line. */
function missingValue({ flags }: Option): CommanderError {
  return new CommanderError(1, 'commander.optionMissingArgument', `error: option '${flags}' argument missing`);
}
