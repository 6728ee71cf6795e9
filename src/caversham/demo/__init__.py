"""A fictional state news agency of a fictional country, with everything that happened to it in one month."""
