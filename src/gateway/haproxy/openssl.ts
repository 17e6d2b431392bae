import { join } from 'node:path';
import { haproxyFolder } from '../../api/names.js';
import { replaceFile } from './files.js';

/**
 * Settings of OpenSSL itself, config(5), that HAProxy 3.0 has no keyword for: no certificate is compressed (RFC 8879). OpenSSL
 * 3.2 and newer would compress a client's certificate of 500 bytes anew for each handshake, to send 40 bytes less. Older
 * versions pass over the options, and AWS-LC over the file. The security level is the one that Debian chooses.
 */
export const opensslConfig = `# Written by service-mirror.
openssl_conf = init
[init]
ssl_conf = ssl
[ssl]
system_default = all
[all]
CipherString = DEFAULT:@SECLEVEL=2
Options = -TxCertificateCompression,-RxCertificateCompression
`;

/** What HAProxy is started with, so that OpenSSL reads {@link opensslConfig}; a file that is absent changes nothing. */
export function opensslEnvironment(directory: string): { readonly OPENSSL_CONF: string } {
  return { OPENSSL_CONF: join(directory, haproxyFolder.openssl) };
}

/** Writes the file, before HAProxy starts: it is read only once. */
export async function writeOpensslConfig(directory: string): Promise<void> {
  await replaceFile(join(directory, haproxyFolder.openssl), opensslConfig);
}
