#include "system.h"

/* Function call to system call: the number first, the fourth argument in r10 instead of rcx. */
asm(".globl system_call\n"
    "system_call:\n"
    "  mov %rdi, %rax\n  mov %rsi, %rdi\n  mov %rdx, %rsi\n  mov %rcx, %rdx\n"
    "  mov %r8, %r10\n  mov %r9, %r8\n  mov 8(%rsp), %r9\n  syscall\n  ret\n");

void say(const char *first, const char *second) {
  char line[512];
  char *end = append(append(append(line, first), second), "\n");
  system_call(SYS_write, 1, line, end - line);
}

void fail(const char *what, const char *about) {
  say(what, about);
  system_call(SYS_exit, 1);
}

#ifndef HOSTED
/* tcc itself calls these two for structures. */
void *memcpy(void *to, const void *from, u64 length) {
  copy(to, from, length);
  return to;
}
void *memset(void *at, int value, u64 length) {
  for (u64 i = 0; i < length; i++) ((u8 *)at)[i] = value;
  return at;
}
#endif

void copy(void *to, const void *from, u64 length) {
  for (u64 i = 0; i < length; i++) ((u8 *)to)[i] = ((const u8 *)from)[i];
}

void clear(void *at, u64 length) {
  for (u64 i = 0; i < length; i++) ((u8 *)at)[i] = 0;
}

u64 length_of(const char *text) {
  u64 length = 0;
  while (text[length]) length++;
  return length;
}

int starts_with(const char *text, const char *prefix) {
  while (*prefix)
    if (*text++ != *prefix++) return 0;
  return 1;
}

int contains(const char *text, const char *part) {
  for (; *text; text++)
    if (starts_with(text, part)) return 1;
  return 0;
}

u64 number_in(const char *text) {
  u64 number = 0;
  while (*text >= '0' && *text <= '9') number = number * 10 + (*text++ - '0');
  return number;
}

char *append(char *end, const char *text) {
  u64 length = length_of(text);
  copy(end, text, length + 1);
  return end + length;
}

char *append_number(char *end, u64 number) {
  if (number > 9) end = append_number(end, number / 10);
  char digit[2] = {'0' + number % 10, 0};
  return append(end, digit);
}

int read_line(const char *path, char *line, u64 size) {
  int file = system_call(SYS_open, path, O_RDONLY);
  line[0] = 0;
  if (file < 0) return 0;
  long length = system_call(SYS_read, file, line, size - 1);
  system_call(SYS_close, file);
  if (length < 0) length = 0;
  line[length] = 0;
  for (long i = 0; i < length; i++)
    if (line[i] == '\n') line[i] = 0;
  return 1;
}

/* In network order, as the kernel takes it. */
u32 ipv4_in(const char *text) {
  u8 bytes[4];
  for (int i = 0; i < 4; i++) {
    bytes[i] = number_in(text);
    while (*text && *text != '.') text++;
    if (*text) text++;
  }
  return *(u32 *)bytes;
}
