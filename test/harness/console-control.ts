import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What the agent sends to a step's console on Windows, first and second. */
export type ConsoleEvent = 'ctrl-c' | 'ctrl-break';

const numbers: Readonly<Record<ConsoleEvent, string>> = { 'ctrl-c': '0', 'ctrl-break': '1' };

/**
 * Sends an event to the console of a process, as the agent does on Windows; Node itself can only end a process there. A
 * program that AWS_WIF_CTRL names does it, else PowerShell, which may take long to start.
 * Agent: Agent.Sdk/ProcessInvoker.Windows.cs, SendSignal.
 */
export async function sendConsoleEvent(pid: number, event: ConsoleEvent): Promise<void> {
  const program = process.env['AWS_WIF_CTRL'];
  const [file, args] =
    program === undefined
      ? (['powershell.exe', describeScript(pid, event)] as const)
      : ([program, [String(pid), numbers[event]]] as const);
  const child = spawn(file, args, { windowsHide: true, stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  // The process may have ended meanwhile.
  if (code !== 0) console.warn(`    ${event} could not be sent to process ${pid}: exit code ${code}`);
}

function describeScript(pid: number, event: ConsoleEvent): readonly string[] {
  const imports = [
    'AttachConsole(uint id)',
    'FreeConsole()',
    'SetConsoleCtrlHandler(System.IntPtr handler, bool add)',
    'GenerateConsoleCtrlEvent(uint id, uint group)',
  ].map(name => `[DllImport("kernel32.dll")] public static extern bool ${name};`);
  const script = [
    `Add-Type -Namespace Wif -Name Kernel -MemberDefinition '${imports.join(' ')}'`,
    '[void][Wif.Kernel]::FreeConsole()',
    `if (-not [Wif.Kernel]::AttachConsole(${pid})) { exit 1 }`,
    '[void][Wif.Kernel]::SetConsoleCtrlHandler([IntPtr]::Zero, $true)',
    `if (-not [Wif.Kernel]::GenerateConsoleCtrlEvent(${numbers[event]}, 0)) { exit 2 }`,
    'Start-Sleep -Milliseconds 300',
  ];
  return ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command', script.join('; ')];
}
