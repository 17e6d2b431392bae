import 'reflect-metadata';
import { runGateway } from './gateway.js';
import { implementationOf } from '../gateway/implementations.js';
import { prepareFolder } from '../gateway/haproxy/bootstrap.js';
import { runOperator } from './operator.js';
import { runRotateCa, type RotateCaFlags } from './rotateca.js';
import { accept } from './accept.js';
import { printLink } from './printlink.js';
import { invite, type CommandOptions } from './invite.js';
import { readCommand, usage, type Command } from './flags.js';
import { runTranslateLinks } from './translatelinks.js';
import { systemClock } from '../runtime/clock.js';
import { createKube } from '../runtime/kube.js';
import { loadLocal } from '../runtime/local.js';
import { createLog } from '../runtime/log.js';
import { rootSignal } from '../runtime/signals.js';

/** Runs the command of the command line; the exit code is 0 after an orderly stop. */
async function main(command: Extract<Command, { role: 'operator' | 'gateway' }>): Promise<void> {
  const log = createLog({ level: command.logLevel, format: command.logFormat });
  const { signal } = rootSignal(log);
  try {
    if (command.role === 'operator') await runOperator({ ...command, log }, signal);
    else {
      const { gatewayRole, port, own, ...rest } = command;
      await runGateway(
        {
          ...rest,
          role: gatewayRole,
          implementation: implementationOf(command.implementation).make(own),
          log,
          ...(port !== undefined && { ports: { ingress: port } }),
        },
        signal,
      );
    }
    process.exit(0);
  } catch (error) {
    log.error('stopped by an error', { error });
    process.exit(1);
  }
}

/** A command for people: a failure is one line. */
async function forPeople(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

async function rotate(flags: RotateCaFlags): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  await runRotateCa(flags, stop.signal);
}

/** What is for programs goes to standard output, all else to standard error. */
async function onCluster(
  kubeconfig: string | undefined,
  command: (options: CommandOptions) => Promise<void>,
): Promise<void> {
  const kube = createKube(await loadLocal(kubeconfig), { fieldManager: 'service-mirror-invite' });
  const print = (text: string) => void process.stdout.write(text);
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  try {
    await command({ kube, clock: systemClock, print, say });
  } finally {
    await kube.close();
  }
}

/** Runs what the command line says; a function, because a CommonJS module cannot wait. */
async function run(command: Command): Promise<void> {
  if (command.role === 'help') {
    const { problem } = command;
    process[problem === undefined ? 'stdout' : 'stderr'].write(
      problem === undefined ? usage : `${problem}\n\n${usage}`,
    );
    process.exitCode = problem === undefined ? 0 : 2;
  } else if (command.role === 'prepare') {
    const made = await prepareFolder(command.directory);
    console.log(`${command.directory}: ${made ? 'HAProxy can start' : 'there already'}`);
  } else if (command.role === 'rotate-ca') {
    await forPeople(() => rotate(command));
  } else if (command.role === 'invite') {
    await forPeople(() => onCluster(command.kubeconfig, (options) => invite(command, options)));
  } else if (command.role === 'accept') {
    await forPeople(() => onCluster(command.kubeconfig, (options) => accept(command, options)));
  } else if (command.role === 'print-link') {
    await forPeople(() => onCluster(command.kubeconfig, (options) => printLink(command, options)));
  } else if (command.role === 'translate-links') {
    process.exitCode = await runTranslateLinks(process);
  } else {
    await main(command);
  }
}

void run(readCommand(process.argv.slice(2)));
