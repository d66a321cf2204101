#!/usr/bin/env node
// The program itself; kept apart so that this file never changes.
import '../dist/cli/main.js';
