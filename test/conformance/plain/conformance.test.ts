import { conform } from '../suite.js';

// each side of it is held to the contract by the other side of Node
await conform('plain', { withItself: false });
