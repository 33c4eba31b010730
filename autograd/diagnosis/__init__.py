"""From numbers derived by hand to the mistake in them: what `compare`, `check_step` and `gradcheck` stand on."""
