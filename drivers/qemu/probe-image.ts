/** QEMU maps a flat BIOS image of this size at 0xF0000, and its end at 4 GiB, where the processor starts. */
const IMAGE_BYTES = 64 * 1024;

/**
 * What a guest needs and an instruction emulator under KVM cannot give in time: long mode, a tight loop, and
 * cmpxchg16b. Assembled with GNU as 2.40 (`as -o p.o probe.s && ld -Ttext 0 --oformat binary -o code.bin p.o`) from:
 *
 *     .code16
 *     entry:
 *       cli
 *       xorw %ax, %ax
 *       movw %ax, %ds
 *       movl $0x2003, 0x1000            # PML4[0]; memory is all zeros at power-on
 *       movl $0x3003, 0x2000            # PDPT[0]
 *       movl $0x0083, 0x3000            # PD[0]: one page of 2 MiB, this code included
 *       movl $0x1000, %eax
 *       movl %eax, %cr3
 *       movl $0x20, %eax                # PAE
 *       movl %eax, %cr4
 *       movl $0xc0000080, %ecx          # EFER.LME
 *       rdmsr
 *       orl $0x100, %eax
 *       wrmsr
 *       lgdtl %cs:pointer
 *       movl $0x80000011, %eax          # PG, ET and PE at once: from real mode straight to long mode
 *       movl %eax, %cr0
 *       ljmpl $8, $0xf0000 + long
 *     .code64
 *     long:
 *       movl $50000000, %ecx            # 0.1 s at full speed; 60 s in KVM-PVM's emulator (1.7 million/s, measured)
 *     1: decl %ecx
 *       jnz 1b
 *       lock cmpxchg16b 0x5000          # Linux uses it; KVM-PVM answers with an internal error (measured)
 *       movl $42, %eax
 *       outl %eax, $0xf4                # isa-debug-exit: QEMU's exit code is 42 * 2 + 1
 *     2: hlt
 *       jmp 2b
 *     .balign 8
 *     table:
 *       .quad 0
 *       .quad 0x00af9b000000ffff        # 64-bit code
 *     pointer:
 *       .word 15
 *       .long 0xf0000 + table
 */
const CODE =
  'fa31c08ed866c70600100320000066c70600200330000066c70600308300000066b8001000000f22d866b8200000000f22e0' +
  '66b9800000c00f32660d000100000f302e660f0116880066b8110000800f22c066ea5a000f000800b980f0fa02ffc975fcf0' +
  '480fc70c2500500000b82a000000e7f4f4ebfd900000000000000000ffff0000009baf000f0078000f00';

/** `ljmp $0xf000, $0`: what the processor finds 16 bytes before 4 GiB. */
const RESET_VECTOR = 'ea000000f0';
const RESET_VECTOR_AT = 0xfff0;

/** QEMU's exit code when the guest ran to its end. */
export const PROBE_EXIT_CODE = 85;

/** A BIOS image whose only work is to show that the accelerator can run a 64-bit guest at speed. */
export function probeImage(): Buffer {
  const image = Buffer.alloc(IMAGE_BYTES);
  image.write(CODE, 0, 'hex');
  image.write(RESET_VECTOR, RESET_VECTOR_AT, 'hex');
  return image;
}
