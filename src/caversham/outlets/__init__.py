"""The catalogue of outlets: one TOML file an outlet, and the loader that checks them."""
