/* The little that the initramfs's init needs of a C library, which it has none of: system calls, strings, files. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

/* x86-64 system call numbers: arch/x86/entry/syscalls/syscall_64.tbl of Linux. */
enum {
  SYS_read = 0, SYS_write = 1, SYS_open = 2, SYS_close = 3, SYS_poll = 7, SYS_ioctl = 16, SYS_socket = 41,
  SYS_connect = 42, SYS_sendto = 44, SYS_recvfrom = 45, SYS_bind = 49, SYS_setsockopt = 54, SYS_fork = 57,
  SYS_execve = 59, SYS_exit = 60, SYS_wait4 = 61, SYS_chdir = 80, SYS_chroot = 161, SYS_mount = 165, SYS_finit_module = 313,
};
enum { O_RDONLY = 0, O_WRONLY = 1, AF_INET = 2, AF_NETLINK = 16, SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_RAW = 3 };

struct socket_address { u16 family; u16 port; u32 address; u8 zero[8]; };
struct netlink_address { u16 family; u16 pad; u32 port; u32 groups; };

long system_call(long number, ...);
void say(const char *first, const char *second);
/* Says it and ends: process 1 ending is what makes the kernel panic, so the failure has one well-known last line. */
void fail(const char *what, const char *about);
void copy(void *to, const void *from, u64 length);
void clear(void *at, u64 length);
u64 length_of(const char *text);
int starts_with(const char *text, const char *prefix);
int contains(const char *text, const char *part);
u64 number_in(const char *text);
/* Appends text to a NUL-ended string and gives back its new end. */
char *append(char *end, const char *text);
char *append_number(char *end, u64 number);
/* First line of a small file, without its newline; gives back 0 when there is no such file. */
int read_line(const char *path, char *line, u64 size);
u32 ipv4_in(const char *text);

/* iscsi.c: logs in to the target named in the iBFT with the kernel's iscsi_tcp, and scans its LUN. A process of it stays
 * behind, and logs in again whenever the connection is lost. */
void iscsi_login(void);
