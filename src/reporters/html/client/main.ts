/** The script of the page: bundled, and put into it as text. */
import { startCases } from './cases.js';
import { startCharts } from './charts.js';
import { startFilters } from './filters.js';
import { startMessages } from './messages.js';
import { startTheme } from './theme.js';

document.documentElement.dataset.script = 'on';
startTheme();
startFilters();
startCharts();
startMessages();
startCases();
