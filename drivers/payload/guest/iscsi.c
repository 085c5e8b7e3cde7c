/*
 * The login to the LUN: TCP and the SCSI commands are the kernel's (iscsi_tcp), the login's negotiation is ours, over
 * the kernel's own netlink protocol, as open-iscsi's iscsistart does it; and as its iscsid does, we log in again when
 * the connection is lost.
 * See include/scsi/iscsi_if.h of Linux for the messages, RFC 7143 section 11.12 for the login request.
 */
#include "system.h"

enum { NETLINK_ISCSI = 8, ISCSID_GROUP = 1, IPPROTO_TCP = 6, TCP_NODELAY = 1 };
enum {
  CREATE_SESSION = 11, CREATE_CONNECTION = 13, BIND_CONNECTION = 15, SET_PARAMETER = 16, START_CONNECTION = 17,
  STOP_CONNECTION = 18, SEND_PDU = 19, RECEIVED_PDU = 101, CONNECTION_ERROR = 102, INTERFACE_ERROR = 103,
};
enum { STOP_TO_RECOVER = 3 };
/* enum iscsi_param */
enum {
  MAX_RECEIVE = 0, MAX_TRANSMIT = 1, INITIAL_R2T = 4, MAX_R2T = 5, IMMEDIATE_DATA = 6, FIRST_BURST = 7, MAX_BURST = 8,
  EXPECTED_STATUS_NUMBER = 14, TARGET_NAME = 15, PERSISTENT_ADDRESS = 17, PERSISTENT_PORT = 18, RECOVERY_TIMEOUT = 19,
  INITIATOR_NAME = 34,
};
enum { SECURITY_STAGE = 0, OPERATIONAL_STAGE = 1, FULL_FEATURE_PHASE = 3, TRANSIT = 0x80 };

#define IBFT "/sys/firmware/ibft/"
#define OUR_MAX_RECEIVE "262144"
/* Between two attempts to log in again. */
#define AGAIN_MS 1000

/* struct iscsi_uevent: 16 bytes of head, 24 of request, 16 of answer. */
struct event { u32 type, error; u64 transport; u32 request[6]; u32 answer[4]; };
struct message { u32 length; u16 type, flags; u32 sequence, port; struct event event; u8 data[8192]; };

static struct message out, in;
static int netlink;
static u64 transport;
static u32 session;
static u32 expected_status_number;
static char initiator[256], target[256], address[64], port[16];

/* Waits for the next message of the kind; others (a connection's state) pass by. Gives back 0 when a PDU is waited for
 * and the target has hung up. */
static int receive(u32 type) {
  do {
    clear(&in, 128);
    if (system_call(SYS_recvfrom, netlink, &in, sizeof in, 0, 0, 0) < 0) fail("metalrig: netlink failed", "");
    if (in.event.type == INTERFACE_ERROR) fail("metalrig: the kernel's iSCSI refused a request", "");
    if (in.event.type == CONNECTION_ERROR && type == RECEIVED_PDU) return 0;
  } while (in.event.type != type);
  return 1;
}

/* The first two words of a request are the session and the connection, where it has them; we have connection 0. */
static void request(u32 type, u64 data_length) {
  struct netlink_address kernel = {AF_NETLINK, 0, 0, 0};
  out.event.type = type;
  out.event.transport = transport;
  out.type = type;
  out.length = 16 + sizeof(struct event) + data_length;
  long sent = system_call(SYS_sendto, netlink, &out, (u64)out.length, 0, &kernel, sizeof kernel);
  if (sent < 0) fail("metalrig: netlink failed", "");
  receive(type);
}

static void prepare(void) {
  clear(&out.event, sizeof out.event);
  out.event.request[0] = session;
}

static void set_parameter(u32 parameter, const char *value) {
  prepare();
  u64 length = length_of(value) + 1;
  out.event.request[2] = parameter;
  out.event.request[3] = length;
  copy(out.data, value, length);
  request(SET_PARAMETER, length);
}

static char *key(char *end, const char *name, const char *value) {
  return append(append(append(end, name), "="), value) + 1;
}

/* One login request, and the response to it in `in`: 48 bytes of header, then its text. Gives back 0 where there is none,
 * as the target has hung up. */
static int exchange(u8 stages, u64 text_length) {
  u8 *header = out.data;
  static const u8 isid[6] = {0x80, 0x4d, 0x65, 0x74, 0, 1}; /* random format, RFC 7143 section 11.12.5 */
  prepare();
  clear(header, 48);
  header[0] = 0x43; /* login, immediate */
  header[1] = stages;
  header[6] = text_length >> 8;
  header[7] = text_length;
  copy(header + 8, isid, 6);
  for (int i = 0; i < 4; i++) header[28 + i] = expected_status_number >> (24 - 8 * i);
  out.event.request[2] = 48;
  out.event.request[3] = text_length;
  request(SEND_PDU, 48 + text_length);
  if (!receive(RECEIVED_PDU)) return 0;
  u8 *response = in.data;
  if (response[36]) {
    char status[32];
    append_number(append(append_number(status, response[36]), "/"), response[37]);
    fail("metalrig: the target refused the login, status ", status);
  }
  expected_status_number = (response[24] << 24 | response[25] << 16 | response[26] << 8 | response[27]) + 1;
  return 1;
}

/* Finds `name=` among the NUL-ended pairs of the response; the fallback is RFC 7143's default. */
static const char *answered(const char *name, const char *fallback) {
  u64 length = in.data[5] << 16 | in.data[6] << 8 | in.data[7];
  const char *text = (const char *)in.data + 48;
  in.data[48 + length] = 0;
  for (const char *pair = text; pair < text + length; pair += length_of(pair) + 1)
    if (starts_with(pair, name) && pair[length_of(name)] == '=') return pair + length_of(name) + 1;
  return fallback;
}

static int negotiate(void) {
  char *text = (char *)out.data + 48, *end = text;
  end = key(key(key(end, "InitiatorName", initiator), "TargetName", target), "SessionType", "Normal");
  end = key(end, "AuthMethod", "None");
  if (!exchange(TRANSIT | SECURITY_STAGE << 2 | OPERATIONAL_STAGE, end - text)) return 0;
  if (!(in.data[1] & TRANSIT)) fail("metalrig: the target wants CHAP, which this initramfs does not speak", "");
  end = text;
  end = key(key(end, "HeaderDigest", "None"), "DataDigest", "None");
  end = key(key(end, "InitialR2T", "No"), "ImmediateData", "Yes");
  end = key(key(end, "MaxBurstLength", "16776192"), "FirstBurstLength", "262144");
  end = key(key(end, "MaxRecvDataSegmentLength", OUR_MAX_RECEIVE), "MaxOutstandingR2T", "1");
  end = key(key(end, "MaxConnections", "1"), "ErrorRecoveryLevel", "0");
  end = key(key(end, "DefaultTime2Wait", "2"), "DefaultTime2Retain", "0");
  end = key(key(end, "DataPDUInOrder", "Yes"), "DataSequenceInOrder", "Yes");
  if (!exchange(TRANSIT | OPERATIONAL_STAGE << 2 | FULL_FEATURE_PHASE, end - text)) return 0;
  if ((in.data[1] & 3) != FULL_FEATURE_PHASE) fail("metalrig: the target's login has more steps than ours", "");
  return 1;
}

static void apply_negotiated(void) {
  static struct { u32 parameter; const char *name, *fallback; char value[16]; } results[] = {
    {MAX_TRANSMIT, "MaxRecvDataSegmentLength", "8192"}, {INITIAL_R2T, "InitialR2T", "Yes"},
    {IMMEDIATE_DATA, "ImmediateData", "Yes"},           {FIRST_BURST, "FirstBurstLength", "65536"},
    {MAX_BURST, "MaxBurstLength", "262144"},            {MAX_R2T, "MaxOutstandingR2T", "1"},
  };
  enum { COUNT = sizeof results / sizeof results[0] };
  for (int i = 0; i < COUNT; i++) {
    const char *value = answered(results[i].name, results[i].fallback);
    if (value[0] == 'Y') append(results[i].value, "1");
    else append_number(results[i].value, number_in(value));
  }
  /* Afterwards: each of these overwrites the response. */
  for (int i = 0; i < COUNT; i++) set_parameter(results[i].parameter, results[i].value);
  char number[16];
  append_number(number, expected_status_number);
  set_parameter(EXPECTED_STATUS_NUMBER, number);
  set_parameter(MAX_RECEIVE, OUR_MAX_RECEIVE);
}

/* A connected socket, or a negative number. */
static int connect_portal(void) {
  u16 number = number_in(port);
  int one = 1;
  struct socket_address portal = {AF_INET, number << 8 | number >> 8, ipv4_in(address)};
  int sock = system_call(SYS_socket, AF_INET, SOCK_STREAM, 0);
  system_call(SYS_setsockopt, sock, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (system_call(SYS_connect, sock, &portal, sizeof portal) == 0) return sock;
  system_call(SYS_close, sock);
  return -1;
}

/*
 * The iBFT driver prints the eight bytes of the LUN each with "%x", so LUN 1 is "01000000" and LUN 0x1f "01f000000":
 * the number is what stands between the first digit and the last six. LUNs above 255 are not for us.
 */
static void scan(u32 host) {
  char path[64], lun[64], what[64];
  if (!read_line(IBFT "target0/lun", lun, sizeof lun) || length_of(lun) < 8) fail("metalrig: no LUN in the iBFT ", lun);
  lun[length_of(lun) - 6] = 0;
  append(append_number(append(path, "/sys/class/scsi_host/host"), host), "/scan");
  append(append(what, "0 0 0x"), lun + 1); /* channel, target, LUN */
  int file = system_call(SYS_open, path, O_WRONLY);
  if (system_call(SYS_write, file, what, length_of(what)) < 0) fail("metalrig: cannot scan LUN ", lun);
  system_call(SYS_close, file);
}

/* From a connected socket to a session that takes commands; gives back 0 when the target has hung up meanwhile. */
static int begin_connection(int sock) {
  prepare();
  out.event.request[2] = sock; /* 64 bits; the upper half is zero */
  out.event.request[4] = 1; /* the session's leading connection */
  request(BIND_CONNECTION, 0);
  set_parameter(TARGET_NAME, target);
  set_parameter(INITIATOR_NAME, initiator);
  set_parameter(PERSISTENT_ADDRESS, address);
  set_parameter(PERSISTENT_PORT, port);
  /* The root filesystem lives on it: commands wait for as long as the target is away. */
  set_parameter(RECOVERY_TIMEOUT, "-1");
  expected_status_number = 0;
  if (!negotiate()) return 0;
  apply_negotiated();
  prepare();
  request(START_CONNECTION, 0);
  return 1;
}

/* The kernel has dropped the connection, or is told to here; what was under way it sends again on the next one. */
static void login_again(void) {
  for (;;) {
    int sock;
    prepare();
    out.event.request[4] = STOP_TO_RECOVER;
    request(STOP_CONNECTION, 0);
    while ((sock = connect_portal()) < 0) system_call(SYS_poll, 0, 0, AGAIN_MS);
    if (begin_connection(sock)) return;
    system_call(SYS_poll, 0, 0, AGAIN_MS);
  }
}

/* Logs in again whenever the connection is lost; never ends. */
static void watch(void) {
  for (;;) {
    receive(CONNECTION_ERROR);
    int status = 1;
    while (status) {
      /* In a process of its own, so that whatever fails there is only one attempt. */
      int attempt = system_call(SYS_fork);
      if (attempt == 0) {
        login_again();
        system_call(SYS_exit, 0);
      }
      system_call(SYS_wait4, attempt, &status, 0, 0);
      if (status) system_call(SYS_poll, 0, 0, AGAIN_MS);
    }
  }
}

void iscsi_login(void) {
  char handle[32];
  struct netlink_address own = {AF_NETLINK, 0, 0, ISCSID_GROUP};
  read_line(IBFT "initiator/initiator-name", initiator, sizeof initiator);
  read_line(IBFT "target0/target-name", target, sizeof target);
  read_line(IBFT "target0/ip-addr", address, sizeof address);
  read_line(IBFT "target0/port", port, sizeof port);
  if (!read_line("/sys/class/iscsi_transport/tcp/handle", handle, sizeof handle)) fail("metalrig: no iscsi_tcp", "");
  transport = number_in(handle);
  netlink = system_call(SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_ISCSI);
  system_call(SYS_bind, netlink, &own, sizeof own);
  int sock = connect_portal();
  if (sock < 0) fail("metalrig: cannot reach the portal ", address);
  clear(&out, 128);
  out.event.request[0] = 1; /* first command's number */
  out.event.request[1] = 128 | 32 << 16; /* commands at a time, and of one LUN: open-iscsi's defaults */
  request(CREATE_SESSION, 0);
  session = in.event.answer[0];
  u32 host = in.event.answer[1];
  prepare();
  request(CREATE_CONNECTION, 0);
  if (!begin_connection(sock)) login_again();
  if (system_call(SYS_fork) == 0) watch();
  scan(host);
}
