export { readTerminal, type TerminalFacts } from '#config/terminal.js';
