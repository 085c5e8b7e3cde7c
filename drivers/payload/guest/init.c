/*
 * The initramfs's first and only program: loads the modules, gives the network card the address in the iBFT, logs in
 * to the LUN, mounts the root filesystem from it and hands over to its /sbin/init. Where the firmware left no iBFT, the
 * root filesystem is the partition of the local disk that GRUB was started from, which it says on the command line.
 * It exists because a shell, its tools and open-iscsi's iscsistart with libcrypto are 12 MB (4 MB packed) that the
 * firmware would have to read from the LUN, and iscsistart sleeps a second.
 */
#include "system.h"

enum { SIOCGIFNAME = 0x8910, SIOCSIFFLAGS = 0x8914, SIOCSIFADDR = 0x8916, SIOCSIFNETMASK = 0x891c };
enum { SIOCGIFHWADDR = 0x8927, SIOCADDRT = 0x890b, IFF_UP = 1, RTF_UP = 1, RTF_GATEWAY = 2 };
enum { MS_RDONLY = 1, MS_MOVE = 8192, POLLIN = 1, NETLINK_KOBJECT_UEVENT = 15 };

/* How long a card or a disk may take to show itself after its driver was loaded; a TCG guest needs 0.1 s. */
#define DEVICE_DEADLINE_MS 30000
#define IBFT "/sys/firmware/ibft/"

/* struct ifreq, struct rtentry */
struct interface_request {
  char name[16];
  union { struct socket_address address; short flags; int index; u8 all[24]; } u;
};
struct route { u64 pad1; struct socket_address target, gateway, mask; u16 flags; short pad2; u64 pad3; char rest[64]; };

static int uevents;

static void load_modules(void) {
  static char order[4096];
  int file = system_call(SYS_open, "/modules/order", O_RDONLY);
  long length = system_call(SYS_read, file, order, sizeof order - 1);
  char *name = order;
  for (long i = 0; i < length; i++) {
    if (order[i] != '\n') continue;
    order[i] = 0;
    char path[128];
    append(append(append(path, "/modules/"), name), ".ko");
    int module = system_call(SYS_open, path, O_RDONLY);
    if (system_call(SYS_finit_module, module, "", 0) < 0) say("metalrig: cannot load ", path);
    system_call(SYS_close, module);
    name = order + i + 1;
  }
}

/* The next event of the kernel's device list; gives back 0 at the deadline. */
static int next_uevent(char *text, u64 size) {
  struct { int file; short events, seen; } waiting = {uevents, POLLIN, 0};
  if (system_call(SYS_poll, &waiting, 1, DEVICE_DEADLINE_MS) <= 0) return 0;
  long length = system_call(SYS_recvfrom, uevents, text, size - 1, 0, 0, 0);
  for (long i = 0; i < length; i++)
    if (!text[i]) text[i] = '\n';
  text[length < 0 ? 0 : length] = 0;
  return 1;
}

static int has_mac(int sock, struct interface_request *request, const char *mac) {
  static const char hex[] = "0123456789abcdef";
  char own[18];
  if (system_call(SYS_ioctl, sock, SIOCGIFHWADDR, request) < 0) return 0;
  for (int i = 0; i < 6; i++) {
    u8 octet = request->u.all[2 + i];
    own[i * 3] = hex[octet >> 4];
    own[i * 3 + 1] = hex[octet & 15];
    own[i * 3 + 2] = i == 5 ? 0 : ':';
  }
  return starts_with(own, mac) && mac[0];
}

static void find_interface(int sock, struct interface_request *request, const char *mac) {
  static char event[4096];
  do {
    for (int index = 1; index < 64; index++) {
      clear(request, sizeof *request);
      request->u.index = index;
      if (system_call(SYS_ioctl, sock, SIOCGIFNAME, request) == 0 && has_mac(sock, request, mac)) return;
    }
  } while (next_uevent(event, sizeof event));
  fail("metalrig: no network card has the iBFT's address ", mac);
}

static void set_address(int sock, struct interface_request *request, int what, const char *text) {
  clear(&request->u, sizeof request->u);
  request->u.address.family = AF_INET;
  request->u.address.address = ipv4_in(text);
  if (system_call(SYS_ioctl, sock, what, request) < 0) fail("metalrig: cannot set the address ", text);
}

static void bring_up_network(void) {
  char mac[64], address[64], mask[64], gateway[64];
  if (!read_line(IBFT "ethernet0/mac", mac, sizeof mac)) fail("metalrig: the firmware left no iBFT", "");
  read_line(IBFT "ethernet0/ip-addr", address, sizeof address);
  read_line(IBFT "ethernet0/subnet-mask", mask, sizeof mask);
  read_line(IBFT "ethernet0/gateway", gateway, sizeof gateway);
  int sock = system_call(SYS_socket, AF_INET, SOCK_DGRAM, 0);
  struct interface_request request;
  find_interface(sock, &request, mac);
  set_address(sock, &request, SIOCSIFADDR, address);
  set_address(sock, &request, SIOCSIFNETMASK, mask);
  clear(&request.u, sizeof request.u);
  request.u.flags = IFF_UP;
  if (system_call(SYS_ioctl, sock, SIOCSIFFLAGS, &request) < 0) fail("metalrig: cannot bring up ", request.name);
  if (gateway[0] && ipv4_in(gateway)) {
    struct route route;
    clear(&route, sizeof route);
    route.target.family = route.gateway.family = route.mask.family = AF_INET;
    route.gateway.address = ipv4_in(gateway);
    route.flags = RTF_UP | RTF_GATEWAY;
    if (system_call(SYS_ioctl, sock, SIOCADDRT, &route) < 0) say("metalrig: cannot use the gateway ", gateway);
  }
  system_call(SYS_close, sock);
}

/* The number in GRUB's name of its own root, `hd0,msdos7` or `hd0,7`; 0 where the command line does not tell. */
static u64 local_partition(void) {
  static char line[4096];
  static const char key[] = "metalrig.root=hd0,";
  read_line("/proc/cmdline", line, sizeof line);
  char *word = line;
  while (*word && !starts_with(word, key)) word++;
  if (!*word) return 0;
  word += length_of(key);
  return number_in(starts_with(word, "msdos") ? word + length_of("msdos") : word);
}

/* Waits for the first partition of the disk behind the iSCSI session, or for the local disk's partition of this
 * number, whatever letter the kernel gave the disk. */
static void await_partition(char *device, u64 number) {
  static char event[8192];
  char numbered[32];
  append(append_number(append(numbered, "\nPARTN="), number), "\n");
  while (next_uevent(event, sizeof event)) {
    if (!starts_with(event, "add@") || !contains(event, "DEVTYPE=partition\n")) continue;
    if (number ? !contains(event, numbered) : !contains(event, "/session")) continue;
    for (char *line = event; *line; line++) {
      if (!starts_with(line, "\nDEVNAME=")) continue;
      char *name = line + length_of("\nDEVNAME=");
      for (char *end = name; *end; end++)
        if (*end == '\n') *end = 0;
      append(append(device, "/dev/"), name);
      return;
    }
  }
  fail("metalrig: no partition appeared on the ", number ? "local disk" : "LUN");
}

static void hand_over(const char *device) {
  static const char *const moved[] = {"/dev", "/proc", "/sys"};
  static const char *const argv[] = {"/sbin/init", 0};
  static const char *const environment[] = {"HOME=/", "PATH=/sbin:/bin", "TERM=linux", 0};
  if (system_call(SYS_mount, device, "/root", "ext4", MS_RDONLY, 0) < 0) fail("metalrig: cannot mount ", device);
  for (int i = 0; i < 3; i++) {
    char to[16];
    append(append(to, "/root"), moved[i]);
    system_call(SYS_mount, moved[i], to, 0, MS_MOVE, 0);
  }
  system_call(SYS_chdir, "/root");
  system_call(SYS_mount, ".", "/", 0, MS_MOVE, 0);
  system_call(SYS_chroot, ".");
  system_call(SYS_execve, argv[0], argv, environment);
  fail("metalrig: cannot start /sbin/init of ", device);
}

void _start(void) {
  system_call(SYS_mount, "dev", "/dev", "devtmpfs", 0, 0);
  system_call(SYS_mount, "proc", "/proc", "proc", 0, 0);
  system_call(SYS_mount, "sys", "/sys", "sysfs", 0, 0);
  struct netlink_address everybody = {AF_NETLINK, 0, 0, 1};
  uevents = system_call(SYS_socket, AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT);
  system_call(SYS_bind, uevents, &everybody, sizeof everybody);
  load_modules();
  char mac[64], device[64];
  u64 number = read_line(IBFT "ethernet0/mac", mac, sizeof mac) ? 0 : local_partition();
  if (!number) {
    bring_up_network();
    iscsi_login();
  }
  await_partition(device, number);
  say("METALRIG STAGE userland", "");
  hand_over(device);
}
