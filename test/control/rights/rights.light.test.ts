import { rightsHold } from './suite.js';

rightsHold('haproxy');
