// whoami.exe and icacls.exe under wine, whose own are empty: they behave as Microsoft documents, keep access lists in files
// beside, since wine keeps none, and write each call into C:\stand-ins\calls.log. C:\stand-ins\slow.txt holds how many
// milliseconds each takes before it does anything.
// https://learn.microsoft.com/windows-server/administration/windows-commands/whoami
// https://learn.microsoft.com/windows-server/administration/windows-commands/icacls
#include <windows.h>
#include <sddl.h>
#include <stdio.h>
#include <wchar.h>

#define HOME L"C:\\stand-ins\\"

static void note_call(const wchar_t *name) {
  char text[8000];
  DWORD written;
  HANDLE file = CreateFileW(HOME L"calls.log", FILE_APPEND_DATA, 7, 0, OPEN_ALWAYS, 0, 0);
  wchar_t line[4000];
  _snwprintf(line, 4000, L"%ls | %ls\n", name, GetCommandLineW());
  WriteFile(file, text, WideCharToMultiByte(CP_UTF8, 0, line, -1, text, 8000, 0, 0) - 1, &written, 0);
  CloseHandle(file);
}

static void wait_if_slow(void) {
  int ms = 0;
  FILE *file = _wfopen(HOME L"slow.txt", L"r");
  if (!file) return;
  if (fscanf(file, "%d", &ms) == 1) Sleep(ms);
  fclose(file);
}

static wchar_t *user_sid(void) {
  static BYTE user[512];
  LPWSTR sid;
  HANDLE token;
  DWORD size;
  OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token);
  GetTokenInformation(token, TokenUser, user, sizeof user, &size);
  ConvertSidToStringSidW(((TOKEN_USER *)user)->User.Sid, &sid);
  return sid;
}

// The list of a path, named by a hash of it.
static void name_list(const wchar_t *path, wchar_t *name) {
  unsigned hash = 2166136261u;
  for (; *path; path++) hash = (hash ^ towlower(*path)) * 16777619u;
  swprintf(name, 200, HOME L"list-%08x", hash);
}

static void read_list(const wchar_t *path, char *list) {
  wchar_t name[200];
  name_list(path, name);
  FILE *file = _wfopen(name, L"rb");
  // What a folder below C:\ inherits: Administrators everything, authenticated users changes.
  strcpy(list, "D:AI(A;OICIID;FA;;;BA)(A;OICIID;0x1301bf;;;AU)");
  if (!file) return;
  list[fread(list, 1, 7999, file)] = 0;
  fclose(file);
}

static void write_list(const wchar_t *path, const char *list) {
  wchar_t name[200];
  name_list(path, name);
  FILE *file = _wfopen(name, L"wb");
  fputs(list, file);
  fclose(file);
}

static int save_list(const wchar_t *path, const wchar_t *target) {
  char list[8000];
  wchar_t text[9000];
  DWORD written;
  const wchar_t *base = wcsrchr(path, L'\\');
  read_list(path, list);
  swprintf(text, 9000, L"%ls\r\n%hs\r\n", base ? base + 1 : path, list);
  HANDLE file = CreateFileW(target, GENERIC_WRITE, 0, 0, CREATE_ALWAYS, 0, 0);
  if (file == INVALID_HANDLE_VALUE) return 5;
  WriteFile(file, text, 2 * wcslen(text), &written, 0);
  CloseHandle(file);
  return 0;
}

// "*SID:(OI)(CI)F" or "*SID:R"
static void grant(char *list, const wchar_t *text) {
  wchar_t sid[300], entry[400];
  wcsncpy(sid, text + 1, 299);
  wchar_t *colon = wcschr(sid, L':');
  if (!colon) return;
  *colon = 0;
  const wchar_t *rights = colon[wcslen(colon + 1)] == L'F' ? L"FA" : L"FR";
  const wchar_t *known = !wcscmp(sid, L"S-1-5-18") ? L"SY" : !wcscmp(sid, L"S-1-1-0") ? L"WD" : sid;
  swprintf(entry, 400, L"(A;%ls;%ls;;;%ls)", wcsstr(colon + 1, L"(OI)") ? L"OICI" : L"", rights, known);
  sprintf(list + strlen(list), "%ls", entry);
}

static int icacls(int count, wchar_t **words) {
  char list[8000];
  if (count < 2) return 1;
  if (GetFileAttributesW(words[1]) == INVALID_FILE_ATTRIBUTES) {
    fprintf(stderr, "%ls: The system cannot find the file specified.\r\n", words[1]);
    return 2;
  }
  if (count > 3 && !_wcsicmp(words[2], L"/save")) return save_list(words[1], words[3]);
  read_list(words[1], list);
  for (int at = 2; at < count; at++) {
    if (!_wcsicmp(words[at], L"/inheritance:r")) strcpy(list, "D:PAI");
    if (words[at][0] == L'*') grant(list, words[at]);
  }
  write_list(words[1], list);
  return 0;
}

int wmain(int count, wchar_t **words) {
  wchar_t own[600];
  GetModuleFileNameW(0, own, 600);
  const wchar_t *name = wcsrchr(own, L'\\') + 1;
  note_call(name);
  wait_if_slow();
  if (!_wcsicmp(name, L"whoami.exe")) return printf("\"vm\\j\x81rgen\",\"%ls\"\r\n", user_sid()) < 0;
  return icacls(count, words);
}
