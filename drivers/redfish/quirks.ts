/** How the BMCs of one maker differ from what Redfish says, as far as it concerns us. */
export interface Quirk {
  /** Found in the system's `Manufacturer`, in lower case. */
  readonly maker: RegExp;
  readonly is: Partial<Manners>;
  /** What happens without it. */
  readonly reason: string;
  /** Where that was found. */
  readonly source: string;
}

export interface Manners {
  /**
   * Whether a boot override is sent with the mode of the firmware, as it is told. Not otherwise: iDRAC 8 answers 400 to
   * it, since it is read-only there (ansible-collections/community.general, issue 5091).
   */
  readonly sendsBootMode: boolean;
  /** What a CD is called, in the order of preference; those that are not offered are passed over. */
  readonly cdrom: readonly string[];
  /** Whether media are inserted with `Inserted` and `WriteProtected`, which mean what is so without them. */
  readonly mediaFlags: boolean;
}

const MANNERS: Manners = { sendsBootMode: false, cdrom: ['Cd', 'UsbCd'], mediaFlags: false };

export const QUIRKS: readonly Quirk[] = [
  {
    maker: /^super ?micro/,
    is: { sendsBootMode: true, cdrom: ['UsbCd', 'Cd'] },
    reason:
      'An override without its mode may boot the other way; a virtual CD is a USB drive there, and `Cd` boots nothing.',
    source: 'ironcore-dev/metal-operator, pull request 607; sushy 4.3.3, resources/system/system.py (X11, X12)',
  },
  {
    maker: /^lenovo/,
    is: { mediaFlags: true },
    reason: 'The SD530 attaches nothing unless it is told that the medium is inserted.',
    source: 'sushy 4.3.3, resources/manager/virtual_media.py',
  },
];

/** @param maker in lower case */
export function mannersOf(maker: string): Manners {
  return QUIRKS.filter((quirk) => quirk.maker.test(maker)).reduce<Manners>(
    (manners, quirk) => ({ ...manners, ...quirk.is }),
    MANNERS,
  );
}
