import { conformDialled } from './suite.js';

await conformDialled('node', { others: [] });
