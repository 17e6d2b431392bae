#!/bin/sh
# cdk8s-cli asks npm's registry for updates of itself each time, and only its environment can forbid it. Where there is no
# way out, that prints a stack trace. npm runs this after `npm ci`, so that plain `npx cdk8s synth` does not ask either.
set -eu
program=node_modules/cdk8s-cli/bin/cdk8s
grep -q "^require('../lib/cli');*$" "$program" 2>/dev/null || exit 0
cat >"$program" <<'END'
#!/usr/bin/env node
process.env.CDK8S_CHECK_UPGRADE ??= 'false';
require('../lib/cli');
END
