"""From numbers derived by hand to the mistake in the derivation: what `compare`, `check_step` and `gradcheck` stand on."""
