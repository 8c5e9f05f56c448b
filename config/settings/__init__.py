"""Settings read the environment and decide nothing: `base` for all, then one of `dev`, `test`, `production`."""
