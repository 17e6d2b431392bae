import { App, Chart } from 'cdk8s';
import { Link, ServiceMirror } from 'service-mirror/constructs';

const app = new App();

// one Link per cluster that we call
const links = new Chart(app, 'links');
const paris = new Link(links, 'paris', {
  metadata: { name: 'paris' },
  spec: {
    credentialsSecretRef: { name: 'link-paris' },
    imports: { selector: { matchLabels: { 'mirror.linkerd.io/exported': 'true' } } },
  },
});

// the Services of the shop that live in Paris: typed, so that a misspelt field does not compile
const shop = new Chart(app, 'shop', { namespace: 'shop' });
for (const name of ['catalogue', 'prices']) {
  new ServiceMirror(shop, name, {
    metadata: { name },
    spec: { cluster: paris.name, service: { name }, ports: ['http'] },
  });
}

app.synth();
