"""The user's own program, run traced: which of its gradients are right, and where not, which line is wrong."""
