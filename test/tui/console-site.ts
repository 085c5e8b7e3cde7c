/** A site with one node, `n1`. */
export function consoleSite(node: string): string {
  return `version: 1
name: console
network: { subnet: 10.99.0.0/24, server: 10.99.0.1 }
boot_file: undionly.kpxe
iqn: iqn.2026-11.example.metalrig
images: { lucid: { kind: root } }
nodes:
  n1: { mac: 52:54:00:99:00:11, address: 10.99.0.11, image: lucid, ${node} }
`;
}
