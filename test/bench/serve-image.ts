import { serveLunFile } from '../../tui/serve-lun-file.js';

// Program: our iSCSI target with one raw image as LUN 1 on a port of 127.0.0.1 that the host chooses; prints its URL.

const [file = '', iqn = ''] = process.argv.slice(2);
const served = await serveLunFile({ file, host: '127.0.0.1', port: 0, iqn, lun: 1 });
process.stdout.write(`${served.url}\n`);
