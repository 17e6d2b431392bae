/**
 * Addresses of the metadata services of clouds, which give a node's credentials to every client that reaches them.
 * None of our processes needs them. Those of most clouds are link-local.
 */
export const metadataServices = {
  ipv4: {
    /** AWS, Google Cloud, Azure, Oracle Cloud, OpenStack, DigitalOcean, Hetzner and others. */
    ranges: ['169.254.0.0/16'],
    /** Azure's WireServer, Alibaba Cloud, Oracle Cloud. */
    addresses: ['168.63.129.16', '100.100.100.200', '192.0.0.192'],
  },
  ipv6: {
    ranges: ['fe80::/10'],
    /** AWS, Google Cloud, Scaleway. */
    addresses: ['fd00:ec2::254', 'fd20:ce::254', 'fd00:42::42'],
  },
} as const;
