import { App, Chart } from 'cdk8s';
import { Link, ServiceMirror } from 'service-mirror/constructs';

const app = new App();

// one Link for each cluster that we call
const links = new Chart(app, 'links');
const paris = new Link(links, 'paris', {
  metadata: { name: 'paris' },
  spec: {
    credentialsSecretRef: { name: 'link-paris' },
    imports: { selector: { matchLabels: { 'mirror.linkerd.io/exported': 'true' } } },
  },
});

// Services of Paris that the shop needs; the types refuse a misspelt field when this file is compiled
const shop = new Chart(app, 'shop', { namespace: 'shop' });
for (const name of ['catalogue', 'prices']) {
  new ServiceMirror(shop, name, {
    metadata: { name },
    spec: { cluster: paris.name, service: { name }, ports: ['http'] },
  });
}

app.synth();
