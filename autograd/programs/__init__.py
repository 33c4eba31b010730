"""`check`: the user's own program as it stands, run traced, its gradients judged, the wrong line named."""
