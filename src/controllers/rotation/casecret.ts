import { keys, managedBy, ownNames } from '../../api/names.js';
import type { Secret } from '../../api/objects.js';
import { secrets } from '../../api/resources.js';
import { encodeCaSecret, rotationKeys } from '../../pki/casecret.js';
import type { CaSecret } from '../../pki/rotation.js';
import type { Applier, ApplyResult } from '../../runtime/apply.js';

/**
 * Writes the desired Secret of the CA over the one that was read. Fails with 409 when somebody else has written it
 * since; `foreign`: somebody else has made it, and it is left alone.
 */
export async function writeCaSecret(
  applier: Applier,
  actual: Readonly<Secret>,
  { caSecret, seen }: { readonly caSecret: CaSecret; readonly seen: Readonly<Record<string, string>> },
): Promise<ApplyResult> {
  const { data, annotations } = encodeCaSecret(caSecret);
  const object: Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: ownNames.ca,
      ...(actual.metadata.namespace !== undefined && { namespace: actual.metadata.namespace }),
      labels: { [keys.managedBy]: managedBy },
      annotations: { ...actedOnBefore(actual), ...annotations, ...seen },
    },
    data,
  };
  return applier.own(secrets, object, actual, 'self');
}

/**
 * The marks of done requests must be written again; otherwise the write path would take them for annotations that we
 * no longer want.
 */
function actedOnBefore({ metadata }: Readonly<Secret>): Record<string, string> {
  const said = metadata.annotations ?? {};
  return Object.fromEntries(
    [rotationKeys.rotated, rotationKeys.forced].flatMap((key) => {
      const value = said[key];
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
}
