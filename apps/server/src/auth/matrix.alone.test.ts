import { matrixSuite } from '../../test/matrix/suite.ts';

matrixSuite('all');
