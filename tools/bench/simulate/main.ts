import { costs, unitCosts } from './costs.js';
import { kneeOf } from './knee.js';
import { simulationPlanOf } from './options.js';
import { usesOf } from './resources.js';
import { kindsOf } from './situation.js';
import {
  clusterTable,
  kneeText,
  refreshText,
  roomTable,
  settingsText,
  wholeTable,
  type Row,
} from './table.js';

// npm run bench:simulate: what many clusters would cost, out of the costs that were measured
const plan = simulationPlanOf(process.argv.slice(2));
const most = Math.max(500, ...plan.clusters);
const rows = plan.services.flatMap((services) =>
  plan.clusters.flatMap((clusters) =>
    kindsOf({ clusters, services }, plan).map((kind): Row => {
      return { clusters, services, kind, uses: usesOf(kind.situation, costs) };
    }),
  ),
);
const knees = plan.services.map((services) => kneeOf(services, { most, settings: plan, costs }));
const results = rows.map(({ clusters, services, kind: { role, count }, uses }) => {
  return {
    clusters,
    services,
    role,
    count,
    uses: Object.fromEntries(uses.map(({ name, value }) => [name, value])),
  };
});
const parts = [
  settingsText(plan),
  clusterTable(rows, costs),
  wholeTable(rows, costs),
  kneeText(knees, { most, settings: plan }),
  roomTable(knees, most),
  `Costs to measure, and by what:\n\n${refreshText()}`,
  JSON.stringify({ plan, unitCosts, results, knees }),
];
console.log(parts.join('\n\n'));
