import { isOutline, printOutline } from './outline.ts';

async function main(args: readonly string[]): Promise<void> {
  // A reader that has seen enough, `head` for one, is no failure.
  process.stdout.on('error', () => undefined);
  if (isOutline(args)) {
    printOutline(args, text => process.stdout.write(text));
    return;
  }
  const { runCommand } = await import('./run-command.ts');
  await runCommand(args);
}

void main(process.argv.slice(2));
