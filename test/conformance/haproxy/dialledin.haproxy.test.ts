import { conformDialled } from '../suite.js';

await conformDialled('haproxy');
