// hold.exe SHARING MS PATH...: a virus scanner. It opens whichever of the files is there, again and again, each time for a
// fifth of a second, until the time is over. SHARING: 1 read, 2 write, 4 delete.
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>

int wmain(int count, wchar_t **words) {
  int times = 0;
  if (count < 4) return 9;
  DWORD began = GetTickCount(), ms = _wtoi(words[2]);
  printf("holding\n");
  fflush(stdout);
  while (GetTickCount() - began < ms) {
    for (int at = 3; at < count; at++) {
      HANDLE file = CreateFileW(words[at], GENERIC_READ, _wtoi(words[1]), 0, OPEN_EXISTING, 0, 0);
      if (file == INVALID_HANDLE_VALUE) continue;
      times++;
      Sleep(200);
      CloseHandle(file);
    }
    Sleep(1);
  }
  printf("held %d times\n", times);
  return 0;
}
