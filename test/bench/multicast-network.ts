/**
 * Namespaces n0 (the sender) to nN on a bridge, each with the card e0 and the address 10.55.0.1 and up. udpcast wants a
 * broadcast address and finds nobody without one.
 */
export function multicastNetwork(receivers: number): string {
  const members = Array.from({ length: receivers + 1 }, (_, member) =>
    [
      `ip netns add n${member}; ip link add v${member} type veth peer name e0 netns n${member}`,
      `ip link set v${member} master br0 up; ip -n n${member} link set lo up`,
      `ip -n n${member} addr add 10.55.0.${member + 1}/24 brd + dev e0; ip -n n${member} link set e0 up`,
      `ip -n n${member} route add 224.0.0.0/4 dev e0`,
    ].join('\n'),
  );
  return `set -e
mount -t tmpfs tmpfs /run; mkdir -p /run/netns; ip link set lo up
ip link add br0 type bridge mcast_snooping 0; ip link set br0 up
${members.join('\n')}`;
}
