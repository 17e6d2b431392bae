/**
 * Throws what stood in the way of a state that is otherwise in force; nothing when nothing did.
 *
 * @throws AggregateError whose message names every problem
 */
export function throwProblems(problems: readonly Error[]): void {
  if (problems.length === 0) return;
  throw new AggregateError(problems, problems.map(({ message }) => message).join('; '));
}
