import { rightsHold } from './suite.js';

// HAProxy, which the manifests install, shows the same every time
rightsHold('node');
