"""Tracing and compiling: a function is run once with Symbols, and what it did becomes fast code."""
