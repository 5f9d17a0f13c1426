// ctrl.exe PID EVENT: what the agent does to stop a step on Windows. EVENT is 0 for Ctrl+C, 1 for Ctrl+Break.
// Agent: Agent.Sdk/ProcessInvoker.Windows.cs, SendSignal
#include <windows.h>
#include <stdlib.h>

static BOOL WINAPI stay(DWORD event) { return TRUE; }

int main(int count, char **words) {
  if (count < 3) return 9;
  FreeConsole();
  if (!AttachConsole(atoi(words[1]))) return 1;
  SetConsoleCtrlHandler(stay, TRUE);
  if (!GenerateConsoleCtrlEvent(atoi(words[2]), 0)) return 2;
  Sleep(300);
  return 0;
}
