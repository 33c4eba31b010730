"""Backpropagation as it is derived by hand, written once, with the table of the mistakes that are made in it."""
