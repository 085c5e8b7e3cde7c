/** Who is on the other side of a console. */
export type Side = 'silent' | 'firmware' | 'ipxe' | 'grub' | 'kernel' | 'login' | 'shell';

interface SideRow {
  readonly pattern: RegExp;
  readonly side: Side;
  readonly why: string;
  /** Counts only where nobody is logged in: a running system says it too. */
  readonly isBootOnly?: true;
}

/** What each of them says, looked for anywhere in a line, the first that fits; a later line counts more. */
export const SIDE_ROWS: readonly SideRow[] = [
  {
    pattern: /reboot: (?:Restarting system|Power down|machine restart)/,
    side: 'firmware',
    why: "The kernel's last words: what comes next is firmware.",
  },
  {
    pattern: /Linux version \d|METALRIG STAGE kernel/,
    side: 'kernel',
    why: "Its first word, or our GRUB menu's last.",
  },
  { pattern: /\[ *\d+\.\d{6}\] /, side: 'kernel', why: 'A line with its time.', isBootOnly: true },
  { pattern: /METALRIG (?:STAGE (?:userland|ramdisk)|READY)/, side: 'kernel', why: 'Our guests have no shell.' },
  {
    pattern: /GRUB loading|Welcome to GRUB|GNU GRUB|METALRIG STAGE bootloader|METALRIG CHAINLOAD/,
    side: 'grub',
    why: 'Its banner, its menu, and the marks in our configurations.',
  },
  { pattern: /(?:SYS|ISO|PXE|EXT)LINUX \d/, side: 'grub', why: 'Another boot loader; keys stop it all the same.' },
  {
    pattern: /iPXE|ipxe\.org|Configuring \(net\d|\[(?:PXE-NBP|script)\]|(?:tftp|http):\/\/\S+\.\.\. /,
    side: 'ipxe',
    why: 'Its banner, its DHCP, and what it loads.',
  },
  {
    pattern: /SeaBIOS \(version|BdsDxe: |Booting from [^S]|American Megatrends|InsydeH2O|No bootable device/,
    side: 'firmware',
    why: 'BIOS and UEFI, before a boot sector runs and after none did.',
  },
  {
    pattern: /\bPress \S+ (?:for boot menu|to (?:enter|run) setup)/i,
    side: 'firmware',
    why: 'What boards of every make say.',
  },
];

interface PromptRow {
  /** Of the whole of a line that has not ended. */
  readonly pattern: RegExp;
  readonly side: Side;
}

/** Who waits for somebody to type: then that is what typing is for. */
export const PROMPT_ROWS: readonly PromptRow[] = [
  { pattern: /^iPXE> $/, side: 'ipxe' },
  { pattern: /^grub(?: rescue)?> $/, side: 'grub' },
  { pattern: /^(?:UEFI Interactive )?Shell> $/, side: 'firmware' },
  { pattern: /^(?!Last )[\w.() -]{0,80}login: $|^Password: $/, side: 'login' },
  { pattern: /^(?:Give root password for maintenance|Press Enter for maintenance)/, side: 'login' },
  { pattern: /^(?:[\w.@:~/()[\]+-]{1,80} ){0,2}[\w.@:~/()[\]+-]{0,80}[#$] $/, side: 'shell' },
  { pattern: /^\(initramfs\) $/, side: 'shell' },
];

export function sideOfLine(line: string, before: Side): Side {
  const isLoggedIn = before === 'login' || before === 'shell';
  const row = SIDE_ROWS.find(({ pattern, isBootOnly }) => !(isBootOnly && isLoggedIn) && pattern.test(line));
  return row?.side ?? before;
}

/** @returns null: nobody waits at the end of this line */
export function promptOf(line: string): Side | null {
  return PROMPT_ROWS.find(({ pattern }) => pattern.test(line))?.side ?? null;
}
