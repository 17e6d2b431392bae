import { conform } from '../suite.js';

await conform('haproxy');
